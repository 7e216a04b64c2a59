"""The kinds `tls` and `exchange`: what a certificate, an answer, or the want of one does to the records."""
import socket
import subprocess
import threading

import pytest
from certificates import Authority
from daemon import loopback, until
from processes import BUILD, cpu, is_free, memory, spawn

SANITIZED = "-" in BUILD.name
PORT = 8443
QUICK = {"every": "50ms", "timeout": "200ms", "fall": 1, "rise": 1}


def service(locumd, guard, probe, addresses, server=None):
    """The service `www` with the endpoints fra and ams, probed as `probe` says."""
    locumd.write({"www": {
        "zone": "example.com", "ttl": "5s", "records": ["www A {address}"], "health": {"all": ["p"]},
        "endpoints": [{"name": n, "host": f"{n}.example.com", "address": a} for n, a in addresses.items()],
        "policy": {"failover": "auto", "failback": "auto", "hold": "100ms"}}}, {"p": {"port": PORT, **QUICK, **probe}})
    return locumd


class SServer:
    """`openssl s_server`, started again with another certificate when it is told to."""

    def __init__(self, guard, address):
        self.guard, self.address, self.process = guard, address, None

    def show(self, authority, pem, *more):
        self.end()
        until("the port is free", 5, lambda: is_free(self.address, PORT))
        self.process = spawn(self.guard, ["openssl", "s_server", "-accept", f"{self.address}:{PORT}", "-cert", pem,
                                          "-key", authority.key_of(pem), "-quiet", *more],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def pair(guard):
    """Names and addresses; s_server wants the first free port of each."""
    addresses = {}
    while len(addresses) < 2:
        address = loopback()
        if is_free(address, PORT) and address not in addresses.values():
            addresses["fra" if not addresses else "ams"] = address
    return addresses


def test_a_certificate_that_is_no_good_moves_the_records(locumd, guard, pair):
    """F07: expired, for somebody else, by somebody else; then good again."""
    ca, other = Authority(guard.directory / "ca"), Authority(guard.directory / "other", "Other CA")
    good = ca.sign("good", "fra", "DNS:fra.example.com", -1, 30)
    fra = SServer(guard, pair["fra"]).show(ca, good)
    SServer(guard, pair["ams"]).show(ca, ca.sign("ams", "ams", "DNS:ams.example.com", -1, 30))
    service(locumd, guard, {"type": "tls", "ca": str(ca.ca), "days": 7}, pair).start()
    locumd.until_states("www", fra="up", ams="up")
    for authority, names, since, left, why in (
            (ca, "DNS:fra.example.com", -9, -3.5, "certificate expired 3 days ago"),
            (ca, "DNS:web.example.com", -1, 30, "certificate is for web.example.com, not fra.example.com"),
            (other, "DNS:fra.example.com", -1, 30, "certificate's issuer Other CA is not trusted"),
            (ca, "DNS:fra.example.com", -1, 3.5, "certificate expires in 3 days, not 7")):
        fra.show(authority, authority.sign("bad", "fra", names, since, left))
        until(why, 10, lambda: why in str(locumd.service("www")))
        assert locumd.data("www.example.com") == [pair["ams"]]
        mark = locumd.log.mark()
        fra.show(ca, good)
        locumd.log.wait(r"service=www from=ams to=fra rule=failback", since=mark)


def test_an_old_version_of_tls_is_not_enough(locumd, guard, pair):
    ca = Authority(guard.directory / "ca")
    SServer(guard, pair["fra"]).show(ca, ca.sign("fra", "fra", "DNS:fra.example.com", -1, 30), "-tls1_2")
    SServer(guard, pair["ams"]).show(ca, ca.sign("ams", "ams", "DNS:ams.example.com", -1, 30), "-tls1_3")
    service(locumd, guard, {"type": "tls", "ca": str(ca.ca), "version": "1.3"}, pair).start()
    until("refused", 10, lambda: "does not speak TLS 1.3 or newer" in str(locumd.service("www")))
    locumd.until_states("www", fra="down", ams="up")


def test_an_exchange_through_tls(locumd, guard, pair):
    """s_server -rev says every line backwards."""
    ca = Authority(guard.directory / "ca")
    for name, address in pair.items():
        SServer(guard, address).show(ca, ca.sign(name, name, f"DNS:{name}.example.com", -1, 30), "-rev")
    tls = {"ca": str(ca.ca)}
    probe = {"type": "exchange", "send": "DI_TEG 1174\n", "expect": "^([0-9]+) GET_ID\n", "value": 1, "tls": tls}
    service(locumd, guard, probe, pair).start()
    locumd.until_states("www", fra="up", ams="up")
    service(locumd, guard, {**probe, "expect": "^(GET_ID)\n"}, pair)
    assert "reloaded" in locumd.reload()
    locumd.until_states("www", fra="down", ams="down")
    service(locumd, guard, {**probe, "tls": True}, pair)  # the system trusts nobody of ours
    assert "reloaded" in locumd.reload()
    until("refused", 10, lambda: "issuer Test CA is not trusted" in str(locumd.service("www")))


class Scripted(threading.Thread):
    """A notifier that answers well, or as `mode` says."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.listener = socket.create_server((address, PORT), backlog=128)
        self.mode, self.held, self.served = "good", [], 0
        self.start()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.served += 1
            threading.Thread(target=self.serve, args=(client, self.mode), daemon=True).start()

    def serve(self, client, mode):
        try:
            if mode == "hang":
                client.recv(1)
                self.held.append(client)
                return
            with client:
                client.settimeout(5)
                heard = b""
                while b"GET_ID\n\n" not in heard:
                    heard += client.recv(4096)
                if mode == "good":
                    client.sendall(b"MSGID: 1\n4711\n\n")
                elif mode == "half":
                    client.sendall(b"MSG")
                    client.shutdown(socket.SHUT_WR)
                elif mode == "endless":
                    while True:
                        client.sendall(b"all work and no play " * 1000)
                client.recv(1)
        except OSError:
            pass


def test_answers_that_are_none(locumd, guard, pair):
    """F05 says nothing, F08 does not end, F09 half closes: failed with the reason, and neither time nor memory is spent on it."""
    servers = {name: Scripted(address) for name, address in pair.items()}
    probe = {"type": "exchange", "send": "Version: 3\nCapabilities: \n\nMSGID: 1\nGET_ID\n\n",
             "expect": "MSGID: 1\n([0-9]+)\n\n", "value": 1}
    service(locumd, guard, probe, pair).start()
    locumd.until_states("www", fra="up", ams="up")
    pid = locumd.prober()
    before = memory(pid)
    for mode, why, times in (("hang", "timed out", 4), ("half", "closed after", 20), ("endless", "no match in the first 64 KB", 20)):
        mark, spent = locumd.log.mark(), cpu(pid)
        servers["fra"].mode = mode
        locumd.log.wait(rf'endpoint=fra state=down .*why=".*{why}', since=mark)
        assert locumd.data("www.example.com") == [pair["ams"]]
        so_far = servers["fra"].served
        until("more attempts were made", 10, lambda: servers["fra"].served >= so_far + times)
        mark = locumd.log.mark()
        servers["fra"].mode = "good"
        locumd.log.wait(r"service=www from=ams to=fra rule=failback", since=mark)
        assert SANITIZED or cpu(pid) - spent < 0.5
    assert locumd.prober() == pid and (SANITIZED or memory(pid) < before + 4096)


def test_options_that_cannot_work(locumd, guard, pair):
    for probe, why in (
            ({"type": "exchange", "expect": "220 ("}, "expect: \"220 (\" is no extended regular expression"),
            ({"type": "exchange", "expect": "220", "value": 1}, "value: group 1 is asked for, but expect has 0"),
            ({"type": "exchange", "expect": "220", "tls": "maybe"}, "tls must be true or false or a map"),
            ({"type": "tls", "version": "1.1"}, "version must be 1.2 or 1.3, not"),
            ({"type": "tls", "alpn": ["a,b"]}, "alpn: a protocol has a name")):
        done = service(locumd, guard, probe, pair).check()
        assert done.returncode != 0 and why in done.stderr and "locum.yaml:" in done.stderr, done.stderr
