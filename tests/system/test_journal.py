"""The journal on disk: what goes in, what comes out, and disks that are full, broken, slow, read-only.  PITFALLS F31 to F36."""
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import stat
import subprocess

import pytest

from daemon import sanitizers, until
from kills import Strace
from processes import BUILD

DONE, WRONG, USAGE = 0, 1, 2


def ctl(locumd, *words, code=DONE):
    done = locumd.ctl(*words)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def history(locumd, *words):
    return json.loads(ctl(locumd, "history", *words, "--json"))


def journal(locumd):
    return locumd.status()["journal"]


def mode(path):
    return stat.S_IMODE(pathlib.Path(path).stat().st_mode)


# ---- as long as all is well ----

def test_history_tells_who_did_what(locumd, farm):
    farm.start(policy={"failback": "manual"})
    mark = locumd.log.mark()
    farm.web["fra"].kill()
    locumd.log.wait(r"from=fra to=ams", since=mark)
    ctl(locumd, "pin", "www", "par", "--for", "1h", "--reason", "it's \"better\"")
    entries = history(locumd, "www")
    assert [e["kind"] for e in entries] == ["switch", "switch", "decree", "switch"]
    assert (entries[0]["author"], entries[0]["detail"]) == ("rule 1 first", "from - to fra")
    entries = entries[1:]
    assert (entries[0]["author"], entries[0]["detail"]) == ("rule 13 failover", "from fra to ams")
    assert (entries[1]["endpoint"], entries[1]["reason"]) == ("par", "it's \"better\"")
    assert re.fullmatch(r"pin until 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entries[1]["detail"])
    assert entries[1]["author"].startswith(f"uid={os.getuid()} pid=")
    assert entries[2]["serial"] == locumd.serial() and entries[2]["generation"] == locumd.status()["generation"]
    assert ctl(locumd, "history", "nobody") == "no entries\n" and history(locumd, "nobody") == []
    everything = history(locumd)
    assert [e["number"] for e in everything] == list(range(1, len(everything) + 1))
    assert everything[0]["kind"] == "start" and journal(locumd) == {
        "state": "well", "trouble": None, "epoch": 1, "last": len(everything), "held": 0}
    assert history(locumd, "--since", "1h") == everything and history(locumd, "gone") == []
    text = ctl(locumd, "history", "www")
    assert "NUMBER" in text and "rule 13 failover" in text
    lines = ctl(locumd, "export").splitlines()
    assert len(lines) == len(everything) and r'reason="it\'s \"better\""' in lines[-2].replace("it's", r"it\'s")
    assert "whole" in ctl(locumd, "check")
    assert locumd.metric("locum_journal_behind") == 0 and locumd.metric("locum_journal_entries") == len(everything)


def test_the_names_of_a_large_pool_are_exported(locumd):
    names = [f"{'x' * 50}-{i}" for i in range(90)]
    ends = [{"name": name, "address": f"192.0.2.{i + 1}"} for i, name in enumerate(names)]
    locumd.write(services={"www": {"zone": "example.com", "mode": "pool", "records": ["www A {address}"], "endpoints": ends}}).start()
    until("it is kept", 5, lambda: journal(locumd)["last"] == 2)
    assert ",".join(names) + '"' in ctl(locumd, "export")
    ctl(locumd, "export", str(locumd.dir / "lines"))
    assert ",".join(names) + '"' in (locumd.dir / "lines").read_text()


def test_files_are_0600_under_any_umask(locumd, farm):
    was = os.umask(0)
    try:
        farm.start()
    finally:
        os.umask(was)
    (locumd.dir / "old").write_text("others may read this")
    (locumd.dir / "old").chmod(0o666)
    for verb, name in (("backup", "b"), ("export", "e"), ("backup", "old")):
        done = subprocess.run([str(BUILD / "locumctl"), "-s", str(locumd.control), verb, name], cwd=locumd.dir, capture_output=True,
                              text=True, timeout=60, env=sanitizers(), check=False)
        assert done.returncode == 0, done.stderr
        assert mode(locumd.dir / name) == 0o600
    state = locumd.dir / "state"
    assert {mode(f) for f in state.glob("journal*")} == {0o600}
    assert not list(locumd.dir.glob("*.part"))
    assert "No such file" in ctl(locumd, "backup", str(locumd.dir / "no" / "where"), code=WRONG)
    assert "which file" in ctl(locumd, "backup", code=USAGE)


def test_no_copy_is_made_onto_what_locumd_uses(locumd, farm):
    """By no name, and not what a link leads to."""
    farm.start()
    ctl(locumd, "backup", str(locumd.dir / "backup.db"))
    state = locumd.dir / "state"
    (locumd.dir / "elsewhere").symlink_to(state)
    (locumd.dir / "soft").symlink_to(state / "journal.db")
    (locumd.dir / "hard").hardlink_to(state / "journal.db")
    (locumd.dir / "fine.part").hardlink_to(state / "journal.db")
    before = {f.name for f in state.iterdir()}
    for name in ("state/journal.db", "state/journal.good.db", "state/journal.lock", "state/journal.db.new", "state/journal.good.db.part",
                 "state/../state/journal.db-wal", "elsewhere/journal.good.db", "soft", "hard"):
        for verb in ("backup", "export"):
            assert "is the journal in use" in ctl(locumd, verb, str(locumd.dir / name), code=WRONG), name
    for name in ("state/control", "state"):
        for verb in ("backup", "export"):
            assert "is no file" in ctl(locumd, verb, str(locumd.dir / name), code=WRONG), name
    for verb in ("backup", "export"):
        ctl(locumd, verb, str(locumd.dir / "fine"))
    ctl(locumd, "pin", "www", "par")
    assert {f.name for f in state.iterdir()} == before
    assert "whole" in ctl(locumd, "check")
    locumd.stop(signal.SIGKILL)
    locumd.start()
    assert "whole" in ctl(locumd, "check") and farm.active() == "par"


def test_a_backup_is_what_was_true_and_restore_brings_it_back(locumd, farm):
    farm.start(policy={"failback": "manual"})
    file = str(locumd.dir / "backup.db")
    ctl(locumd, "pin", "www", "par")
    ctl(locumd, "backup", file)
    ctl(locumd, "pin", "www", "ams")
    serial = locumd.serial()
    assert farm.active() == "ams"
    assert "restored" in ctl(locumd, "restore", file)
    assert farm.active() == "par" and locumd.serial() > serial
    until("the epoch is higher", 5, lambda: journal(locumd)["epoch"] == 2)
    assert [e["kind"] for e in history(locumd)][-2:] == ["switch", "restore"]
    locumd.stop(signal.SIGKILL)
    locumd.start()
    assert farm.active() == "par" and locumd.serial() > serial
    text = locumd.dir / "text"
    text.write_text("no journal")
    assert "no whole journal" in ctl(locumd, "restore", str(text), code=WRONG)
    assert farm.active() == "par"
    ctl(locumd, "unpin", "www")


def test_a_backup_of_another_machine_brings_its_serial(locumd, farm):
    """Secondaries have what was served there: they would not take on anything with a serial that is not above it."""
    farm.start(policy={"failback": "manual"})
    ctl(locumd, "pin", "www", "par")
    file = locumd.dir / "backup.db"
    ctl(locumd, "backup", str(file))
    theirs = locumd.serial() + 1000000
    with sqlite3.connect(file) as db:
        db.execute("UPDATE serials SET serial = ?", (theirs,))
    db.close()
    ctl(locumd, "restore", str(file))
    assert farm.active() == "par" and locumd.serial() == theirs + 1
    locumd.stop(signal.SIGKILL)
    locumd.start()
    assert farm.active() == "par" and locumd.serial() > theirs + 1


def test_increments_follow_a_backup(locumd, farm):
    farm.start(policy={"failback": "manual"})
    where = locumd.dir / "backups"
    where.mkdir()
    assert "make a full one" in ctl(locumd, "backup", str(where / "0"), "--since-last", code=WRONG)
    ctl(locumd, "backup", str(where / "full"))
    ctl(locumd, "pin", "www", "par")
    assert "since entry" in ctl(locumd, "backup", str(where / "1"), "--since-last")
    ctl(locumd, "pin", "www", "ams")
    before = [(where / name).read_bytes() for name in ("full", "1")]
    for name in ("full", "1"):
        assert "take another name" in ctl(locumd, "backup", str(where / name), "--since-last", code=WRONG)
    assert [(where / name).read_bytes() for name in ("full", "1")] == before
    ctl(locumd, "backup", str(where / "2"), "--since-last")
    assert {mode(f) for f in where.iterdir()} == {0o600}
    ctl(locumd, "unpin", "www")
    assert "is missing" in ctl(locumd, "restore", str(where / "full"), str(where / "2"), code=WRONG)
    assert "comes first" in ctl(locumd, "restore", str(where / "1"), code=WRONG)
    assert not locumd.service("www")["overrides"]
    done = subprocess.run([str(BUILD / "locumctl"), "-s", str(locumd.control), "restore", "full", "1", "2"], cwd=where, capture_output=True,
                          text=True, timeout=60, env=sanitizers(), check=False)
    assert done.returncode == 0, done.stderr
    assert farm.active() == "ams" and locumd.service("www")["overrides"][0]["endpoint"] == "ams"
    assert history(locumd)[-1]["detail"] == f"{where}/full and 2 increments, the last {where}/2"
    assert "whole" in ctl(locumd, "check")
    assert "make a full one" in ctl(locumd, "backup", str(where / "3"), "--since-last", code=WRONG)
    assert "does not go with" in ctl(locumd, "restore", str(where / "full"), "--since-last", code=USAGE)
    assert "argument too many" in ctl(locumd, "backup", "a", "b", code=USAGE)
    ctl(locumd, "unpin", "www")


def test_a_backup_is_a_state_for_a_daemon_that_is_not_running(locumd, farm):
    farm.start(policy={"failback": "manual"})
    ctl(locumd, "pin", "www", "par")
    ctl(locumd, "backup", str(locumd.dir / "backup.db"))
    locumd.stop()
    shutil.rmtree(locumd.dir / "state")
    (locumd.dir / "state").mkdir()
    shutil.copy(locumd.dir / "backup.db", locumd.dir / "state" / "journal.db")
    locumd.start()
    assert farm.active() == "par"


def test_who_changes_the_journal_is_found_out(locumd, farm):
    farm.start()
    ctl(locumd, "pin", "www", "par", "--reason", "mine")
    locumd.stop()
    with sqlite3.connect(locumd.dir / "state" / "journal.db") as db:
        db.execute("UPDATE journal SET reason = 'not mine' WHERE kind = 'decree'")
    db.close()
    locumd.start()
    assert "entry=3" in locumd.log.wait(r"journal=doctored")
    assert "entry 3 of the journal does not follow" in ctl(locumd, "check", code=WRONG)
    assert farm.active() == "par"


def test_outcomes_are_history(locumd, farm):
    """Run-length encoded; a kill loses what is not older than the last ten seconds or still goes on."""
    farm.start(policy={"failback": "manual"})
    farm.web["fra"].sick()
    locumd.until_states("www", fra="down")
    farm.web["fra"].well()
    locumd.until_states("www", fra="up")
    locumd.stop()
    db = sqlite3.connect(locumd.dir / "state" / "journal.db")
    runs = db.execute("SELECT identity, outcome, n, began, ended FROM runs JOIN checks ON checks.id = check_id ORDER BY began").fetchall()
    db.close()
    of_fra = [(outcome, n) for identity, outcome, n, _, _ in runs if farm.web["fra"].address in identity]
    assert [outcome for outcome, _ in of_fra] == [0, 1, 0] and of_fra[1][1] >= 2
    assert len({identity for identity, *_ in runs}) == 3 and all(began <= ended for *_, began, ended in runs)


def test_two_commands_at_once_do_not_contradict(locumd, farm):
    farm.start(policy={"failback": "manual"})
    verbs = [("pin", "www", "par"), ("unpin", "www"), ("pin", "www", "ams"), ("unpin", "www")] * 4
    running = [subprocess.Popen([str(BUILD / "locumctl"), "-s", str(locumd.control), *v], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=sanitizers()) for v in verbs]
    done = [(p.communicate(timeout=60), p.returncode) for p in running]
    said = [code for _, code in done]
    assert set(said) <= {0, 5} and said.count(0) >= 2, done
    decrees = [e["detail"].split()[0] for e in history(locumd, "www") if e["kind"] == "decree"]
    assert len(decrees) == said.count(0)
    pinned = bool(locumd.service("www")["overrides"])
    assert pinned == (decrees[-1] == "pin")
    assert all(a != b for a, b in zip(decrees, decrees[1:]) if "unpin" in (a, b))


# ---- disks ----

class Tmpfs:
    """The state directory on a file system of its own, so small that it is soon full."""

    def __init__(self, locumd, size="400k"):
        self.dir = locumd.dir / "state"
        self.dir.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "locum-test", str(self.dir)], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no mount is allowed here: {done.stderr}")

    def fill(self):
        with (self.dir / "filler").open("wb", buffering=0) as file:
            for size in (4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass

    def free(self):
        (self.dir / "filler").unlink()

    def close(self):
        subprocess.run(["umount", "-l", str(self.dir)], check=True)


def test_a_full_disk_refuses_commands_and_lets_failover_be(locumd, farm):
    """PITFALLS F31; and what happened meanwhile is in the journal when there is room again."""
    disk = Tmpfs(locumd)
    try:
        farm.start(policy={"failback": "manual"})
        ctl(locumd, "freeze", "www", "--for", "1h")
        ctl(locumd, "thaw", "www")
        disk.fill()
        mark = locumd.log.mark()
        said = ""
        for _ in range(40):  # the -wal has a little room of its own
            done = locumd.ctl("freeze", "www", "--for", "1h")
            if done.returncode == 0:
                done = locumd.ctl("thaw", "www")
            said = done.stderr
            if done.returncode == WRONG:
                break
        assert "nothing was done" in said and "full" in said
        assert "full" in locumd.log.wait(r"journal=behind", since=mark)
        assert journal(locumd)["state"] == "behind" and "full" in journal(locumd)["trouble"]
        assert re.search(r"the journal is behind, entries held back \d+: .*full", ctl(locumd, "status"))
        assert locumd.metric("locum_journal_behind") == 1 and locumd.http("/healthz")[0] == 200
        frozen = bool(locumd.service("www")["overrides"])
        if frozen:
            return  # the last one to fit was the freeze: the rest is told by the next test
        farm.web["fra"].kill()
        locumd.log.wait(r"from=fra to=ams", since=mark)
        assert farm.active() == "ams" and journal(locumd)["held"] >= 1
        disk.free()
        locumd.log.wait(r"journal=well", since=mark)
        kinds = [(e["kind"], e["detail"]) for e in history(locumd)]
        assert ("switch", "from fra to ams") in kinds and kinds[-1][0] == "caught-up"
        locumd.stop(signal.SIGKILL)
        locumd.start()
        assert farm.active() == "ams" and "whole" in ctl(locumd, "check")
    finally:
        locumd.close()
        locumd.process = None
        disk.close()


def test_a_state_that_cannot_be_written_is_read(locumd, farm):
    """PITFALLS F35: read-only since before the start, and again well without one."""
    disk = Tmpfs(locumd, "4m")
    try:
        farm.start(policy={"failback": "manual"})
        ctl(locumd, "pin", "www", "par")
        locumd.stop(signal.SIGKILL)
        subprocess.run(["mount", "-o", "remount,ro", str(disk.dir)], check=True)
        control = {"control": str(locumd.dir / "control")}
        farm.write(policy={"failback": "manual"}, server=control)
        locumd.control = locumd.dir / "control"
        locumd.start()
        assert farm.active() == "par", locumd.log.text()
        assert "read-only" in locumd.log.wait(r"journal=frozen").lower()
        locumd.until_states("www", ams="up")
        assert "nothing was done" in ctl(locumd, "pin", "www", "ams", code=WRONG)
        assert "decree" in [e["kind"] for e in history(locumd)]
        subprocess.run(["mount", "-o", "remount,rw", str(disk.dir)], check=True)
        locumd.log.wait(r"journal=well")
        ctl(locumd, "pin", "www", "ams")
        assert farm.active() == "ams"
    finally:
        locumd.close()
        locumd.process = None
        disk.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user")
def test_a_state_of_another_owner_is_served_around(locumd, farm):
    """PITFALLS F35"""
    farm.start()
    ctl(locumd, "pin", "www", "par")
    locumd.stop()
    farm.write(server={"user": "nobody", "control": str(locumd.dir / "control")})
    locumd.control = locumd.dir / "control"
    (locumd.dir / "state").chmod(0o700)
    os.chown(locumd.dir / "state", 0, 0)
    os.chown(locumd.dir / "state" / "journal.db", 0, 0)
    locumd.start()
    assert "journal=" in locumd.log.text()
    assert locumd.data("www.example.com")


# ---- every system call of the way to the disk ----

@pytest.mark.parametrize("error", ["EIO", "ENOSPC", "EROFS"])
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync,fsync"])
def test_an_error_of_the_disk_is_no_success(guard, locumd, farm, call, error):
    """PITFALLS F32: refused, served on; then a new file from memory, in which all is that was said to be stored."""
    farm.start(policy={"failback": "manual"})
    ctl(locumd, "pin", "www", "ams")
    mark = locumd.log.mark()
    trace = Strace(guard, locumd, "-e", f"trace={call}", "-e", f"inject={call}:error={error}")
    said = ctl(locumd, "pin", "www", "par", code=WRONG)
    assert "nothing was done" in said
    assert farm.active() == "ams" and journal(locumd)["state"] == "behind"
    assert "nothing was done" in ctl(locumd, "pin", "www", "par", code=WRONG)
    trace.close()
    locumd.log.wait(r"journal=well", 15, since=mark)
    entries = history(locumd, "www")
    assert [e["endpoint"] for e in entries if e["kind"] == "decree"] == ["ams"]
    ctl(locumd, "unpin", "www")
    ctl(locumd, "pin", "www", "par")
    locumd.stop(signal.SIGKILL)
    locumd.start()
    assert farm.active() == "par" and "whole" in ctl(locumd, "check")
    if error == "EIO":
        assert (locumd.dir / "state" / "journal.db.damaged-1").exists()


def test_a_slow_disk_holds_no_answer_for_longer_than_50_ms(guard, locumd, farm):
    farm.start(policy={"failback": "manual"})
    ctl(locumd, "pin", "www", "fra", "--for", "1h")
    ctl(locumd, "unpin", "www")
    trace = Strace(guard, locumd, "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:delay_enter=700000")
    mark = locumd.log.mark()
    change = farm.change("ams", farm.web["fra"].kill_at_once)
    assert change.first_ms < 600, change
    assert "slow" in locumd.log.wait(r"journal=behind", since=mark)
    locumd.log.wait(r"journal=well", since=mark)
    trace.close()
    assert history(locumd, "www")[-1]["kind"] == "switch"


def test_a_switch_while_a_command_waits_for_the_disk_does_not_undo_it(guard, locumd, farm):
    """Its state is written after the command's: the command is answered when one with both is on the disk."""
    farm.start(policy={"failback": "manual"})
    ctl(locumd, "freeze", "www", "--for", "1h")
    ctl(locumd, "thaw", "www")
    trace = Strace(guard, locumd, "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:delay_enter=700000")
    mark = locumd.log.mark()
    asked = subprocess.Popen([str(BUILD / "locumctl"), "-s", str(locumd.control), "freeze", "www", "--for", "1h"], env=sanitizers(),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    locumd.log.wait("freeze", since=mark)
    farm.change("ams", farm.web["fra"].kill_at_once)
    said, _ = asked.communicate(timeout=30)
    assert asked.returncode == DONE, said
    locumd.process.kill()
    locumd.process.wait()
    trace.close()
    locumd.start()
    assert locumd.service("www")["frozen"], said
    assert farm.active() == "ams"
