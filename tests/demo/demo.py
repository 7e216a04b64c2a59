#!/usr/bin/python3
"""`make demo`: three real web servers, locumd with config.yaml.example, and what the DNS says when they die.
It checks what it shows: the exit status is 1 when something was not as it should be."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from processes import BUILD, ROOT, Guard, Lines, Nginx, Stub, is_free, spawn, until  # noqa: E402

DNS, STATUS = ("127.0.0.1", 5300), ("127.0.0.1", 8053)
ENDPOINTS = {"fra": "127.0.0.11", "ams": "127.0.0.12", "par": "127.0.0.13"}
PORT, HOLD = 8080, 3
OWNERS = {**{(a,): n for n, a in ENDPOINTS.items()}, **{(f"{n}.example.com.",): n for n in ENDPOINTS}}
A, SRV = "www.example.com", "_http._tcp.example.com"
bold = "\033[1m%s\033[0m" if sys.stdout.isatty() else "%s"


class Wrong(Exception):
    """Something was not as it should be."""


def say(text):
    print(text, flush=True)


def title(text):
    say("\n" + bold % text)


def show(argv):
    say("  $ " + " ".join(argv))
    done = subprocess.run(argv, capture_output=True, text=True)
    for line in (done.stdout + done.stderr).splitlines():
        say("    " + line)
    if done.returncode != 0:
        raise Wrong(f"{argv[0]} ended with {done.returncode}")
    return done.stdout


def dig(name, kind, expected):
    out = show(["dig", "+noall", "+answer", f"@{DNS[0]}", "-p", str(DNS[1]), name, kind])
    if expected not in out:
        raise Wrong(f"{name} {kind} should be answered with {expected}")


def dig_both(owner):
    dig(A, "A", ENDPOINTS[owner])
    dig(SRV, "SRV", f"{owner}.example.com.")


def status():
    with urllib.request.urlopen(f"http://{STATUS[0]}:{STATUS[1]}/status", timeout=5) as reply:
        return json.load(reply)


def states():
    [www] = [s for s in status()["services"] if s["name"] == "www"]
    return {e["name"]: e["state"] for e in www["endpoints"]}


def expect_free():
    for address, port in [DNS, STATUS, *((a, PORT) for a in ENDPOINTS.values())]:
        if not is_free(address, port):
            raise Wrong(f"{address} port {port} is in use; see who has it with `ss -lntup 'sport = :{port}'`, stop it, try again")


def switch(stub, goal, cause, seconds):
    change = stub.change(A, SRV, lambda records: OWNERS.get(tuple(records or ())), goal, cause, seconds)
    say(f"  {bold % f'{change.all_ms:.0f} ms'} later A and SRV point to {goal}"
        f" ({change.polls} polls, {change.mixtures} with one record old and the other new)")
    if change.mixtures:
        raise Wrong("records of one service were seen apart")
    dig_both(goal)
    return change.all_ms


def play(guard):
    for path in ("config.yaml.example", "zones"):
        (shutil.copytree if (ROOT / path).is_dir() else shutil.copy)(ROOT / path, guard.directory / path)
    title("Three web servers (nginx), and locumd with config.yaml.example")
    web = {name: Nginx(guard, name, address, PORT).start() for name, address in ENDPOINTS.items()}
    for name, server in web.items():
        say(f"  {name}: http://{server.address}:{PORT}/  (process group {server.process.pid})")
    process = spawn(guard, [BUILD / "locumd", "-c", guard.directory / "config.yaml.example"], stderr=subprocess.PIPE, text=True)
    log = Lines(process.stderr)
    log.wait(r"\bready\b")
    say(f"  locumd: DNS {DNS[0]} port {DNS[1]}, status http://{STATUS[0]}:{STATUS[1]}/status  (process {process.pid})")
    until("all endpoints are up", 10, lambda: set(states().values()) == {"up"})

    title("Home answers: A, SRV, and the pool of all three")
    dig_both("fra")
    dig("api.example.com", "A", ENDPOINTS["par"])

    stub = Stub(*DNS)
    title("kill -9 of home's web server, master and workers")
    killed = switch(stub, "ams", web["fra"].kill_at_once, 5)
    web["fra"].process.wait()
    say(f"  log: {log.wait(r'service=www .*from=fra to=ams')}")

    title(f"It comes back; home answers again once it was up for hold ({HOLD} s)")
    returned = switch(stub, "fra", web["fra"].start, HOLD + 10)
    if returned < HOLD * 1000 - 100:
        raise Wrong("home answered before the hold was over")

    title("It hangs (SIGSTOP): connections are accepted, nobody answers")
    hung = switch(stub, "ams", web["fra"].hang, 5)

    title("It wakes up (SIGCONT)")
    switch(stub, "fra", web["fra"].wake, HOLD + 10)
    for name, state in states().items():
        if state != "up":
            raise Wrong(f"{name} is {state} at the end")

    title(f"death {killed:.0f} ms, hang {hung:.0f} ms (probes every 200 ms, timeout 200 ms, fall 2)")
    if sys.stdin.isatty() and sys.stdout.isatty():
        linger(guard, web, process)
    os.kill(process.pid, signal.SIGTERM)
    if process.wait(timeout=5) != 0:
        raise Wrong(f"locumd ended with {process.returncode}:\n{log.text()}")


def linger(guard, web, process):
    server = f"@{DNS[0]} -p {DNS[1]}"
    say(f"""
It goes on running.  Play with it from another terminal; Ctrl-C here ends everything.
  dig +noall +answer {server} {A} A {SRV} SRV api.example.com A
  kill -9 -- -{web['fra'].process.pid}      # fra dies;  kill -STOP -- -{web['ams'].process.pid}   # ams hangs, -CONT wakes it
  curl http://{STATUS[0]}:{STATUS[1]}/status
  curl http://{STATUS[0]}:{STATUS[1]}/metrics
  {BUILD}/locumctl -s {guard.directory}/state/control status
  vi {guard.directory}/config.yaml.example && {BUILD}/locumctl -s {guard.directory}/state/control reload""")
    done = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: done.set())
    while not done.wait(0.5):
        if process.poll() is not None:
            raise Wrong(f"locumd ended with {process.returncode}")


def main():
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    guard = Guard()
    try:
        expect_free()
        play(guard)
    except (Wrong, TimeoutError, RuntimeError, OSError, subprocess.SubprocessError) as e:
        say(f"\nmake demo: {e}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        guard.close()
    say("\nAll as it should be.")
    return 0


sys.exit(main())
