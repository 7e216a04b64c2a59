"""The answers as software that others wrote sees them: dig, kdig, Unbound."""
import re
import shutil
import subprocess

import pytest

from daemon import DNS_PORT, ZONE, loopback, until
from processes import Stub, spawn


@pytest.fixture
def served(locumd):
    big = "".join(f"big IN TXT \"{i:03} {'x' * 100}\"\n" for i in range(30))
    return locumd.write(zones={"example.com": ZONE + big}).start()


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


QUESTIONS = [
    ("mail.example.com", "A", "NOERROR", 1, "192.0.2.25"),
    ("mail.example.com", "AAAA", "NOERROR", 1, "2001:db8::25"),
    ("alias.example.com", "A", "NOERROR", 2, "192.0.2.25"),
    ("q.wild.example.com", "TXT", "NOERROR", 1, '"wild"'),
    ("nothing.example.com", "A", "NXDOMAIN", 0, "SOA"),
    ("mail.example.com", "TXT", "NOERROR", 0, "SOA"),
    ("www.sub.example.com", "A", "NOERROR", 0, "ns.sub.example.com."),
    ("example.net", "A", "REFUSED", 0, ""),
]


@pytest.mark.parametrize("name, kind, status, answers, text", QUESTIONS)
@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
def test_dig(served, transport, name, kind, status, answers, text):
    out = run("dig", f"@{served.address}", "-p", str(DNS_PORT), "+norec", "+tries=1", transport, name, kind)
    assert f"status: {status}" in out and f"ANSWER: {answers}," in out and text in out, out
    assert not re.search(r"WARNING|malformed|;; Got bad", out), out


@pytest.mark.skipif(shutil.which("kdig") is None, reason="kdig is not installed")
@pytest.mark.parametrize("name, kind, status, answers, text", QUESTIONS)
def test_kdig(served, name, kind, status, answers, text):
    out = run("kdig", f"@{served.address}", "-p", str(DNS_PORT), "+norec", "+edns", name, kind)
    assert f"status: {status}" in out and f"ANSWER: {answers};" in out and text in out, out
    assert "WARNING" not in out and "malformed" not in out, out


def test_dig_asks_again_over_tcp_when_cut(served):
    out = run("dig", f"@{served.address}", "-p", str(DNS_PORT), "+norec", "+bufsize=1232", "big.example.com", "TXT")
    assert "Truncated, retrying in TCP mode" in out and "ANSWER: 30," in out


@pytest.fixture
def unbound(guard):
    if shutil.which("unbound", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        pytest.skip("unbound is not installed")

    class Unbound:
        address = loopback()

        def start(self, upstream):
            config = guard.directory / "unbound.conf"
            config.write_text(f"""
server:
    interface: {self.address}@{DNS_PORT}
    username: ""
    chroot: ""
    directory: "{guard.directory}"
    pidfile: ""
    use-syslog: no
    do-daemonize: no
    do-not-query-localhost: no
    access-control: 127.0.0.0/8 allow
    module-config: "iterator"
    num-threads: 1
    cache-max-ttl: 1
    trust-anchor-signaling: no
stub-zone:
    name: example.com
    stub-addr: {upstream}@{DNS_PORT}
""")
            self.process = spawn(guard, ["/usr/sbin/unbound", "-d", "-p", "-c", config], stderr=subprocess.DEVNULL)
            self.stub = Stub(self.address, DNS_PORT)
            until("unbound answers", 20, lambda: self.stub.ask("mail.example.com", "A", 0.5) == ["192.0.2.25"])
            return self

    unbound = Unbound()
    yield unbound
    if hasattr(unbound, "process"):
        unbound.stub.close()
        unbound.process.terminate()
        unbound.process.wait(10)


def test_a_resolver_follows_a_failover(locumd, farm, unbound):
    farm.start(ttl="1s")
    resolver = unbound.start(locumd.address)
    assert farm.owner(resolver.stub.ask("www.example.com", "A")) == "fra"
    farm.web["fra"].kill()
    until("the resolver's clients see ams", 15, lambda: farm.owner(resolver.stub.ask("www.example.com", "A")) == "ams")
    assert farm.owner(resolver.stub.ask("_http._tcp.example.com", "SRV")) == "ams"


def test_a_resolver_gets_aliases_wildcards_and_what_is_not_there(served, unbound):
    resolver = unbound.start(served.address)
    ask = ["dig", f"@{resolver.address}", "-p", str(DNS_PORT), "+tries=1"]
    for name, kind, status, text in [("alias.example.com", "A", "NOERROR", "192.0.2.25"), ("z.wild.example.com", "TXT", "NOERROR", '"wild"'),
                                     ("nothing.example.com", "A", "NXDOMAIN", "SOA"), ("big.example.com", "TXT", "NOERROR", "029 ")]:
        out = run(*ask, name, kind)
        assert f"status: {status}" in out and text in out, out
