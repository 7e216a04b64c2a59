"""locumd and locumctl of the current build as a test has them: configured, started, asked, ended, looked at."""
import datetime
import http.client
import json
import os
import pathlib
import random
import re
import signal
import subprocess

import dns.message
import dns.query
import dns.rdatatype

from processes import BUILD, Lines, Stub, children, is_free, spawn, until

DNS_PORT, STATUS_PORT, WEB_PORT = 5300, 8053, 8080
REPORTS = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|[Aa]ssert(ion)?.*failed")

ZONE = """\
$TTL 300
@        IN SOA ns1 hostmaster 1 3600 300 604800 30
@        IN NS ns1
@        IN MX 10 mail
ns1      IN A 192.0.2.1
mail     IN A 192.0.2.25
mail     IN AAAA 2001:db8::25
alias    IN CNAME mail
far      IN CNAME mail.example.net.
*.wild   IN TXT "wild"
a.b.deep IN A 192.0.2.3
sub      IN NS ns.sub
ns.sub   IN A 192.0.2.53
"""


def loopback():
    """An address of 127/8 that nobody uses, so that tests can run side by side."""
    while True:
        address = f"127.{random.randint(1, 254)}.{random.randint(0, 254)}.{random.randint(1, 254)}"
        if all(is_free(address, port) for port in (DNS_PORT, STATUS_PORT, WEB_PORT)):
            return address


def sanitizers():
    """Reports go to standard error, and make the exit status one that locumd never has."""
    env = dict(os.environ)
    env.setdefault("ASAN_OPTIONS", "exitcode=99:detect_leaks=1:abort_on_error=0")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:exitcode=99")
    env.setdefault("TSAN_OPTIONS", "exitcode=99:second_deadlock_stack=1")
    return env


class Locumd:
    def __init__(self, guard, name="locumd"):
        self.guard = guard
        self.dir = guard.directory / name
        self.dir.mkdir()
        self.dir.chmod(0o777)  # also for whom it becomes with server.user
        self.address = loopback()
        self.config_file = self.dir / "locum.yaml"
        self.control = self.dir / "state" / "control"
        self.process = self.log = None
        self.clean_end = True

    # ---- configuration ----

    def server(self, **more):
        return {"listen": [f"{self.address}@{DNS_PORT}"], "status": f"{self.address}@{STATUS_PORT}",
                "state": "state", "workers": 2, **more}

    def write(self, services=None, probes=None, zones=None, server=None, **more):
        """A configuration around `services`; it is JSON, which is YAML.  zones: name to text of its file."""
        zones = {"example.com": ZONE} if zones is None else zones
        for name, text in zones.items():
            (self.dir / f"{name}.zone").write_text(text)
        config = {"version": 1, "server": self.server(**(server or {})),
                  "zones": {name: {"file": f"{name}.zone"} for name in zones}}
        if probes:
            config["probes"] = probes
        if services:
            config["services"] = services
        self.write_text(json.dumps({**config, **more}, indent=1))
        return self

    def write_text(self, text):
        self.config_file.write_text(text)
        return self

    # ---- the process ----

    def check(self):
        """locumd -t"""
        return subprocess.run([str(BUILD / "locumd"), "-t", "-c", str(self.config_file)], capture_output=True, text=True,
                              timeout=300, env=sanitizers())

    def launch(self):
        self.process = spawn(self.guard, [BUILD / "locumd", "-c", self.config_file], stderr=subprocess.PIPE, text=True, env=sanitizers())
        self.log = Lines(self.process.stderr)
        return self

    def start(self, seconds=20):
        self.launch()
        self.log.wait(r"\bready\b", seconds)
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, how=signal.SIGTERM, seconds=20):
        """Ends it and says with which status; what it wrote must hold no sanitizer's report."""
        if self.running():
            self.process.send_signal(how)
        code = self.process.wait(seconds)
        self.log.thread.join(5)
        found = REPORTS.search(self.log.text())
        assert not found, self.log.text()
        return code

    def close(self):
        if self.process is not None:
            if self.running():
                code = self.stop()
                assert code == 0, f"locumd ended with {code}\n{self.log.text()}"
            else:
                self.stop()

    def prober(self):
        """The process of its prober."""
        return until("there is a prober", 10, lambda: self.status()["prober"]["pid"])

    def children(self):
        return [c for thread in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
                for c in map(int, (thread / "children").read_text().split())]

    # ---- questions ----

    def query(self, name, kind="A", tcp=False, edns=True, **more):
        """The response, whole."""
        question = dns.message.make_query(name, kind, use_edns=0 if edns else -1, **more)
        ask = dns.query.tcp if tcp else dns.query.udp
        return ask(question, self.address, port=DNS_PORT, timeout=5)

    def data(self, name, kind="A", **more):
        """The data of the answer's records of that type, as text, sorted."""
        wanted = dns.rdatatype.from_text(kind)
        return sorted(str(rr) for rrset in self.query(name, kind, **more).answer if rrset.rdtype == wanted for rr in rrset)

    def serial(self, zone="example.com"):
        return self.query(zone, "SOA").answer[0][0].serial

    def stub(self):
        return Stub(self.address, DNS_PORT)

    def http(self, path, method="GET"):
        connection = http.client.HTTPConnection(self.address, STATUS_PORT, timeout=10)
        try:
            connection.request(method, path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def status(self):
        """As it is now: the page may be a moment old, so it is asked until it is younger than the question."""
        asked = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"

        def page():
            code, body = self.http("/status")
            assert code == 200, body
            status = json.loads(body)
            return status if status["at"] >= asked else None

        return until("the status is fresh", 10, page)

    def service(self, name):
        [found] = [s for s in self.status()["services"] if s["name"] == name]
        return found

    def states(self, service):
        return {e["name"]: e["state"] for e in self.service(service)["endpoints"]}

    def metric(self, name):
        """The sum of a metric over its labels."""
        _, body = self.http("/metrics")
        values = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", body, re.M)
        assert values, f"no metric {name} in\n{body}"
        return sum(map(float, values))

    def ctl(self, *words):
        return subprocess.run([str(BUILD / "locumctl"), "-s", str(self.control), *words], capture_output=True, text=True, timeout=60,
                              env=sanitizers())

    def reload(self):
        """By signal; the line that the log had to say."""
        mark = self.log.mark()
        self.process.send_signal(signal.SIGHUP)
        return self.log.wait(r"reload", 20, since=mark)

    def until_states(self, service, seconds=10, **wanted):
        until(f"{service} is {wanted}", seconds, lambda: wanted.items() <= self.states(service).items())


__all__ = ["Locumd", "ZONE", "children", "until", "DNS_PORT", "STATUS_PORT", "WEB_PORT", "loopback"]
