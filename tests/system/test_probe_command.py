"""locumctl probe: one attempt now, with its steps, that counts for nothing."""
import contextlib
import json
import os
import re
import signal
import subprocess

from daemon import WEB_PORT, sanitizers, until
from processes import BUILD, Lines, spawn

SLOW = {"every": "1h", "timeout": "2s", "fall": 1, "rise": 1}
TCP = {"type": "tcp", "port": WEB_PORT, **SLOW}


def two_probes(farm, locumd):
    """fra and ams by an HTTP probe and a TCP one, asked once an hour."""
    service = farm.service(health={"all": ["web", "open"]})
    locumd.write({"www": service}, {"web": farm.probe(**SLOW), "open": TCP})


def slow_down(farm, locumd):
    """All are up, and nothing is asked for an hour."""
    farm.start()
    farm.write(probe=SLOW)
    assert "reloaded" in locumd.reload()


def test_an_attempt_is_shown_step_by_step(locumd, farm):
    two_probes(farm, locumd)
    locumd.start()
    until("the prober runs", 10, lambda: locumd.status()["prober"]["state"] == "running")
    done = locumd.ctl("probe", "www/fra", "open")
    assert done.returncode == 0, done
    address = re.escape(f"{farm.web['fra'].address}@{WEB_PORT}")
    assert re.fullmatch(rf"www/fra open: tcp {address}\n +[0-9.]+ ms  connecting\n +[0-9.]+ ms  connected; .*\n"
                        r"  pass in [0-9.]+ ms\n", done.stdout), done.stdout
    both = locumd.ctl("probe", "www/fra")
    assert both.returncode == 0 and re.findall(r"^www/fra (\w+): ", both.stdout, re.M) == ["web", "open"], both
    told = json.loads(locumd.ctl("probe", "www/ams", "--json").stdout)
    assert (told["service"], told["endpoint"], [a["probe"] for a in told["attempts"]]) == ("www", "ams", ["web", "open"])
    for attempt in told["attempts"]:
        times = [step["ms"] for step in attempt["steps"]] + [attempt["took_ms"]]
        assert attempt["outcome"] == "pass" and times == sorted(times) and times[0] >= 0, attempt


def test_what_fails_tells_why_and_counts_for_nothing(locumd, farm):
    slow_down(farm, locumd)
    before = {e["name"]: e["checks"][0]["attempts"] for e in locumd.service("www")["endpoints"]}
    farm.web["fra"].kill()
    done = locumd.ctl("probe", "www/fra")
    assert done.returncode == 4 and re.search(r"^  fail in [0-9.]+ ms: connection refused$", done.stdout, re.M), done
    assert {e["name"]: e["checks"][0]["attempts"] for e in locumd.service("www")["endpoints"]} == before
    assert locumd.states("www")["fra"] == "up" and farm.active() == "fra"


def test_wrong_names(locumd, farm):
    farm.start()
    for words, said in [(["wwww/fra"], 'there is no service "wwww"; did you mean "www"?'),
                        (["www/fre"], 'there is no endpoint "fre" in service www; did you mean "fra"?'),
                        (["www/fra", "wib"], 'there is no probe "wib" in the health of service www; did you mean "web"?')]:
        done = locumd.ctl("probe", *words)
        assert done.returncode == 1 and said in done.stderr, done
    for words in (["www"], ["/fra"], ["www/"], []):
        assert locumd.ctl("probe", *words).returncode == 2, words
    assert locumd.ctl("status", "--watch").returncode == 2
    locumd.write({"www": {key: value for key, value in farm.service().items() if key != "health"}})
    assert "reloaded" in locumd.reload()
    done = locumd.ctl("probe", "www/fra")
    assert done.returncode == 1 and "service www has no probes" in done.stderr, done


def test_without_a_prober_it_says_so(locumd, farm):
    slow_down(farm, locumd)
    pid = locumd.prober()
    os.kill(pid, signal.SIGSTOP)
    done = locumd.ctl("probe", "www/fra")  # until the prober is found out
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
    assert done.returncode == 1 and "the prober went meanwhile" in done.stderr, done
    until("it works again", 10, lambda: locumd.ctl("probe", "www/fra").returncode == 0)


def test_watch_goes_on_until_it_is_interrupted(locumd, farm, guard):
    farm.start(probe={"every": "30ms"})
    # A test that runs in the background of a script has INT ignored, and what it starts would inherit that.
    watching = spawn(guard, ["env", "--default-signal=INT", str(BUILD / "locumctl"), "-s", str(locumd.control), "probe", "www/fra", "--watch"], stdout=subprocess.PIPE,
                     text=True, env=sanitizers())
    said = Lines(watching.stdout)
    for _ in range(3):
        mark = said.mark()
        said.wait("  pass in ", since=mark)
    farm.web["fra"].kill()
    said.wait("  fail in .* refused", since=said.mark())
    watching.send_signal(signal.SIGINT)
    assert watching.wait(10) == -signal.SIGINT
