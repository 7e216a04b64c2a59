"""The kind `http`: nginx in every way it speaks, and servers that answer badly or without end."""
import gzip
import shutil
import socket
import subprocess
import threading
import time

import pytest
from certificates import Authority
from daemon import WEB_PORT, loopback, until
from processes import BUILD, connects, cpu, memory, spawn

SANITIZED = "-" in BUILD.name
TLS_PORT, TLS2_PORT = 8443, 8444
QUICK = {"every": "50ms", "timeout": "300ms", "fall": 1, "rise": 1}

NGINX = """
daemon off; master_process off; pid {dir}/pid; error_log {dir}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; default_type text/plain; gzip on; gzip_min_length 1; root {dir};
  client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c; uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
  ssl_certificate {pem}; ssl_certificate_key {key};
  server {{ listen {address}:{port}; listen {address}:{tls} ssl; listen {address}:{tls2} ssl http2; return 421; }}
  server {{
    listen {address}:{port}; listen {address}:{tls} ssl; listen {address}:{tls2} ssl http2; server_name www.example.com;
    location = /what {{ return 200 "$server_protocol $request_method $ssl_server_name. $http_x_token. lag: 12\\n"; }}
    location = /old {{ return 301 /older; }}
    location = /older {{ return 302 $scheme://www.example.com:$server_port/what; }}
    location = /away {{ return 302 http://other.example.com/what; }}
    location = /post {{ if ($request_method != POST) {{ return 405; }} return 200 "$content_length $content_type\\n"; }}
    location / {{ }}
  }}
}}
"""


class Nginx:
    """www.example.com in the clear, through TLS, and with HTTP/2; whoever asks for another host gets 421."""

    def __init__(self, guard):
        self.guard, self.address, self.process = guard, loopback(), None
        self.dir = guard.directory / "nginx"
        self.dir.mkdir(mode=0o755)
        (self.dir / "large").write_bytes(b"x" * 3_000_000)

    def start(self, authority, pem):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        (self.dir / "conf").write_text(NGINX.format(dir=self.dir, pem=pem, key=authority.key_of(pem), address=self.address, port=WEB_PORT,
                                                    tls=TLS_PORT, tls2=TLS2_PORT))
        program = shutil.which("nginx", path="/usr/sbin:/sbin:/usr/bin")
        self.process = spawn(self.guard, [program, "-p", self.dir, "-c", self.dir / "conf"], stdout=subprocess.DEVNULL,
                             stderr=(self.dir / "stderr").open("w"))
        until("nginx listens", 10, lambda: self.process.poll() is not None or connects(self.address, TLS2_PORT))
        assert self.process.poll() is None, (self.dir / "stderr").read_text()
        return self


def write(locumd, probes, addresses):
    """For every probe a service of its own, with an endpoint for each address."""
    services = {name: {
        "zone": "example.com", "ttl": "5s", "records": [f"{name} A {{address}}"], "health": {"all": [name]},
        "endpoints": [{"name": n, "host": f"{n}.example.com", "address": a} for n, a in addresses.items()],
        "policy": {"failover": "auto", "failback": "auto", "hold": "100ms"}} for name in probes}
    locumd.write(services, {n: {"type": "http", "host": "www.example.com", **QUICK, **p} for n, p in probes.items()})
    return locumd


def verdict(locumd, name):
    [end] = locumd.service(name)["endpoints"]
    return end["state"], str(end)


def test_nginx_in_every_way(locumd, guard):
    ca = Authority(guard.directory / "ca")
    nginx = Nginx(guard).start(ca, ca.sign("www", "www", "DNS:www.example.com", -1, 30))
    clear, tls = {"port": WEB_PORT}, {"port": TLS_PORT, "tls": {"ca": str(ca.ca)}}
    two = {**tls, "port": TLS2_PORT}
    probes = {  # what is asked; None: it is up, else why it is down
        "plain": ({**clear, "path": "/what", "body": r"^HTTP/1\.1 GET \. \. lag: ([0-9]+)", "value": 1}, None),
        "token": ({**clear, "path": "/what", "headers": ["X-Token: secret"], "body": r"\. secret\. "}, None),
        "stranger": ({**clear, "path": "/what", "host": "other.example.com"}, "status 421"),
        "head": ({**clear, "path": "/large", "method": "HEAD"}, None),
        "large": ({**clear, "path": "/large"}, None),
        "lacks": ({**clear, "path": "/large", "body": "y"}, "body lacks"),
        "post": ({**clear, "path": "/post", "method": "POST", "send": "12345", "headers": ["Content-Type: a/b"], "body": "^5 a/b"}, None),
        "moved": ({**clear, "path": "/old"}, None),
        "ok-only": ({**clear, "path": "/old", "status": [200]}, "status 301"),
        "followed": ({**clear, "path": "/old", "status": [200], "redirects": 2, "host": f"www.example.com:{WEB_PORT}"}, None),
        "too-far": ({**clear, "path": "/old", "redirects": 1}, "more than 1 redirect, the last to"),
        "away": ({**clear, "path": "/away", "redirects": 5}, "redirected elsewhere, to http://other.example.com/what"),
        "secure": ({**tls, "path": "/what", "body": r"^HTTP/1\.1 GET www\.example\.com\."}, None),
        "by-url": ({"url": f"https://{{address}}:{TLS_PORT}/what", "tls": tls["tls"], "status": [200]}, None),
        "in-clear": ({"port": TLS_PORT, "path": "/what"}, "status 400"),
        "two": ({**two, "path": "/what", "body": r"^HTTP/2\.0 GET www\.example\.com\."}, None),
        "two-only": ({**two, "path": "/what", "version": "2"}, None),
        "one-of-two": ({**two, "path": "/what", "version": "1.1", "body": r"^HTTP/1\.1 "}, None),
        "no-two": ({**tls, "path": "/what", "version": "2"}, "no application protocol"),
        "two-large": ({**two, "path": "/large"}, None),
        "two-post": ({**two, "path": "/post", "method": "POST", "send": "12345", "headers": ["Content-Type: a/b"], "body": "a/b"}, None),
        "two-moved": ({**two, "path": "/old", "status": [200], "redirects": 2, "host": f"www.example.com:{TLS2_PORT}"}, None),
        "two-head": ({**two, "path": "/large", "method": "HEAD"}, None),
        "not-trusted": ({"port": TLS_PORT, "tls": True, "path": "/what"}, "issuer Test CA is not trusted"),
        "unverified": ({"port": TLS_PORT, "tls": {"verify": False}, "path": "/what"}, None),
        "other-name": ({**tls, "host": "fra.example.com", "path": "/what"}, "certificate is for www.example.com"),
        "days": ({**tls, "tls": {**tls["tls"], "days": 60}, "path": "/what"}, "certificate expires in"),
    }
    write(locumd, {name: {**probe, "every": "500ms", "timeout": "5s"} for name, (probe, _) in probes.items()}, {"fra": nginx.address}).start()
    for name, (_, why) in probes.items():
        until(f"{name} has been asked", 20, lambda: verdict(locumd, name)[0] != "unknown")  # noqa: B023
        state, text = verdict(locumd, name)
        assert state == ("up" if why is None else "down") and (why or "") in text, f"{name}: {text}"


def test_a_certificate_that_is_no_good(locumd, guard):
    """F07, and back."""
    ca = Authority(guard.directory / "ca")
    good = ca.sign("good", "www", "DNS:www.example.com", -1, 30)
    fra = Nginx(guard).start(ca, good)
    probe = {"port": TLS2_PORT, "tls": {"ca": str(ca.ca)}, "path": "/what"}
    write(locumd, {"www": probe}, {"fra": fra.address}).start()
    locumd.until_states("www", fra="up")
    for names, until_day, why in (("DNS:www.example.com", -0.5, "certificate expired"), ("DNS:x.example.com", 30, "is for x.example.com")):
        fra.start(ca, ca.sign("bad", "www", names, -9, until_day))
        until(why, 10, lambda: why in str(locumd.service("www")["endpoints"][0]))  # noqa: B023
        assert locumd.states("www")["fra"] == "down"
        fra.start(ca, good)
        locumd.until_states("www", fra="up")


class Scripted(threading.Thread):
    """A web server that answers as `mode` says."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.listener = socket.create_server((address, WEB_PORT), backlog=128)
        self.mode, self.served = "good", 0
        self.bomb = gzip.compress(b"\0" * 50_000_000)
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            self.served += 1
            threading.Thread(target=self.serve, args=(client, self.mode), daemon=True).start()

    @staticmethod
    def pour(client, first, again):
        client.sendall(first)
        while True:
            client.sendall(again * 100)

    def serve(self, client, mode):
        ok = b"HTTP/1.1 200 OK\r\n"
        try:
            with client:
                client.settimeout(5)
                heard = b""
                while b"\r\n\r\n" not in heard:
                    heard += client.recv(4096)
                if mode == "slow":
                    threading.Event().wait(0.15)  # that is what it does: half of the timeout
                if mode == "slower":
                    threading.Event().wait(0.5)
                if mode in ("good", "slow", "slower"):
                    client.sendall(ok + b"Content-Length: 4\r\n\r\n-ok-")
                elif mode == "wrong":
                    client.sendall(ok + b"Content-Length: 3\r\n\r\nbad")
                elif mode == "half":
                    client.sendall(ok + b"Content-Length: 99\r\n\r\n-ok-")
                    client.shutdown(socket.SHUT_WR)
                elif mode == "headers":
                    self.pour(client, ok, b"X-Header: all work and no play\r\n")
                elif mode == "continue":
                    self.pour(client, b"", b"HTTP/1.1 100 Continue\r\n\r\n")
                elif mode == "body":
                    self.pour(client, ok + b"\r\n", b"all work and no play ")
                elif mode == "chunks":
                    self.pour(client, ok + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\nwork\r\n")
                elif mode == "bomb":
                    client.sendall(ok + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(self.bomb) + self.bomb)
                client.recv(1)
        except OSError:
            pass


@pytest.mark.parametrize("body", ["ok", None])
def test_answers_that_are_none(locumd, guard, body):
    """F03 slow, F05 hangs, F06 wrong, F08 without end, F09 half closed: down with the reason, and neither time nor memory is spent on it."""
    fra, ams = Scripted(loopback()), Scripted(loopback())
    addresses = {"fra": fra.listener.getsockname()[0], "ams": ams.listener.getsockname()[0]}
    write(locumd, {"www": {"port": WEB_PORT, **({"body": body} if body else {})}}, addresses).start()
    locumd.until_states("www", fra="up", ams="up")
    pid = locumd.prober()
    before = memory(pid)
    without_end = "body lacks" if body else "more than 1024 KB received"
    rows = [("slower", "timed out"), ("hang", "timed out"), ("half", "closed before the end of the answer"),
            ("headers", "headers longer than 64 KB"), ("continue", "interim answers without end"), ("body", without_end),
            ("chunks", without_end)]
    if body:
        rows += [("wrong", "body lacks"), ("bomb", "body lacks")]
    for mode, why in rows:
        mark, spent = locumd.log.mark(), cpu(pid)
        fra.mode = mode
        locumd.log.wait(rf'endpoint=fra state=down .*why="[^"]*{why}', since=mark)
        until("it was tried again", 10, lambda n=fra.served: fra.served >= n + 2)
        mark = locumd.log.mark()
        fra.mode = "slow"
        locumd.log.wait(r"service=www from=ams to=fra rule=failback", since=mark)
        assert SANITIZED or cpu(pid) - spent < 0.5
    assert locumd.prober() == pid and (SANITIZED or memory(pid) < before + 4096)


def test_options_that_cannot_work(locumd):
    for probe, why in (
            ({"body": "("}, "body: \"(\" is no extended regular expression"),
            ({"body": "ok", "value": 1}, "value: group 1 is asked for, but body has 0"),
            ({"headers": ["X"]}, "headers: each must be \"Name: value\""),
            ({"url": "http://{address}/", "path": "/x"}, "url: has the path already"),
            ({"url": "http://{address}:81/", "port": 80}, "port: is 80, but url says 81"),
            ({"method": "BREW"}, "method must be GET, HEAD"),
            ({"version": "2"}, "version: 2 is spoken through TLS only"),
            ({"tls": {"verion": "1.3"}}, "unknown key \"verion\"")):
        done = write(locumd, {"www": probe}, {"fra": "127.0.0.1"}).check()
        assert done.returncode != 0 and why in done.stderr and "locum.yaml:" in done.stderr, done.stderr
