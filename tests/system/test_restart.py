"""What outlives the process: kill -9 in every state, reloads and renames while switched, a state that is lost."""
import json
import shutil
import signal

import pytest

from daemon import until


def again(locumd):
    """kill -9, and started again."""
    locumd.stop(signal.SIGKILL)
    locumd.start()


def on_disk(locumd):
    """The journal is read behind what is being written: a switch by itself is answered after 50 ms at most, written or not."""
    ctl(locumd, "history")


def ctl(locumd, *words):
    done = locumd.ctl(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def decided(locumd):
    """What was decided or said, without what is only measured.  A time is the same to a millisecond or two."""
    def second(moment):
        return moment and moment[:18]

    service = locumd.service("www")
    return {**{k: service[k] for k in ("active", "home", "deposed", "state", "chosen_by", "records")},
            "said": [(o["what"], o["endpoint"], second(o["until"])) for o in service["overrides"]],
            "ends": [(e["name"], e["admin"], e["deposed"]) for e in service["endpoints"]]}


def rounds(locumd, n=4):
    """So many outcomes of every check."""
    for _ in range(n):
        at = {e["name"]: e["checks"][0]["at"] for e in locumd.service("www")["endpoints"]}
        until("every check was asked again", 10, lambda: all(
            e["checks"][0]["at"] != at[e["name"]] for e in locumd.service("www")["endpoints"]))


def fail(locumd, farm, who="fra", to="ams"):
    mark = locumd.log.mark()
    farm.web[who].kill()
    locumd.log.wait(rf"service=www from={who} to={to}", since=mark)
    on_disk(locumd)


def failed_over(locumd, farm):
    fail(locumd, farm)


def failed_over_and_back_up(locumd, farm):
    fail(locumd, farm)
    farm.web["fra"].start()
    locumd.until_states("www", fra="up")


def failed_twice(locumd, farm):
    fail(locumd, farm)
    fail(locumd, farm, "ams", "par")


def say(*words):
    return lambda locumd, _farm: ctl(locumd, *words)


def drill(locumd, _farm):
    mark = locumd.log.mark()
    ctl(locumd, "drill", "www", "--fail", "fra", "--for", "10m")
    locumd.log.wait(r"from=fra to=ams", since=mark)


STATES = {
    "normal": say("status"),
    "failed over": failed_over,
    "failed over, home is up": failed_over_and_back_up,
    "failed over twice": failed_twice,
    "switched": say("switch", "www", "par", "--yes"),
    "promoted": say("promote", "www", "par", "--yes"),
    "pinned": say("pin", "www", "par", "--for", "2h"),
    "offline": say("offline", "www", "fra", "--for", "2h"),
    "out": say("out", "www", "fra"),
    "frozen": say("freeze", "www", "--for", "30m"),
    "maintenance runs": say("maintenance", "www", "fra", "--for", "1h"),
    "maintenance is planned": say("maintenance", "www", "fra", "--from", "1h", "--for", "1h"),
    "drill": drill,
}


@pytest.mark.parametrize("state", STATES)
def test_kill_9_changes_no_answer(locumd, farm, state):
    farm.start(policy={"failback": "manual"})
    STATES[state](locumd, farm)
    before, active, serial = decided(locumd), farm.active(), locumd.serial()
    locumd.stop(signal.SIGKILL)
    locumd.start()
    assert farm.active() == active and locumd.serial() >= serial
    assert decided(locumd) == {**before, "state": decided(locumd)["state"]}
    rounds(locumd)
    assert decided(locumd) == before and farm.active() == active
    assert "from=" not in locumd.log.text()


def test_strikes_and_the_hold_go_on(locumd, farm):
    farm.start(policy={"hold": "1s", "limit": {"switches": 2, "per": "10m"}})
    fail(locumd, farm)
    mark = locumd.log.mark()
    farm.web["fra"].start()
    locumd.log.wait(r"from=ams to=fra rule=failback", since=mark)
    on_disk(locumd)
    again(locumd)
    locumd.until_states("www", fra="up", ams="up")
    mark = locumd.log.mark()
    farm.web["fra"].kill()
    assert "limited" in locumd.log.wait(r"service=www rule=", since=mark)
    assert farm.active() == "fra"


def test_an_override_ends_while_nobody_runs(locumd, farm):
    farm.start()
    ctl(locumd, "pin", "www", "ams", "--for", "1s")
    locumd.stop(signal.SIGKILL)
    locumd.start()
    until("it is over", 10, lambda: locumd.service("www")["overrides"] == [] and farm.active() == "fra")


def test_one_bad_sample_after_the_start_moves_nothing(locumd, farm):
    """PITFALLS F23: as if it had been judged before, `fall` of them are needed."""
    farm.start(probe={"fall": 3, "every": "300ms"})
    locumd.stop(signal.SIGKILL)
    farm.web["fra"].sick()
    locumd.start()
    until("one failed", 10, lambda: locumd.service("www")["endpoints"][0]["checks"][0]["streak"] == 1)
    farm.web["fra"].well()
    locumd.until_states("www", fra="up")
    assert farm.active() == "fra" and "from=fra" not in locumd.log.text()


def test_reload_while_switched_keeps_it(locumd, farm):
    farm.start(policy={"failback": "manual"})
    fail(locumd, farm)
    locumd.reload()
    assert farm.active() == "ams" and locumd.service("www")["deposed"] == ["fra"]
    farm.write(policy={"failback": "manual", "hold": "5s"})
    locumd.reload()
    assert farm.active() == "ams"
    again(locumd)
    assert farm.active() == "ams" and locumd.service("www")["deposed"] == ["fra"]


def rename(locumd, was, name):
    config = json.loads(locumd.config_file.read_text())
    config["services"][name] = config["services"].pop(was)
    locumd.write_text(json.dumps(config))


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_a_renamed_service_is_a_new_one(locumd, farm, how):
    """PITFALLS F27: and the old one is forgotten, also when the name comes back."""
    farm.start(policy={"failback": "manual"})
    ctl(locumd, "pin", "www", "par")
    change = locumd.reload if how == "reload" else lambda: again(locumd)
    rename(locumd, "www", "web")
    before = locumd.status()["journal"]["last"]
    change()
    until("what is forgotten is forgotten on the disk", 10, lambda: locumd.status()["journal"]["last"] > before)
    assert farm.active() == "fra" and locumd.service("web")["overrides"] == []
    rename(locumd, "web", "www")
    again(locumd)
    assert farm.active() == "fra" and locumd.service("www")["overrides"] == []


@pytest.mark.parametrize("gone, active, deposed", [("fra", "ams", []), ("ams", "par", ["fra"])])
def test_an_endpoint_that_is_gone_is_left_out(locumd, farm, gone, active, deposed):
    """And who was deposed is so still when nobody is left of those who answered."""
    farm.start(policy={"failback": "manual", "comeback": "clear"})
    fail(locumd, farm)
    farm.web["fra"].start()
    locumd.stop(signal.SIGKILL)
    config = json.loads(locumd.config_file.read_text())
    ends = config["services"]["www"]["endpoints"]
    config["services"]["www"]["endpoints"] = [e for e in ends if e["name"] != gone]
    locumd.write_text(json.dumps(config))
    locumd.start()
    assert farm.active() == active and locumd.service("www")["deposed"] == deposed


def test_the_address_in_the_configuration_wins(locumd, farm):
    farm.start(policy={"failback": "manual"})
    ctl(locumd, "pin", "www", "ams")
    locumd.stop(signal.SIGKILL)
    locumd.write_text(locumd.config_file.read_text().replace(farm.web["ams"].address, "127.99.99.99"))
    locumd.start()
    assert locumd.data("www.example.com") == ["127.99.99.99"]


def test_the_serial_never_goes_back(locumd, farm):
    """Not when the file's is far ahead of the clock, nor when the zone has no service any more."""
    farm.start(policy={"failback": "manual"})
    zone = locumd.dir / "example.com.zone"
    zone.write_text(zone.read_text().replace("hostmaster 1 ", "hostmaster 3000000000 "))
    locumd.reload()
    seen = [locumd.serial()]
    for who in ("ams", "par"):
        ctl(locumd, "switch", "www", who, "--yes")
        seen.append(locumd.serial())
    again(locumd)
    seen.append(locumd.serial())
    locumd.stop(signal.SIGKILL)
    config = json.loads(locumd.config_file.read_text())
    del config["services"], config["probes"]
    locumd.write_text(json.dumps(config))
    locumd.start()
    seen.append(locumd.serial())
    assert seen[0] >= 3000000000 and seen == sorted(seen), seen


def test_state_that_is_lost_is_defaults(locumd, farm):
    farm.start(policy={"failback": "manual"})
    ctl(locumd, "pin", "www", "par")
    locumd.stop(signal.SIGKILL)
    for file in (locumd.dir / "state").glob("journal*"):
        file.unlink()
    locumd.start()
    assert farm.active() == "fra" and locumd.service("www")["overrides"] == []
    locumd.until_states("www", par="up")
    ctl(locumd, "pin", "www", "par")


@pytest.mark.parametrize("harm", ["cut", "zeroes", "text", "directory"])
def test_state_that_is_damaged_is_put_aside(locumd, farm, harm):
    """PITFALLS F33: the last good snapshot is in force, or nothing is; it is always served."""
    farm.start(policy={"failback": "manual"})
    ctl(locumd, "pin", "www", "par")
    file = locumd.dir / "state" / "journal.db"
    assert locumd.ctl("backup", str(locumd.dir / "backup.db")).returncode == 0
    locumd.stop()
    shutil.move(locumd.dir / "backup.db", locumd.dir / "state" / "journal.good.db")
    if harm == "directory":
        file.unlink()
        file.mkdir()
    else:
        octets = file.read_bytes()
        file.write_bytes({"cut": octets[:5000], "zeroes": bytes(len(octets)), "text": b"{}\n"}[harm])
    locumd.start()
    assert farm.active() == "par"
    assert "the last snapshot is in force" in locumd.log.wait(r"journal=lost")
    assert (locumd.dir / "state" / "journal.db.damaged-1").exists()
    ctl(locumd, "unpin", "www")
    again(locumd)
    until("it is as it was said last", 10, lambda: locumd.service("www")["overrides"] == [])


def test_a_restart_in_order_that_serves_the_same_keeps_the_serial(locumd, farm):
    """The one stop leaves a seal of what was served; after anything else the serial rises."""
    farm.start(policy={"failback": "manual"})
    fail(locumd, farm)
    serial = locumd.serial()
    for _ in range(2):  # what was kept once can be kept again
        locumd.stop()
        locumd.start()
        assert farm.active() == "ams" and locumd.serial() == serial
    on_disk(locumd)
    again(locumd)  # nobody knows what was served after the last thing on the disk
    assert farm.active() == "ams" and locumd.serial() > serial
    serial = locumd.serial()
    locumd.stop()
    zone = locumd.dir / "example.com.zone"
    zone.write_text(zone.read_text() + "fresh A 192.0.2.77\n")
    locumd.start()
    assert locumd.serial() > serial
    serial = locumd.serial()
    locumd.stop()
    shutil.copy(locumd.dir / "state" / "journal.db", locumd.dir / "sealed.db")
    locumd.start()
    assert locumd.serial() == serial
    until("par is up", 10, lambda: locumd.service("www")["endpoints"][2]["state"] == "up")
    ctl(locumd, "switch", "www", "par", "--yes")
    assert locumd.serial() > serial
    ctl(locumd, "restore", str(locumd.dir / "sealed.db"))
    serial = locumd.serial()
    locumd.stop(signal.SIGKILL)
    locumd.start()
    assert farm.active() == "ams" and locumd.serial() > serial
