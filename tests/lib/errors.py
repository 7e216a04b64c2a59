"""Errors of system calls of the way to the disk: for once, for a while, or for as long as it takes until all is refused.

What holds is PITFALLS' F31 to F35: a command is done and durable, or refused with nothing done; answers stay; what is not on the disk is said;
when the trouble is over locumd is well by itself, and a SIGKILL later everything is there that was acknowledged, and nothing that was refused.
"""
import os
import pathlib
import signal
import sqlite3
import subprocess

from kills import ENDS, SERVICES, Campaign, Strace, ask
from processes import Lines, children, spawn, until

ERRORS = ("ENOSPC", "EIO", "EROFS")
# Which of the calls a kind of life makes at all: an error elsewhere proves nothing.
CALLS = {"commands": ("pwrite64", "fdatasync"),
         "backup": ("openat", "fchmod", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "pread64", "newfstatat", "fcntl"),
         "restore": ("openat", "fchmod", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "pread64", "newfstatat", "fcntl"),
         "heal": ("openat", "fchmod", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "pread64", "newfstatat"),
         "start": ("openat", "fchmod", "pwrite64", "fdatasync", "unlink", "ftruncate", "pread64", "newfstatat", "fcntl")}
MOST = {"commands": 25, "backup": 8, "restore": 20, "heal": 10, "start": 8}  # the n-th such call


class Errors(Campaign):
    """Rounds of it; `met` counts by kind and call those in which something was refused or said."""

    def __init__(self, guard, locumd, seed):
        super().__init__(guard, locumd, seed)
        self.met = {}
        self.chain = []  # a full backup and its increments
        self.rounds = 0

    # ---- what is done while there is trouble ----

    def serves(self):
        """What was acknowledged is answered, whatever the disk does."""
        for service, end in self.known.items():
            if end is not None:
                assert self.locumd.data(f"{service}.example.com") == [ENDS[end]], (self.last, service, end)

    def command(self, service=None):
        """True: done; False: refused."""
        service = service or self.dice.choice(SERVICES)
        end = self.dice.choice([e for e in (None, *ENDS) if e != self.known[service]])
        answer = ask(self.locumd, **({"verb": "pin", "service": service, "endpoint": end} if end else {"verb": "unpin", "service": service}))
        assert answer is not None, f"{self.last}: it died"
        if answer["ok"]:
            self.known[service] = end
            self.acknowledged += 1
        else:
            assert "nothing was done" in answer["error"], (self.last, answer)
        return answer["ok"]

    def copy(self):
        file = self.locumd.dir / "backup.db"
        since_last = self.chain and self.dice.random() < 0.5
        if since_last:
            file = self.locumd.dir / f"increment.{len(self.chain)}"
            file.unlink(missing_ok=True)
        answer = ask(self.locumd, verb="backup", file=str(file), **({"since-last": True} if since_last else {}))
        assert answer is not None, f"{self.last}: it died"
        if answer["ok"]:
            self.backed_up = dict(self.known)
            self.chain = [*self.chain, str(file)] if since_last else [str(file)]
        elif not since_last:
            self.chain = []  # nobody knows which one lies there
        for there in (file, *map(pathlib.Path, self.chain)):
            if there.exists():
                with sqlite3.connect(there) as db:
                    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], self.last
                db.close()
        return answer["ok"]

    def bring_back(self):
        full, *increments = self.chain
        answer = ask(self.locumd, verb="restore", file=full, **({"increments": increments} if increments else {}))
        assert answer is not None, f"{self.last}: it died"
        if answer["ok"] or answer["error"].startswith("restored, but"):
            self.known = dict(self.backed_up)
        return answer["ok"]

    # ---- a round ----

    def inject(self, what, call, error):
        n = self.dice.randint(1, MOST[what])
        spell = self.dice.choice((str(n), f"{n}..{n + 2}") + (() if what == "start" else (f"{n}+",)))
        self.last = f"{what}: {call} {error} when={spell}"
        return f"inject={call}:error={error}:when={spell}"

    def trouble(self, what, call, error):
        """Acts under it; how many acts were refused."""
        options = ["-e", f"trace={call}", "-e", self.inject(what, call, error)]
        if what == "heal":  # what makes a file suspect comes first
            first = "fdatasync" if call != "fdatasync" else "pwrite64"
            options = ["-e", f"trace={call},{first}", "-e", f"inject={first}:error=EIO:when={self.dice.randint(1, 3)}", *options[2:]]
        if what == "restore":
            self.chain = []
            assert self.copy()
            assert self.command()
            assert self.copy()
        trace = Strace(self.guard, self.locumd, *options)
        act = {"backup": self.copy, "restore": self.bring_back}.get(what, self.command)
        refused = 0
        for _ in range(4 if what in ("backup", "restore") else 12):
            refused += not act()
            self.serves()
            if what == "heal" and refused:
                break
        if what == "heal" and refused:
            until("it is tried to mend", 10, lambda: self.journal() != "behind" or "why=" in self.locumd.log.text())
        trace.close()
        return refused

    def recovers(self, what, refused, mark):
        until(f"{self.last}: the journal is well again", 20, lambda: self.journal() == "well")
        said = "\n".join(self.locumd.log.all[mark:])
        if what in ("commands", "heal") and refused:
            assert "journal=behind" in said, (self.last, said)
        self.serves()
        assert ask(self.locumd, verb="check")["ok"], self.last
        for service in SERVICES:
            assert self.command(service), f"{self.last}: {service} is refused though all is well"

    def again(self):
        """What the next process finds after a SIGKILL."""
        self.locumd.stop(signal.SIGKILL)
        self.locumd.launch()
        self.locumd.log.wait(r"\bready\b", 20)
        self.check()

    def start_in_trouble(self, call, error):
        """It comes up and answers: as it was, or it says that it lost its memory; then nothing of it was destroyed."""
        for service in SERVICES:
            assert self.command(service)
        self.locumd.stop(signal.SIGKILL)
        state = self.locumd.dir / "state"
        paths = [o for name in ("journal.db", "journal.db-wal", "journal.good.db", "journal.lock") for o in ("-P", state / name)]
        process = spawn(self.guard, ["strace", "-f", "-qq", "-o", "/dev/null", *paths, "-e", f"trace={call}",
                                     "-e", self.inject("start", call, error), *[str(a) for a in self.locumd.process.args]],
                        stderr=subprocess.PIPE, text=True)
        log = Lines(process.stderr)
        log.wait(r"\bready\b", 20)
        wanted = {s: ENDS[end] for s, end in self.known.items() if end is not None}
        until(f"{self.last}: what was acknowledged is answered and the journal is well", 20,
              lambda: all(self.locumd.data(f"{s}.example.com") == [a] for s, a in wanted.items()) and self.journal() == "well")
        for child in children(process.pid):
            os.kill(child, signal.SIGKILL)
        process.wait(20)
        return "journal=" in log.text()

    def run(self, n):
        self.locumd.start()
        self.check()
        kinds = list(CALLS)
        for self.rounds in range(1, n + 1):
            what = kinds[self.rounds % len(kinds)]
            call, error, mark = self.dice.choice(CALLS[what]), self.dice.choice(ERRORS), self.locumd.log.mark()
            if what == "start":
                met = self.start_in_trouble(call, error)
            else:
                met = self.trouble(what, call, error)
                self.recovers(what, met, mark)
            if what != "backup":
                self.chain = []  # the journal may be another one now
            self.met[f"{what} {call}"] = self.met.get(f"{what} {call}", 0) + bool(met)
            self.again()
        return self.met


__all__ = ["Errors"]
