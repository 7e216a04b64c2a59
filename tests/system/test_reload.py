"""A changed configuration comes into use whole or not at all, and what did not change does not notice."""
import datetime
import json
import threading

from daemon import ZONE, until


def edit(locumd, old, new):
    text = locumd.config_file.read_text()
    assert old in text
    locumd.write_text(text.replace(old, new))


def moment(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")


def test_sighup_takes_changed_zones_and_a_serial_that_rises(locumd):
    locumd.write().start()
    serial = locumd.serial()
    (locumd.dir / "example.com.zone").write_text(ZONE.replace("192.0.2.25", "192.0.2.26"))
    assert "reloaded" in locumd.reload()
    assert locumd.data("mail.example.com") == ["192.0.2.26"] and locumd.serial() > serial


def test_a_reload_of_the_same_changes_nothing(locumd):
    locumd.write().start()
    before = locumd.serial(), locumd.status()["generation"]
    assert "reloaded" in locumd.reload()
    assert (locumd.serial(), locumd.status()["generation"]) == before


def test_zones_come_and_go(locumd):
    locumd.write(zones={"example.com": ZONE, "old.example": ZONE}).start()
    locumd.write(zones={"example.com": ZONE, "new.example": ZONE})
    assert locumd.ctl("reload").returncode == 0
    assert locumd.data("mail.new.example") == ["192.0.2.25"]
    assert locumd.query("mail.old.example").rcode() == 5  # REFUSED


def test_errors_are_all_listed_and_the_old_one_stays(locumd, farm):
    farm.start()
    edit(locumd, '"fall": 2', '"fall": 0, "raise": 2')
    edit(locumd, '"mode": "single"', '"mode": "sinlge"')
    (locumd.dir / "example.com.zone").write_text(ZONE.replace("192.0.2.25", "192.0.2.26"))
    done = locumd.ctl("reload")
    assert done.returncode == 1
    said = done.stdout + done.stderr
    for word in ("fall", "raise", "rise", "sinlge"):
        assert word in said, said
    assert f"{locumd.config_file.name}:" in said
    assert locumd.data("mail.example.com") == ["192.0.2.25"] and farm.active() == "fra"
    mark = locumd.log.mark()
    locumd.reload()
    assert locumd.log.wait("sinlge", since=mark)


def test_a_broken_zone_file_refuses_the_whole(locumd):
    locumd.write(zones={"example.com": ZONE, "two.example": ZONE}).start()
    (locumd.dir / "example.com.zone").write_text(ZONE.replace("192.0.2.25", "192.0.2.26"))
    (locumd.dir / "two.example.zone").write_text(ZONE + "broken IN A not-an-address\n")
    done = locumd.ctl("reload")
    assert done.returncode == 1 and "two.example.zone:14" in done.stdout + done.stderr
    assert locumd.data("mail.example.com") == ["192.0.2.25"]


def test_a_refused_reload_stands_in_the_status_until_one_is_taken_on(locumd):
    """What is on the disk would not start; a dry run counts for nothing."""
    locumd.write(zones={"example.com": ZONE}).start()
    file = locumd.dir / "example.com.zone"
    file.write_text(ZONE + "broken IN A not-an-address\n")
    assert locumd.ctl("reload", "--dry-run").returncode == 1
    assert locumd.status()["reload_refused"] is None and locumd.metric("locum_reloads_refused_total") == 0
    assert locumd.ctl("reload").returncode == 1
    assert locumd.status()["reload_refused"]["errors"] == 1 and locumd.metric("locum_reloads_refused_total") == 1
    assert " was refused, errors 1: served is what was before; locumctl reload --dry-run lists them\n" in locumd.ctl("status").stdout
    file.write_text(ZONE)
    assert locumd.ctl("reload").returncode == 0
    assert locumd.status()["reload_refused"] is None and "refused" not in locumd.ctl("status").stdout


def test_dry_run_tells_and_does_not(locumd, farm):
    farm.start()
    edit(locumd, '"every": "50ms"', '"every": "60ms"')
    locumd.write_text(json.dumps({**json.loads(locumd.config_file.read_text()), "zones": {
        "example.com": {"file": "example.com.zone"}, "more.example": {"file": "example.com.zone"}}}))
    done = locumd.ctl("reload", "--dry-run")
    assert done.returncode == 0 and "more.example" in done.stdout, done.stdout + done.stderr
    assert locumd.query("mail.more.example").rcode() == 5
    assert locumd.ctl("reload").returncode == 0
    assert locumd.data("mail.more.example") == ["192.0.2.25"]


def test_health_and_the_switched_state_are_kept(locumd, farm):
    farm.start(policy={"hold": "1m"})
    farm.change("ams", farm.web["fra"].kill_at_once)
    farm.web["fra"].process.wait()
    farm.web["fra"].start()
    locumd.until_states("www", fra="up")
    edit(locumd, '"ttl": "5s"', '"ttl": "7s"')
    since = {e["name"]: e["since"] for e in locumd.service("www")["endpoints"]}
    assert locumd.ctl("reload").returncode == 0
    service = locumd.service("www")
    assert service["active"] == ["ams"] and service["ttl"] == 7
    assert {e["name"]: e["state"] for e in service["endpoints"]} == {"fra": "up", "ams": "up", "par": "up"}
    for endpoint in service["endpoints"]:
        assert abs(moment(endpoint["since"]) - moment(since[endpoint["name"]])) < datetime.timedelta(milliseconds=100)
    assert locumd.query("www.example.com").answer[0].ttl == 7 and farm.active() == "ams"


def test_the_active_endpoint_is_taken_out(locumd, farm):
    farm.start()
    farm.change("ams", farm.web["fra"].kill_at_once)
    config = json.loads(locumd.config_file.read_text())
    config["services"]["www"]["endpoints"] = [e for e in config["services"]["www"]["endpoints"] if e["name"] != "ams"]
    locumd.write_text(json.dumps(config))
    assert locumd.ctl("reload").returncode == 0
    until("par answers, for fra is down", 10, lambda: farm.active() == "par")


def test_no_query_is_lost_while_reloading(locumd, farm, rounds):
    farm.start()
    stop, lost, asked = threading.Event(), [], [0]

    def ask():
        stub = locumd.stub()
        while not stop.is_set():
            asked[0] += 1
            if farm.owner(stub.ask("www.example.com", "A")) != "fra":
                lost.append(asked[0])
        stub.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for i in range(10 * rounds):
            (locumd.dir / "example.com.zone").write_text(ZONE + f"n{i} IN A 192.0.2.7\n")
            assert locumd.ctl("reload").returncode == 0
            assert locumd.data(f"n{i}.example.com") == ["192.0.2.7"]
    finally:
        stop.set()
        thread.join()
    assert not lost and asked[0] > 100
