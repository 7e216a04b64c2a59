"""`locumctl replay`: what was recorded of real endpoints, under another policy."""
import json


def replay(locumd, text, *words):
    new = locumd.dir / "new.yaml"
    new.write_text(text)
    done = locumd.ctl("replay", "--policy", str(new), *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_other_policies_had_made_of_an_outage(locumd, farm):
    farm.start()
    farm.change("ams", farm.web["fra"].kill_at_once)
    farm.web["fra"].process.wait()
    farm.change("fra", farm.web["fra"].start)
    text = locumd.config_file.read_text()
    config = json.loads(text)

    report = json.loads(replay(locumd, text, "--json"))
    assert report["old"] == report["new"] | {"configuration": str(locumd.config_file)}
    row = next(r for r in report["services"] if r["service"] == "www")
    assert row["old"]["switches"] == 2 and row["old"]["flaps"] == 0  # as it was
    assert 0 < row["old"]["wrong"] < 5
    assert report["old"]["outcomes"] > 10 and report["old"]["silent-checks"] == 0

    config["services"]["www"]["policy"]["failover"] = "manual"
    row = next(r for r in json.loads(replay(locumd, json.dumps(config), "--json"))["services"] if r["service"] == "www")
    assert row["new"]["switches"] == 0 and row["new"]["wrong"] > row["old"]["wrong"]

    config["services"]["shop"] = config["services"].pop("www")
    text = replay(locumd, json.dumps(config))
    assert [line.split()[:3] for line in text.splitlines() if line.startswith(("shop", "www", "all"))] == \
        [["shop", "-", "0"], ["www", "2", "-"], ["all", "2", "0"]]

    # All of it is there after a restart.
    assert locumd.stop() == 0
    locumd.start()
    again = json.loads(replay(locumd, locumd.config_file.read_text(), "--json"))
    assert again["old"]["switches"] == 2 and again["old"]["outcomes"] >= report["old"]["outcomes"]
    assert again["since"] == report["since"] and again["until"] > report["until"]


def test_what_replay_refuses(locumd, farm):
    farm.start()
    done = locumd.ctl("replay")
    assert done.returncode == 2 and "which policy? locumctl replay --policy FILE" in done.stderr
    done = locumd.ctl("replay", "--policy", "/nowhere.yaml")
    assert done.returncode == 4 and "/nowhere.yaml: cannot be read: no such file\n" in done.stderr
    done = locumd.ctl("replay", "--policy", str(locumd.config_file), "--since", "yesterday")
    assert done.returncode == 1 and "since: a time such as" in done.stderr


def test_locumctl_tests_a_configuration_without_a_daemon(locumd, farm):
    farm.write()
    config = json.loads(locumd.config_file.read_text())
    ams = config["services"]["www"]["endpoints"][1]["address"]
    for expected, code in ((ams, 0), ("192.0.2.99", 4)):
        config["tests"] = {"t": {"given": {"at 10s": "www/fra fail"}, "expect": {"at 1m": f"www A {expected}"}}}
        locumd.write_text(json.dumps(config))
        done = locumd.ctl("test", str(locumd.config_file))
        assert done.returncode == code, done.stderr
