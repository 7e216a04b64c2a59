#!/usr/bin/env python3
"""What locum promises in figures, measured: `make bars`, or with names of measurements and --short.

Prints a line for each bar, with the figure, and ends with 1 if one was missed.  Takes about half an hour; --short a minute.
"""
import argparse
import datetime
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "lib")]
import networks  # noqa: E402
from conftest import Farm  # noqa: E402
from daemon import DNS_PORT, WEB_PORT, ZONE, Locumd, loopback, until  # noqa: E402
from errors import Errors  # noqa: E402
from kills import Campaign, ask, configure  # noqa: E402
from processes import BUILD, Guard, Nginx, connects, cpu, hogs, memory, spawn  # noqa: E402

RATE = 20_000
missed = []


def bar(what, figure, met):
    print(f"{'met   ' if met else 'MISSED'}  {what}: {figure}", flush=True)
    if not met:
        missed.append(what)


class Load(threading.Thread):
    """dq at 20,000 q/s, run after run, until stopped; adds up what was sent and lost."""

    def __init__(self, locumd, names=("www.example.com", "mail.example.com", "nosuch.example.com"), cpu=None):
        super().__init__(daemon=True)
        queries = locumd.dir / "queries.txt"
        queries.write_text("".join(f"{n} A e\n" for n in names))
        self.command = [str(BUILD / "bench" / "dq"), "-s", locumd.address, "-p", str(DNS_PORT), "-d", str(queries), "-m", "udp", "-c", "1",
                        "-W", "8192", "-Q", str(RATE), "-w", "0", "-l", "2", "-t", "2"]
        if cpu is not None:
            self.command[:0] = ["taskset", "-c", str(cpu)]
        self.received = self.lost = 0
        self.p99 = []
        self.ending = threading.Event()

    def once(self):
        out = subprocess.run(self.command, stdout=subprocess.PIPE, text=True, timeout=60).stdout
        figures = {k: float(v) for k, v in re.findall(r"(\w+)=([-\d.]+)", out)}
        self.received += figures["recv"]
        self.lost += figures["lost"]
        self.p99.append(figures["p99_us"])

    def run(self):
        while not self.ending.is_set():
            self.once()

    def stop(self):
        self.ending.set()
        self.join()
        return self

    def __str__(self):
        return f"{self.lost:.0f} of {self.received + self.lost:,.0f} lost, p99 {statistics.median(self.p99):.0f} us"


def with_farm(measure):
    """A farm, all up, around a measurement."""
    def run(short):
        guard = Guard()
        locumd = Locumd(guard)
        try:
            measure(Farm(guard, locumd), locumd, short)
        finally:
            locumd.close()
            guard.close()
    return run


@with_farm
def death(farm, locumd, short):
    """Process death and hang to changed answer, and mixtures."""
    farm.start(probe={"every": "100ms", "timeout": "100ms"})
    rounds = 3 if short else 20
    deaths, hangs, polls, mixtures = [], [], 0, 0
    for _ in range(rounds):
        for times, cause, cure in ((deaths, farm.web["fra"].kill_at_once, farm.web["fra"].start), (hangs, farm.web["fra"].hang, farm.web["fra"].wake)):
            change = farm.change("ams", cause)
            times.append(change.all_ms)
            back = farm.change("fra", cure)
            polls += change.polls + back.polls
            mixtures += change.mixtures + back.mixtures
    for what, times, most in (("death", deaths, 250), ("hang", hangs, 500)):
        median = statistics.median(times)
        bar(f"{what} to changed answer, {rounds} times, median at most {most} ms",
            f"{median:.0f} ms ({min(times):.0f} to {max(times):.0f})", median <= most)
    bar("mixtures over 1,000 polls or more: 0", f"{mixtures} in {polls}", mixtures == 0 and (short or polls >= 1000))


def fells(what, probe, most, short, cause="kill", watched=False):
    """Home dies or hangs, again and again: (median, p99) of the time to the changed answer against `most`, in ms."""
    def measure(farm, locumd, short):
        farm.start(probe=probe)
        times = []
        for _ in range(5 if short else 50):
            if watched:
                until("all are watched", 20, lambda: locumd.status()["prober"]["watching"] == len(farm.web))
            home = farm.web["fra"]
            times.append(farm.change("ams", home.kill_at_once if cause == "kill" else home.hang).all_ms)
            farm.change("fra", home.start if cause == "kill" else home.wake, 20)
        times.sort()
        median, p99 = statistics.median(times), times[-1 - len(times) // 100]
        bar(f"{what}, {len(times)} times: median at most {most[0]} ms, p99 at most {most[1]} ms",
            f"{median:.1f} and {p99:.1f} ms (from {times[0]:.1f}; the five worst {' '.join(f'{t:.0f}' for t in times[-5:])})",
            median <= most[0] and p99 <= most[1])
    with_farm(measure)(short)


def watch(short):
    """Crash and hang to changed answer: watched, asked often, asked now and then."""
    fells("crash, watched, asked every 1 s", {"every": "1s", "fast": "100ms", "timeout": "500ms", "fall": 3, "watch": True}, (20, 60), short, watched=True)
    fells("crash, asked every 20 ms", {"every": "20ms", "timeout": "100ms", "fall": 1}, (20, 60), short)
    fells("hang, asked every 100 ms within 80 ms, fall 1", {"every": "100ms", "timeout": "80ms", "fall": 1}, (200, 200), short, cause="hang")


def without(locumd, what, short):
    """The same load and nothing else: what the machine loses by itself."""
    quiet = Load(locumd)
    quiet.start()
    until("the quiet run has had its time", 60, lambda: len(quiet.p99) >= (1 if short else 5))
    print(f"        without {what}: {quiet.stop()}", flush=True)


@with_farm
def reloads(farm, locumd, short):
    """Reloads that change something each time, under load."""
    farm.start()
    without(locumd, "reloads", short)
    load = Load(locumd)
    load.start()
    n = 10 if short else 100
    for i in range(n):
        farm.write(ttl=f"{5 + i % 3}s")
        (locumd.dir / "example.com.zone").write_text(ZONE + f"n{i} IN A 192.0.2.{i % 250}\n")
        mark = locumd.log.mark()
        locumd.process.send_signal(signal.SIGHUP)
        assert "reloaded" in locumd.log.wait(r"reload", 30, since=mark)
    bar(f"{n} reloads under {RATE} q/s: 0 lost", load.stop(), load.lost == 0)
    assert locumd.data(f"n{n - 1}.example.com") == [f"192.0.2.{(n - 1) % 250}"]


@with_farm
def publish(farm, locumd, short):
    """10 zone versions a second, under load, in turns with the same load alone."""
    farm.start()
    alone, beside = Load(locumd), Load(locumd)
    generation, published, seconds = locumd.status()["generation"], 0, 0.0
    for _ in range(1 if short else 15):
        alone.once()
        run = threading.Thread(target=beside.once)
        started = due = time.monotonic()
        run.start()
        while run.is_alive():
            (locumd.dir / "example.com.zone").write_text(ZONE + f"n{published} IN A 192.0.2.{published % 250}\n")
            mark = locumd.log.mark()
            locumd.process.send_signal(signal.SIGHUP)
            assert "reloaded" in locumd.log.wait(r"reload", 30, since=mark)
            published += 1
            due += 0.1
            run.join(max(0.0, due - time.monotonic()))
        seconds += time.monotonic() - started
    versions = locumd.status()["generation"] - generation
    rate, ratio = versions / seconds, statistics.median(beside.p99) / statistics.median(alone.p99)
    print(f"        alone: {alone}", flush=True)
    bar("versions a second: at least 9", f"{rate:.1f}, {versions} in all", rate >= 9)
    bar(f"p99 at {RATE} q/s meanwhile at most 1.5 times that without", f"{ratio:.2f}: {beside}", ratio <= 1.5)
    bar("... and 0 queries lost", beside, beside.lost == 0)
    assert locumd.data(f"n{published - 1}.example.com") == [f"192.0.2.{(published - 1) % 250}"]


@with_farm
def prober(farm, locumd, short):
    """The prober killed and frozen, again and again, under load."""
    farm.start()
    without(locumd, "kills", short)
    generation = locumd.status()["generation"]
    load = Load(locumd)
    load.start()

    def again(what, times, number):
        for i in range(times):
            mark = locumd.log.mark()
            pid = locumd.prober()
            os.kill(pid, number)
            locumd.log.wait(r"prober=lost", 30, since=mark)
            locumd.log.wait(r"prober=running", 30, since=mark)
            if (i + 1) % 100 == 0:
                print(f"        {what} {i + 1} of {times}", flush=True)

    kills, freezes = (10, 2) if short else (1000, 100)
    kills, freezes = (int(os.environ.get(n, d)) for n, d in (("KILLS", kills), ("FREEZES", freezes)))
    again("kill", kills, signal.SIGKILL)
    again("freeze", freezes, signal.SIGSTOP)
    status = locumd.status()
    load.stop()
    bar(f"{kills} kills and {freezes} freezes of the prober: 0 answers changed",
        f"{status['generation'] - generation} publications, {status['prober']['restarts']} restarts",
        status["generation"] == generation and status["prober"]["restarts"] >= kills + freezes)
    bar(f"... and 0 queries lost at {RATE} q/s", load, load.lost == 0)
    until("all endpoints are up again", 20, lambda: set(locumd.states("www").values()) == {"up"})


def hog(short):
    """Ten minutes in which the processor belongs to others and the network loses packets; the endpoints are healthy."""
    if networks.why_not() is not None:
        print(f"        left out: {networks.why_not()}")
        return
    guard = Guard()
    here, there = networks.Namespace(guard), networks.Namespace(guard)
    with here.inside():
        networks.lossy_cable(guard, here, there, 0.05)
        with there.inside():
            web = {n: Nginx(guard, n, f"10.77.0.{11 + i}", WEB_PORT).start() for i, n in enumerate(Farm.NAMES)}
        locumd = Locumd(guard)
        try:
            locumd.write({"www": {"zone": "example.com", "records": ["www A {address}"], "health": {"all": ["web"]}, "policy": {"hold": "1s"},
                                  "endpoints": [{"name": n, "address": w.address} for n, w in web.items()]}},
                         {"web": {"type": "http", "port": WEB_PORT, "path": "/health", "every": "500ms", "timeout": "2500ms", "fall": 3}})
            locumd.start().until_states("www", 60, fra="up", ams="up", par="up")
            before, mark = locumd.serial(), locumd.log.mark()
            with hogs(guard):
                time.sleep(20 if short else 600)
            said = locumd.log.all[mark:]
            wrong = [line for line in said if " to=" in line]
            bar("wrong switches in ten minutes of CPU hog and 5 % loss: 0",
                f"{len(wrong)}; {sum('state=down' in line for line in said)} endpoints said to be down, "
                f"{locumd.metric('locum_prober_attempts_total'):.0f} attempts, the last beat {locumd.status()['prober']['late_ms']:.1f} ms late",
                not wrong and locumd.serial() == before)
        finally:
            locumd.close()
            guard.close()


CHECKS = """
daemon off; master_process on; worker_processes 1; worker_rlimit_nofile 20000; pid {dir}/pid; error_log {dir}/error.log;
events {{ worker_connections 10000; }}
http {{
  access_log off; default_type text/plain; keepalive_timeout 0;
  client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c; uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
  server {{
    {listen}
    location = /count {{ stub_status; }}
    location / {{ return 200 "ok\\n"; }}
  }}
}}
"""


class Crowd:
    """10,000 endpoints of one nginx: 100 addresses with 100 paths each."""

    def __init__(self, guard, port=8080):
        self.port, self.dir = port, guard.directory / "crowd"
        self.dir.mkdir(mode=0o755)
        net = loopback().rsplit(".", 2)[0]
        self.addresses = [f"{net}.{i // 10 + 1}.{i % 10 + 1}" for i in range(100)]
        listen = " ".join(f"listen {a}:{port} backlog=4096;" for a in self.addresses)
        (self.dir / "nginx.conf").write_text(CHECKS.format(dir=self.dir, listen=listen))
        self.process = spawn(guard, [shutil.which("nginx", path="/usr/sbin:/sbin"), "-p", self.dir, "-c", self.dir / "nginx.conf"],
                             stdout=subprocess.DEVNULL, stderr=(self.dir / "stderr").open("w"))
        until("nginx listens", 20, lambda: connects(self.addresses[-1], port))

    def asked(self):
        with urllib.request.urlopen(f"http://{self.addresses[0]}:{self.port}/count", timeout=30) as page:
            return int(page.read().split(b"\n")[2].split()[2])

    def services(self):
        ends = [{"name": f"e{i}", "address": a} for i, a in enumerate(self.addresses)]
        return {f"s{i}": {"zone": "example.com", "mode": "pool", "records": [f"s{i} A {{address}}"], "endpoints": ends, "health": {"all": [f"p{i}"]}}
                for i in range(100)}


def http(short):
    """10,000 HTTP checks every 2 s, from the first second on."""
    guard = Guard()
    locumd = Locumd(guard)
    try:
        crowd = Crowd(guard)
        probes = {f"p{i}": {"type": "http", "port": crowd.port, "path": f"/{i}", "host": "www.example.com", "body": "ok", "every": "2s",
                            "timeout": "2s", "fall": 1} for i in range(100)}
        locumd.write(crowd.services(), probes, server={"limits": {"records-per-type": 1000}})
        locumd.start(seconds=60)
        pid = locumd.prober()
        until("all are up", 60, lambda: sum(e["state"] == "up" for s in locumd.status()["services"] for e in s["endpoints"]) == 10_000)
        asked, used, began = crowd.asked(), cpu(pid), time.monotonic()
        threading.Event().wait(10 if short else 60)  # what is measured is what happens meanwhile
        asked, used, took = crowd.asked() - asked, cpu(pid) - used, time.monotonic() - began
        rate, each = asked / took, used / asked * 1e6
        false = sum("state=down" in line for line in locumd.log.all)
        bar("10,000 HTTP checks every 2 s: all are made", f"{rate:.0f} a second", rate > 4900)
        bar("... at most 60 us of CPU each", f"{each:.1f} us", each <= 60)
        bar("... 0 false failures since the start", false, false == 0 and pid == locumd.prober())
        bar("... prober at most 100 MB", f"{memory(pid, 'VmHWM') / 1024:.0f} MB", memory(pid, "VmHWM") <= 100 * 1024)
    finally:
        locumd.close()
        guard.close()


HAPROXY = """
global
    nbthread 1
    maxconn 1000
    stats socket {dir}/haproxy.sock
defaults
    mode tcp
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend none
    bind unix@{dir}/haproxy.front
    default_backend all
backend all
    default-server check inter 1s
"""


class Haproxy:
    """Opens 10,000 connections a second to a Crowd: 100 servers for each of its addresses, on one thread."""

    def __init__(self, guard, crowd):
        self.dir = guard.directory / "haproxy"
        self.dir.mkdir()
        servers = [f"    server s{i}-{j} {a}:{crowd.port}" for i in range(100) for j, a in enumerate(crowd.addresses)]
        (self.dir / "haproxy.cfg").write_text(HAPROXY.format(dir=self.dir) + "\n".join(servers) + "\n")
        program = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
        self.process = spawn(guard, [program, "-db", "-f", self.dir / "haproxy.cfg"], stdout=subprocess.DEVNULL,
                             stderr=(self.dir / "stderr").open("w"))
        until("HAProxy runs", 60, lambda: (self.dir / "haproxy.front").exists() or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise RuntimeError((self.dir / "stderr").read_text())


def opened(pid):
    """TCP connections that were begun in the network namespace of a process so far."""
    names, values = [line.split() for line in pathlib.Path(f"/proc/{pid}/net/snmp").read_text().splitlines() if line.startswith("Tcp:")]
    return int(values[names.index("ActiveOpens")])


def probes(short):
    """10,000 TCP checks every second beside HAProxy, which makes the same; then what they do to answers."""
    if networks.why_not() is not None:
        print(f"        left out: {networks.why_not()}")
        return
    guard = Guard()
    try:
        with networks.Namespace(guard).inside():
            locumd = Locumd(guard)
            try:
                beside_haproxy(guard, locumd, Crowd(guard), short)
            finally:
                locumd.close()
    finally:
        guard.close()


def beside_haproxy(guard, locumd, crowd, short):
    def write(every):
        checks = {f"p{i}": {"type": "tcp", "port": crowd.port, "every": every, "timeout": "1s", "fall": 1} for i in range(100)}
        return locumd.write(crowd.services(), checks, server={"limits": {"records-per-type": 1000}})

    def attempts():
        return locumd.metric("locum_prober_attempts_total")

    write("1s").start(seconds=60)
    pid = locumd.prober()
    until("all are up", 60, lambda: sum(e["state"] == "up" for s in locumd.status()["services"] for e in s["endpoints"]) == 10_000)
    haproxy = Haproxy(guard, crowd)
    for process in (pid, haproxy.process.pid):  # whatever else the machine does
        pathlib.Path(f"/proc/{process}/autogroup").write_text("-15")
    threading.Event().wait(2)  # HAProxy spreads its first round
    before = attempts(), opened(pid), cpu(pid), cpu(haproxy.process.pid), time.monotonic()
    threading.Event().wait(10 if short else 60)  # what is measured is what happens meanwhile
    after = attempts(), opened(pid), cpu(pid), cpu(haproxy.process.pid), time.monotonic()
    made, both, ours, theirs, took = (b - a for a, b in zip(before, after))
    haproxy.process.kill()
    haproxy.process.wait()
    pathlib.Path(f"/proc/{pid}/autogroup").write_text("0")
    each, its = ours / made * 1e6, theirs / max(both - made, 1) * 1e6
    load = os.getloadavg()[0]
    bar("10,000 TCP checks every second: all are made", f"{made / took:.0f} a second (HAProxy {(both - made) / took:.0f})", made / took > 9900)
    bar("... at no more CPU each than HAProxy's", f"{each:.1f} us, HAProxy's {its:.1f}, load {load:.1f}", each <= its)
    bar("... 0 false failures", sum("state=down" in line for line in locumd.log.all), not any("state=down" in line for line in locumd.log.all))
    bar("... prober at most 100 MB", f"{memory(pid, 'VmHWM') / 1024:.0f} MB", memory(pid, "VmHWM") <= 100 * 1024)

    # The load spins: it has a processor of its own, as with bench.sh, or it would be measured what it takes from who answers.
    ours, its = sorted(os.sched_getaffinity(0))[:2]
    for process in (locumd.process.pid, pid):
        for task in os.listdir(f"/proc/{process}/task"):
            os.sched_setaffinity(int(task), {ours})
    alone, beside = Load(locumd, cpu=its), Load(locumd, cpu=its)
    made, seconds = 0, 0.0
    for _ in range(1 if short else 10):
        for run, every in ((alone, "1h"), (beside, "1s")):
            mark = locumd.log.mark()
            write(every)
            locumd.process.send_signal(signal.SIGHUP)
            assert "reloaded" in locumd.log.wait(r"reload", 60, since=mark)
            threading.Event().wait(1.5)  # the checks find their new slots
            began, so_far = time.monotonic(), attempts()
            run.once()
            if run is beside:
                made, seconds = made + attempts() - so_far, seconds + time.monotonic() - began
    ratio = statistics.median(beside.p99) / statistics.median(alone.p99)
    print(f"        without probes: {alone}", flush=True)
    bar(f"p99 at {RATE} q/s beside {made / seconds:.0f} probes a second at most 1.5 times that without", f"{ratio:.2f}: {beside}", ratio <= 1.5)


def kills(short):
    """SIGKILL at every system call of the way to the disk; SEED= repeats one."""
    guard = Guard()
    locumd = Locumd(guard)
    seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
    n = 30 if short else 1000
    campaign = Campaign(guard, locumd, seed)
    try:
        by_call = campaign.run(n)
        print("        " + ", ".join(f"{call} {k}" for call, k in sorted(by_call.items())))
        bar(f"{n} SIGKILLs (SEED={seed}): 0 acknowledged commands lost, 0 unreadable states, 0 answers changed by the restart",
            f"{campaign.acknowledged} commands were acknowledged", True)
    except AssertionError as error:
        bar(f"{n} SIGKILLs (SEED={seed})", str(error)[:2000], False)
    finally:
        locumd.close()
        guard.close()


def errors(short):
    """ENOSPC, EIO, EROFS at every system call of the way to the disk; SEED= repeats one."""
    seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
    n, met, acknowledged = 30 if short else 1000, {}, 0
    for at in range(0, n, 50):  # a directory of its own: what is put aside adds up
        guard = Guard()
        locumd = Locumd(guard)
        campaign = Errors(guard, locumd, seed + at)
        try:
            for call, k in campaign.run(min(50, n - at)).items():
                met[call] = met.get(call, 0) + k
            acknowledged += campaign.acknowledged
        except (AssertionError, TimeoutError) as error:
            bar(f"errors of the disk (SEED={seed})", f"round {campaign.rounds} of SEED={seed + at}: {error}"[:2000], False)
        finally:
            locumd.close()
            guard.close()
    print("        " + ", ".join(f"{call} {k}" for call, k in sorted(met.items())))
    bar(f"{n} spells of errors (SEED={seed}), {sum(met.values())} of them met: what was acknowledged holds, what was refused was not done",
        f"{acknowledged} commands were acknowledged", sum(met.values()) > n / 4)


def large(short):
    """A journal of 200 MB: how long commands take while it is copied."""
    guard = Guard()
    locumd = Locumd(guard)
    try:
        configure(locumd)
        locumd.start().stop()
        path = locumd.dir / "state" / "journal.db"
        with sqlite3.connect(path) as db:
            n = 400_000 if short else 4_000_000
            db.execute("INSERT INTO checks VALUES (1000, 'a check that is long gone')")
            db.execute("WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < ?1) INSERT INTO runs (check_id, began, ended, outcome, n)"
                       " SELECT 1000, ?2 + v * 1000, ?2 + v * 1000 + 999, 0, 3600 FROM n", (n, time.time_ns() - 10**16))
        db.close()
        size = path.stat().st_size / 1e6
        locumd.start(60)
        took, over = [], threading.Event()

        def command():
            while not over.is_set():
                for verb in ({"verb": "pin", "endpoint": "ams"}, {"verb": "unpin"}):
                    began = time.perf_counter()
                    assert ask(locumd, service="a", **verb)["ok"]
                    took.append((time.perf_counter() - began) * 1000)

        for what in ("nothing", "a backup", "a backup over it"):
            took.clear()
            over.clear()
            thread = threading.Thread(target=command)
            thread.start()
            began = time.monotonic()
            if what == "nothing":
                over.wait(2)
            else:
                assert ask(locumd, verb="backup", file=str(locumd.dir / "b.db"))["ok"]
            seconds = time.monotonic() - began
            over.set()
            thread.join()
            took.sort()
            figures = (f"{seconds:.1f} s, {len(took)} commands: median {statistics.median(took):.1f}, p99 {took[int(len(took) * 0.99)]:.1f}, "
                       f"longest {took[-1]:.1f} ms")
            if what == "nothing":
                print(f"        beside nothing: {figures}")
            else:
                bar(f"beside {what} of {size:.0f} MB a command waits for 50 ms at most (99 %)", figures, took[int(len(took) * 0.99)] <= 50)
        bar("... and the journal was never behind", sum("journal=" in line for line in locumd.log.all), "journal=" not in locumd.log.text())
    finally:
        locumd.close()
        guard.close()


def crowd(short):
    """10,000 services that fail with one endpoint: from the outcome to the answers, under load."""
    guard = Guard()
    locumd = Locumd(guard)
    listeners = []
    try:
        n = 1000 if short else 10_000
        for _ in range(2):
            s = socket.create_server((loopback(), 8080), backlog=512)
            listeners.append(s)
        home, other = (s.getsockname()[0] for s in listeners)
        locumd.write({f"s{i}": {"zone": "example.com", "records": [f"s{i} A {{address}}"], "ttl": "5s", "health": {"all": ["up"]},
                                "endpoints": [{"name": "fra", "address": home}, {"name": "ams", "address": other}],
                                "policy": {"failback": "manual"}} for i in range(n)},
                     {"up": {"type": "tcp", "port": 8080, "every": "100ms", "timeout": "90ms", "fall": 2}})
        locumd.start(seconds=60)
        until("all are up", 60, lambda: sum(e["state"] == "up" for s in locumd.status()["services"] for e in s["endpoints"]) == 2 * n)
        until("the start is written", 30, lambda: locumd.status()["journal"]["state"] == "well")
        generation = locumd.status()["generation"]
        load = Load(locumd, ("s0.example.com", "mail.example.com", f"s{n - 1}.example.com"))
        for process in (locumd.process.pid, "self"):  # whatever else the machine does
            pathlib.Path(f"/proc/{process}/autogroup").write_text("-15")
        load.start()
        threading.Event().wait(1)
        stub, mark = locumd.stub(), locumd.log.mark()
        listeners[0].close()
        seen = None
        while seen is None:
            last, first = stub.ask(f"s{n - 1}.example.com", "A"), stub.ask("s0.example.com", "A")
            if last == [other]:
                seen = time.time()
                assert first == [other], "not at once"
        load.stop()
        line = locumd.log.wait(r"service=s\d+ endpoint=fra state=down", since=mark)
        status = locumd.status()
        [service] = [s for s in status["services"] if s["name"] == "s0"]
        fra = service["endpoints"][0]
        down = datetime.datetime.fromisoformat(fra["since"].replace("Z", "+00:00")).timestamp()
        bar(f"{n} services at once: one publication", status["generation"] - generation, status["generation"] - generation == 1)
        bar("... at most 50 ms from the last outcome to the answers", f"{(seen - down) * 1000:.0f} ms, machine's load {os.getloadavg()[0]:.1f}", seen - down <= 0.050)
        bar("... no query lost", load, load.lost == 0)
        print("        " + line[:160])
        print("        " + "; ".join(l for l in locumd.log.all if "journal=" in l))
    finally:
        pathlib.Path("/proc/self/autogroup").write_text("0")
        locumd.close()
        for s in listeners:
            s.close()
        guard.close()


MEASUREMENTS = {"death": death, "watch": watch, "hog": hog, "reloads": reloads, "publish": publish, "prober": prober, "http": http,
                "probes": probes, "kills": kills, "errors": errors, "large": large, "crowd": crowd}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--short", action="store_true", help="fewer rounds: shows that it works, not the figures")
    options = parser.parse_args()
    for name in options.names or MEASUREMENTS:
        MEASUREMENTS[name](options.short)
    sys.exit(len(missed) > 0)


if __name__ == "__main__":
    main()
