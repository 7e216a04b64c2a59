"""What surrounds locumd in trouble: who reads its log, its descriptors, its own time, its disk."""
import contextlib
import fcntl
import io
import os
import pathlib
import resource
import signal
import time

from daemon import ZONE, sanitizers, until
from processes import BUILD, Lines, spawn

SANITIZED = "-" in BUILD.name
# Takes seconds to read (the same record again and again), and little memory once it is read.
SLOW_ZONE = ZONE + 'h TXT "again"\n' * (1_000_000 if SANITIZED else 4_000_000)


def start_unread(locumd, guard):
    """Starts locumd with a standard error that nobody reads; the end to read it from."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    locumd.process = spawn(guard, [BUILD / "locumd", "-c", locumd.config_file], stderr=writer, env=sanitizers())
    os.close(writer)
    return os.fdopen(reader)


def test_a_log_that_nobody_reads_holds_up_nothing(locumd, farm, guard):
    farm.write()
    pipe = start_unread(locumd, guard)
    until("it serves", 20, lambda: locumd.control.exists())
    locumd.until_states("www", 20, fra="up", ams="up", par="up")
    for _ in range(60):
        assert locumd.ctl("reload").returncode == 0
    assert farm.change("ams", farm.web["fra"].kill_at_once).mixtures == 0
    locumd.log = Lines(pipe)
    until("the log is read", 10, lambda: locumd.ctl("reload").returncode == 0 and "log-lines-lost=" in locumd.log.text())
    assert locumd.stop() == 0


def test_it_ends_though_nobody_reads_its_log(locumd, guard):
    locumd.write()
    pipe = start_unread(locumd, guard)
    until("it serves", 20, lambda: locumd.control.exists())
    for _ in range(60):
        assert locumd.ctl("reload").returncode == 0
    locumd.process.terminate()
    assert locumd.process.wait(10) == 0
    locumd.log = Lines(pipe)


def test_without_standard_descriptors(locumd, guard):
    """A socket with the number 2 would get the log."""
    locumd.write()
    locumd.process = spawn(guard, ["sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', BUILD / "locumd", locumd.config_file], env=sanitizers())
    locumd.log = Lines(io.StringIO(""))
    until("it serves", 20, lambda: locumd.control.exists())
    until("the prober runs", 20, lambda: locumd.status()["prober"]["state"] == "running")
    for pid in (locumd.process.pid, locumd.prober()):
        assert [os.readlink(f"/proc/{pid}/fd/{n}") for n in range(3)] == ["/dev/null"] * 3
    assert locumd.ctl("reload").returncode == 0
    assert locumd.data("mail.example.com") == ["192.0.2.25"]


def open_files(pid):
    names = []
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since
            names.append(fd.readlink().name)
    return names


def test_stopped_while_it_reads_a_large_zone(locumd):
    locumd.write().start()
    mark = locumd.log.mark()
    (locumd.dir / "example.com.zone").write_text(SLOW_ZONE)
    locumd.process.send_signal(signal.SIGHUP)
    locumd.log.wait("signal=HUP", since=mark)
    began = time.monotonic()
    assert locumd.stop() == 0
    assert time.monotonic() - began < (2 if not SANITIZED else 6)
    assert not locumd.control.exists()
    assert "reloaded" not in locumd.log.text()


def test_stopped_while_it_starts(locumd):
    locumd.write(zones={"example.com": SLOW_ZONE}).launch()
    until("it is at it", 10, lambda: "example.com.zone" in open_files(locumd.process.pid) or
          int(open(f"/proc/{locumd.process.pid}/statm").read().split()[1]) > 1500)
    began = time.monotonic()
    assert locumd.stop() == -signal.SIGTERM
    assert time.monotonic() - began < 2
    assert not (locumd.dir / "state").exists()


def test_what_it_cannot_become_leaves_nothing_behind(locumd):
    locumd.write(server={"user": "nobody-of-that-name"})
    (locumd.dir / "state").mkdir()
    assert locumd.launch().process.wait(20) == 1
    locumd.log.wait("nobody-of-that-name")
    assert not locumd.control.exists()


def test_a_state_that_is_no_directory(locumd):
    locumd.write(server={"control": "control"})
    (locumd.dir / "state").write_text("")
    assert locumd.launch().process.wait(20) == 1
    locumd.log.wait("state is no directory")


def test_its_own_sleep_moves_nothing(locumd, farm):
    """F15: home fails and recovers while locumd itself is stopped: what the prober said then is of another time."""
    farm.start(policy={"hold": "60s"})
    before, mark = locumd.serial(), locumd.log.mark()
    os.kill(locumd.process.pid, signal.SIGSTOP)
    slept = time.monotonic()  # how long is what is tested: outcomes older than two seconds count for nothing
    farm.web["fra"].sick()
    until("some probes have failed", 5, lambda: time.monotonic() > slept + 0.5)
    farm.web["fra"].well()
    until("their outcomes are old", 5, lambda: time.monotonic() > slept + 3)
    os.kill(locumd.process.pid, signal.SIGCONT)
    until("it is awake", 20, lambda: locumd.service("www")["endpoints"][0]["state"] == "up")
    until("it hears again", 20, lambda: set(locumd.states("www").values()) == {"up"})
    assert farm.active() == "fra" and locumd.serial() == before
    assert not [line for line in locumd.log.all[mark:] if "to=" in line or "prober=lost" in line], locumd.log.text()


def test_no_descriptor_for_another_prober(locumd, farm):
    farm.start()
    before, pid = locumd.serial(), locumd.prober()
    limits = resource.prlimit(locumd.process.pid, resource.RLIMIT_NOFILE)
    mark = locumd.log.mark()
    resource.prlimit(locumd.process.pid, resource.RLIMIT_NOFILE, (4, limits[1]))
    os.kill(pid, signal.SIGKILL)
    locumd.log.wait("prober=lost.*socket pair", since=mark)
    assert farm.active() == "fra" and locumd.serial() == before
    resource.prlimit(locumd.process.pid, resource.RLIMIT_NOFILE, limits)
    locumd.until_states("www", 20, fra="up", ams="up", par="up")
    assert farm.active() == "fra" and locumd.serial() == before
