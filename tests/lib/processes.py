"""Real programs as plain child processes, for the demo and the system tests.  Standard library only."""
import collections
import contextlib
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("LOCUM_BUILD", "build")

# Reads the numbers of process groups and ends them when its input ends: also when we are killed with -9.
GUARD = """
import os, shutil, signal, sys
for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)
groups = {int(line) for line in sys.stdin}
for g in groups:
    try: os.killpg(g, signal.SIGKILL)
    except (ProcessLookupError, PermissionError): pass
shutil.rmtree(sys.argv[1], ignore_errors=True)
"""


class Guard:
    """A temporary directory and process groups that do not outlive us, whatever ends us."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="locum."))
        self.directory.chmod(0o755)  # nginx's workers and a dropped locumd look into it
        self.process = subprocess.Popen([sys.executable, "-c", GUARD, str(self.directory)], stdin=subprocess.PIPE,
                                        text=True, start_new_session=True)
        self.lock = threading.Lock()

    def add(self, process):
        with self.lock:
            self.process.stdin.write(f"{process.pid}\n")
            self.process.stdin.flush()
        return process

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def spawn(guard, argv, **more):
    """A child in a session of its own: its group is its number, a Ctrl-C at the terminal is not for it."""
    return guard.add(subprocess.Popen([str(a) for a in argv], start_new_session=True, stdin=subprocess.DEVNULL, **more))


def until(what, seconds, question):
    """The first true answer of `question`, asked again and again; an error that names `what` if none comes."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds} s still not: {what}")
        pause.wait(0.002)


def is_free(address, port):
    """Whether `address` has `port` free for TCP and UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1 if kind == socket.SOCK_STREAM else 0)
            try:
                s.bind((address, port))
            except OSError:
                return False
    return True


def connects(address, port):
    with contextlib.closing(socket.socket()) as s:
        s.settimeout(1)
        return s.connect_ex((address, port)) == 0


def children(pid):
    return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.contextmanager
def hogs(guard, a_core=2):
    """Processes that want all processors: `a_core` on each."""
    all_ = [spawn(guard, [sys.executable, "-c", "while True: pass"]) for _ in range(a_core * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for process in all_:
            process.kill()
            process.wait()


def cpu(pid):
    """Seconds that a process has used so far, user and system."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid, what="VmRSS"):
    """KB of a process now; VmHWM: the most there ever was."""
    return int(re.search(rf"{what}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


class Lines:
    """What a process writes to standard error, line by line as it comes; a thread reads it."""

    def __init__(self, stream, echo=None):
        self.all = []
        self.ended = False
        self.news = threading.Condition()
        self.thread = threading.Thread(target=self._read, args=(stream, echo), daemon=True)
        self.thread.start()

    def _read(self, stream, echo):
        for line in stream:
            with self.news:
                self.all.append(line.rstrip("\n"))
                self.news.notify_all()
            if echo:
                echo(line.rstrip("\n"))
        with self.news:
            self.ended = True
            self.news.notify_all()

    def mark(self):
        """Lines from here on count for wait(..., since=mark)."""
        with self.news:
            return len(self.all)

    def wait(self, pattern, seconds=10, since=0):
        """The first line in which the regular expression is found, from number `since` on."""
        deadline = time.monotonic() + seconds
        with self.news:
            while True:
                for line in self.all[since:]:
                    if re.search(pattern, line):
                        return line
                since = len(self.all)
                left = deadline - time.monotonic()
                if self.ended or left <= 0 or not self.news.wait(left) and not self.all[since:]:
                    raise TimeoutError(f"no line with {pattern!r}; there were:\n" + "\n".join(self.all[-40:]))

    def text(self):
        with self.news:
            return "\n".join(self.all)


NGINX = """
daemon off; master_process on; worker_processes 2; pid {dir}/pid; error_log {dir}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; default_type text/plain;
  client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c; uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
  server {{
    listen {address}:{port};
    location = /health {{ if (-f {dir}/sick) {{ return 503 "sick\\n"; }} return 200 "ok\\n"; }}
    location / {{ return 200 "this is {name}\\n"; }}
  }}
}}
"""


class Nginx:
    """A web server at address:port.  /health says 200, or 503 while it is sick()."""

    def __init__(self, guard, name, address, port):
        self.guard, self.name, self.address, self.port = guard, name, address, port
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"nginx-{name}.", dir=guard.directory))
        self.dir.chmod(0o755)
        (self.dir / "nginx.conf").write_text(NGINX.format(dir=self.dir, name=name, address=address, port=port))
        self.process = None

    def start(self):
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if program is None:
            raise FileNotFoundError("nginx is not installed: sh tests/packages/install.sh demo")
        self.process = spawn(self.guard, [program, "-p", self.dir, "-c", self.dir / "nginx.conf"],
                             stdout=subprocess.DEVNULL, stderr=(self.dir / "stderr").open("w"))
        until(f"nginx {self.name} listens", 10, lambda: self.process.poll() is not None or connects(self.address, self.port))
        if self.process.poll() is not None:
            raise RuntimeError(f"nginx {self.name}: " + (self.dir / "stderr").read_text().strip())
        return self

    def _signal(self, number):
        os.killpg(self.process.pid, number)

    def kill(self):
        """kill -9, the whole group: what a crash of the machine's server looks like."""
        self._signal(signal.SIGKILL)
        self.process.wait()
        until(f"nginx {self.name} is gone", 5, lambda: not connects(self.address, self.port))

    def kill_at_once(self):
        """The same; does not wait for the end, for whoever measures."""
        self._signal(signal.SIGKILL)

    def hang(self):
        """Connections are still accepted by the kernel; nobody answers on them."""
        self._signal(signal.SIGSTOP)

    def wake(self):
        self._signal(signal.SIGCONT)

    def sick(self):
        (self.dir / "sick").touch()

    def well(self):
        (self.dir / "sick").unlink()


Change = collections.namedtuple("Change", "first_ms all_ms polls mixtures")


class Stub:
    """Just enough of a resolver to ask one server for single records, fast."""

    TYPES = {"A": 1, "SRV": 33}

    def __init__(self, address, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((address, port))
        self.number = 0

    def ask(self, name, kind, seconds=2.0):
        """The data of the answer's records, sorted: addresses or SRV targets.  None when no answer came."""
        self.number = (self.number + 1) % 65536
        wire = b"".join(bytes([len(part)]) + part.encode() for part in name.strip(".").split(".")) + b"\0"
        query = self.number.to_bytes(2, "big") + b"\1\0\0\1\0\0\0\0\0\0" + wire + bytes([0, self.TYPES[kind], 0, 1])
        try:
            self.socket.send(query)
            deadline = time.monotonic() + seconds
            while select.select([self.socket], [], [], max(0.0, deadline - time.monotonic()))[0]:
                answer = self.socket.recv(4096)
                if answer[:2] == query[:2]:
                    return self._records(answer, len(query), self.TYPES[kind])
        except ConnectionRefusedError:
            pass
        return None

    @staticmethod
    def _name(message, at):
        labels, after = [], None
        while message[at] != 0:
            if message[at] >= 0xC0:
                after = after or at + 2
                at = (message[at] & 0x3F) << 8 | message[at + 1]
            else:
                labels.append(message[at + 1:at + 1 + message[at]].decode())
                at += 1 + message[at]
        return ".".join(labels) + ".", after or at + 1

    def _records(self, message, at, wanted):
        found = []
        for _ in range(int.from_bytes(message[6:8], "big")):
            _, at = self._name(message, at)
            kind, length = int.from_bytes(message[at:at + 2], "big"), int.from_bytes(message[at + 8:at + 10], "big")
            data = at + 10
            at = data + length
            if kind == wanted == 1:
                found.append(socket.inet_ntoa(message[data:at]))
            elif kind == wanted == 33:
                found.append(self._name(message, data + 6)[0])
        return sorted(found)

    def change(self, a_name, srv_name, owner_of, goal, cause, seconds):
        """Calls `cause`, then polls A, SRV, A until both say `goal`.  A mixture is a poll in which the SRV
        differs from the two A around it, which agree."""
        first = None
        polls = mixtures = 0
        began = time.monotonic()
        cause()
        while True:
            before, srv, after = (owner_of(self.ask(*q)) for q in ((a_name, "A"), (srv_name, "SRV"), (a_name, "A")))
            now = (time.monotonic() - began) * 1000
            polls += 1
            mixtures += before == after != srv
            if first is None and goal in (before, srv, after):
                first = now
            if before == srv == after == goal:
                return Change(first, now, polls, mixtures)
            if now > seconds * 1000:
                raise TimeoutError(f"after {seconds} s {a_name} is still answered with {after}, not {goal}")

    def close(self):
        self.socket.close()
