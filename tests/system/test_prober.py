"""The prober in trouble is our trouble: endpoints turn unknown, no answer changes, it is started again."""
import contextlib
import ctypes
import os
import resource
import signal

import pytest
from daemon import until

UNKNOWN = {"fra": "unknown", "ams": "unknown", "par": "unknown"}


def test_killed(locumd, farm, rounds):
    farm.start()
    for _ in range(rounds):
        before, mark, pid = locumd.serial(), locumd.log.mark(), locumd.prober()
        os.kill(pid, signal.SIGKILL)
        locumd.log.wait(r"prober=lost", since=mark)
        locumd.log.wait(r"endpoint=fra state=unknown was=up .*why=\"no prober\"", since=mark)
        until("another prober", 20, lambda: locumd.status()["prober"]["pid"] not in (0, pid))
        locumd.until_states("www", 20, fra="up", ams="up", par="up")
        assert farm.active() == "fra" and locumd.serial() == before
    assert locumd.status()["prober"]["restarts"] >= rounds


def test_stopped(locumd, farm):
    """F51: it wedges while DNS keeps answering; what it said grows old, is unknown, and it is replaced."""
    farm.start()
    before, mark, pid = locumd.serial(), locumd.log.mark(), locumd.prober()
    os.kill(pid, signal.SIGSTOP)
    farm.web["fra"].kill()  # nobody sees it
    for name in UNKNOWN:
        locumd.log.wait(rf"endpoint={name} state=unknown was=up", since=mark)
    assert locumd.metric("locum_probe_age_seconds") > 3 * 3 * 0.05
    locumd.log.wait(r"prober=lost why=\"silent", since=mark)
    # It is replaced; the new one finds out what happened meanwhile, and only then the records move.
    locumd.log.wait(r"service=www from=fra to=ams rule=failover", since=mark)
    said = [next(word for word in ("state=unknown", "prober=lost", "prober=running", "state=down", "to=ams") if word in line)
            for line in locumd.log.all[mark:] if "endpoint=fra" in line or "prober=" in line or "to=ams" in line]
    assert said[:5] == ["state=unknown", "prober=lost", "prober=running", "state=down", "to=ams"], locumd.log.text()
    assert farm.active() == "ams" and locumd.serial() > before and locumd.prober() != pid


def test_stopped_then_woken_is_late_not_wrong(locumd, farm):
    """F15: attempts were under way when the prober stopped: it must not blame the endpoints for its own sleep."""
    farm.start(probe={"every": "100ms", "timeout": "100ms"})
    before, mark, pid = locumd.serial(), locumd.log.mark(), locumd.prober()
    os.kill(pid, signal.SIGSTOP)
    locumd.log.wait(r"endpoint=fra state=unknown was=up", since=mark)  # it has slept for longer than any timeout
    with contextlib.suppress(ProcessLookupError):  # on a slow machine it was replaced by now
        os.kill(pid, signal.SIGCONT)
    until("it is heard again", 20, lambda: set(locumd.states("www").values()) == {"up"})
    assert farm.active() == "fra" and locumd.serial() == before
    assert not [line for line in locumd.log.all[mark:] if "to=" in line or "state=down" in line], locumd.log.text()


def test_out_of_descriptors(locumd, farm):
    """F14: that is unknown, not down, and over when there are some."""
    farm.start()
    before, pid = locumd.serial(), locumd.prober()
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (min(4, used), limits[1]))
    until("unknown", 20, lambda: locumd.states("www") == UNKNOWN)
    service = locumd.service("www")
    assert "down" not in str(service) and farm.active() == "fra" and locumd.serial() == before
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    locumd.until_states("www", 20, fra="up", ams="up", par="up")
    assert farm.active() == "fra" and locumd.serial() == before


def test_it_ends_with_its_parent(locumd, farm):
    farm.start()
    pid = locumd.prober()
    os.kill(locumd.process.pid, signal.SIGKILL)
    locumd.process.wait()
    until("it is gone", 5, lambda: not os.path.exists(f"/proc/{pid}") or open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()[0] == "Z")


def test_a_restart_of_the_daemon_moves_nothing(locumd, farm):
    farm.start()
    assert locumd.stop() == 0
    locumd.start()
    assert farm.active() == "fra"
    locumd.until_states("www", fra="up", ams="up", par="up")
    assert farm.active() == "fra"


def test_one_that_does_not_end_holds_up_nobody(locumd, farm):
    """Traced, it hangs, and killed, it does not end before the tracer lets it: as one that sits in the kernel."""
    farm.start()
    before, mark, pid = locumd.serial(), locumd.log.mark(), locumd.prober()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    seize, interrupt = 0x4206, 0x4207
    if libc.ptrace(seize, pid, None, None) != 0:
        pytest.skip(f"no process may be traced here: {os.strerror(ctypes.get_errno())}")
    assert libc.ptrace(interrupt, pid, None, None) == 0
    locumd.log.wait(r"prober=lost why=\"silent", since=mark)
    assert str(pid) in locumd.log.wait(r"prober=killed", since=mark)
    locumd.log.wait("prober=running", since=mark)
    status = locumd.status()["prober"]
    assert status["unended"] == 1 and status["pid"] not in (0, pid)
    assert os.path.exists(f"/proc/{pid}/stat")
    locumd.until_states("www", 20, fra="up", ams="up", par="up")
    assert locumd.ctl("reload").returncode == 0
    while os.WIFSTOPPED(os.waitpid(pid, 0)[1]):  # WALL: the tracer sees its end first
        pass
    locumd.log.wait(f"prober=ended pid={pid}", since=mark)
    assert locumd.status()["prober"]["unended"] == 0
    assert farm.active() == "fra" and locumd.serial() == before


def test_a_watched_crash_is_seen_at_once(locumd, farm, rounds):
    """Asked every four seconds, and all of its processes killed: the answer has changed long before the next slot."""
    farm.start(probe={"every": "4s", "fast": "100ms", "down": "100ms", "timeout": "1s", "fall": 3, "rise": 1, "watch": True})
    for _ in range(rounds):
        until("all are watched", 20, lambda: locumd.status()["prober"]["watching"] == 3)
        assert farm.change("ams", farm.web["fra"].kill_at_once).all_ms < 1000
        farm.web["fra"].start()
        until("it is back", 20, lambda: farm.active() == "fra")


def test_a_server_that_is_told_to_close_idle_connections_is_no_failure(locumd, farm):
    """nginx -s reload ends its workers and with them what is idle: attempts follow, and pass."""
    farm.start(probe={"every": "2s", "timeout": "1s", "watch": True})
    until("all are watched", 20, lambda: locumd.status()["prober"]["watching"] == 3)
    mark, attempts = locumd.log.mark(), locumd.status()["prober"]["attempts"]
    os.kill(farm.web["fra"].process.pid, signal.SIGHUP)
    until("it was asked at once", 10, lambda: locumd.status()["prober"]["attempts"] >= attempts + 3)
    until("it is watched again", 10, lambda: locumd.status()["prober"]["watching"] == 3)
    assert farm.active() == "fra" and not [line for line in locumd.log.all[mark:] if "state=" in line], locumd.log.text()
    assert locumd.status()["prober"]["attempts"] < attempts + 20
