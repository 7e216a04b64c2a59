"""The prober in trouble is our trouble: endpoints turn unknown, no answer changes, it is started again."""
import contextlib
import os
import resource
import signal

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
    farm.start()
    before, mark, pid = locumd.serial(), locumd.log.mark(), locumd.prober()
    os.kill(pid, signal.SIGSTOP)
    farm.web["fra"].kill()  # nobody sees it
    for name in UNKNOWN:
        locumd.log.wait(rf"endpoint={name} state=unknown was=up", since=mark)
    locumd.log.wait(r"prober=lost why=\"silent", since=mark)
    # It is replaced; the new one finds out what happened meanwhile, and only then the records move.
    locumd.log.wait(r"service=www from=fra to=ams rule=failover", since=mark)
    said = [next(word for word in ("state=unknown", "prober=lost", "prober=running", "state=down", "to=ams") if word in line)
            for line in locumd.log.all[mark:] if "endpoint=fra" in line or "prober=" in line or "to=ams" in line]
    assert said[:5] == ["state=unknown", "prober=lost", "prober=running", "state=down", "to=ams"], locumd.log.text()
    assert farm.active() == "ams" and locumd.serial() > before and locumd.prober() != pid


def test_stopped_then_woken_is_late_not_wrong(locumd, farm):
    """Attempts were under way when the prober stopped: it must not blame the endpoints for its own sleep."""
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
