"""SIGKILLs at system calls of the way to the disk, and what is there when locumd is started again.

What was acknowledged must hold, what was under way may, nothing else does: in the status and in the answers, with a chain that is whole.
"""
import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess

from processes import Lines, children, spawn, until

SERVICES = ("a", "b", "c")
ENDS = {"fra": "192.0.2.1", "ams": "192.0.2.2", "par": "192.0.2.3"}
# Of the keeper while it writes; while the start opens and repairs; while a file that the disk failed under is replaced.
CALLS = {"commands": ("pwrite64", "fdatasync", "fcntl", "newfstatat", "pread64"),
         "backup": ("openat", "fchmod", "pwrite64", "fdatasync", "fsync", "rename", "unlink", "ftruncate", "close", "pread64", "fcntl"),
         "restore": ("openat", "unlink", "rename", "pwrite64", "fsync", "fdatasync", "ftruncate", "fchmod", "close", "pread64"),
         "start": ("openat", "pread64", "pwrite64", "fchmod", "fcntl", "fdatasync", "fsync", "newfstatat", "close", "unlink", "ftruncate"),
         "heal": ("openat", "pread64", "pwrite64", "rename", "unlink", "fsync", "fchmod", "close", "newfstatat", "ftruncate")}
MOST = {"commands": 25, "backup": 6, "restore": 6, "start": 8, "heal": 8}  # the n-th such call


def configure(locumd):
    locumd.write({name: {"zone": "example.com", "records": [f"{name} A {{address}}"], "ttl": "5s",
                         "endpoints": [{"name": e, "address": address} for e, address in ENDS.items()],
                         "policy": {"failback": "manual"}} for name in SERVICES})


def ask(locumd, **command):
    """The answer; None: the daemon died of it."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        try:
            s.connect(str(locumd.control))
            s.sendall(json.dumps(command).encode() + b"\n")
            octets = b""
            while not octets.endswith(b"\n"):
                more = s.recv(1 << 20)
                if not more:
                    return None
                octets += more
        except OSError:
            return None
    return json.loads(octets)


def keeper_of(locumd):
    for thread in pathlib.Path(f"/proc/{locumd.process.pid}/task").iterdir():
        if (thread / "comm").read_text().strip().endswith("keeper"):
            return int(thread.name)
    raise AssertionError("there is no keeper")


class Strace:
    """Attached to the keeper's thread alone."""

    def __init__(self, guard, locumd, *options):
        self.process = spawn(guard, ["strace", "-qq", "-o", "/dev/null", *options, "-p", keeper_of(locumd)], stderr=subprocess.PIPE,
                             text=True)
        self.log = Lines(self.process.stderr)
        status = pathlib.Path(f"/proc/{locumd.process.pid}/task/{keeper_of(locumd)}/status")
        until("strace is there", 10, lambda: f"TracerPid:\t{self.process.pid}" in status.read_text())

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(10)


class Campaign:
    def __init__(self, guard, locumd, seed):
        self.guard, self.locumd, self.dice = guard, locumd, random.Random(seed)
        configure(locumd)
        self.known = {s: None for s in SERVICES}  # who is pinned
        self.maybe = {s: set() for s in SERVICES}  # what was under way, or was refused since the disk failed: would do, too
        self.backed_up, self.restoring = None, False
        self.kills = {}
        self.acknowledged = 0
        self.last = ""  # what was done before this start

    def settled(self):
        self.maybe = {s: set() for s in SERVICES}
        self.restoring = False

    # ---- commands ----

    def say(self):
        """One command; False: the daemon died of it."""
        service = self.dice.choice(SERVICES)
        end = self.dice.choice([None, *ENDS])
        if end == self.known[service]:
            return True
        command = {"verb": "pin", "service": service, "endpoint": end, "reason": "x" * self.dice.randrange(200)} if end else {
            "verb": "unpin", "service": service}
        self.maybe[service].add(end)
        answer = ask(self.locumd, **command)
        if answer is None:
            return False
        if answer["ok"]:
            self.settled()
            self.known[service] = end
            self.acknowledged += 1
        else:
            assert "nothing was done" in answer["error"], answer
        return True

    def file(self, name):
        return str(self.locumd.dir / name)

    def back_up(self):
        self.backed_up = None  # if it dies of it, nobody knows which one lies there
        answer = ask(self.locumd, verb="backup", file=self.file("backup.db"))
        if answer is not None:
            assert answer["ok"], answer
            self.backed_up = dict(self.known)
        return answer is not None

    def restore(self):
        if self.backed_up is None and not self.back_up():
            return False
        self.restoring = True
        answer = ask(self.locumd, verb="restore", file=self.file("backup.db"))
        if answer is not None:
            assert answer["ok"], answer
            self.known = dict(self.backed_up)
            self.settled()
        return answer is not None

    def journal(self):
        answer = ask(self.locumd, verb="status")
        return answer["status"]["journal"]["state"] if answer else "dead"

    # ---- one life ----

    def live(self, what, call):
        n = self.dice.randint(1, MOST[what])
        kill = f"inject={call}:signal=KILL:when={n}"
        self.last = f"{what}: {kill}"
        if what == "start":
            return self.start_under(kill, call)
        options = ["-e", f"trace={call}", "-e", kill]
        if what == "heal":
            options = ["-e", f"trace={call},fdatasync", "-e", f"inject=fdatasync:error=EIO:when={self.dice.randint(1, 3)}", "-e", kill]
        trace = Strace(self.guard, self.locumd, *options)
        act = {"backup": self.back_up, "restore": self.restore}.get(what, self.say)
        for _ in range(12):
            if not act():
                break
            if what == "heal" and self.journal() == "behind":
                until("it is mended, or dead", 20, lambda: self.journal() != "behind")
        trace.close()
        return self.locumd.process.poll() is not None

    def start_under(self, kill, call):
        """Started with a -wal that was left behind, and killed on the way."""
        self.locumd.stop(signal.SIGKILL)
        state = self.locumd.dir / "state"
        process = spawn(self.guard, ["strace", "-f", "-qq", "-o", "/dev/null", "-P", state / "journal.db", "-P", state / "journal.db-wal", "-P", state,
                                     "-e", f"trace={call}", "-e", kill, *self.command()], stderr=subprocess.PIPE, text=True)
        log = Lines(process.stderr)
        until("it is ready, or dead", 20, lambda: process.poll() is not None or "ready" in log.text())
        killed = process.poll() is not None
        if not killed:
            for child in children(process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        process.wait(20)
        return killed

    def command(self):
        return [str(a) for a in self.locumd.process.args]

    def check(self):
        """After a start: what holds is what was acknowledged, or what was under way."""
        status = ask(self.locumd, verb="status")["status"]
        found = {}
        for service in status["services"]:
            pins = [o["endpoint"] for o in service["overrides"] if o["what"] == "pinned"]
            found[service["name"]] = pins[0] if pins else None
            [answer] = self.locumd.data(f"{service['name']}.example.com")
            assert [answer] == [ENDS[a] for a in service["active"]], service
            assert not pins or answer == ENDS[pins[0]], service
        as_known = all(found[s] in {self.known[s], *self.maybe[s]} for s in SERVICES)
        assert as_known or self.restoring and found == self.backed_up, (self.last, found, self.known, self.maybe, self.locumd.log.text())
        assert "journal=" not in self.locumd.log.text(), self.locumd.log.text()
        assert ask(self.locumd, verb="check")["ok"]
        self.known = found
        self.settled()

    def run(self, n):
        """Until so many died at a call; how many of each kind."""
        self.locumd.start()
        self.check()
        while sum(self.kills.values()) < n:
            what = list(CALLS)[sum(self.kills.values()) % len(CALLS)]
            call = self.dice.choice(CALLS[what])
            if self.live(what, call):
                self.kills[f"{what} {call}"] = self.kills.get(f"{what} {call}", 0) + 1
            if self.locumd.process.poll() is None:
                self.locumd.stop(signal.SIGKILL)
            self.locumd.launch()
            self.locumd.log.wait(r"\bready\b", 20)
            self.check()
        return self.kills
