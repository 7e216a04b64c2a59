"""Heartbeats: reports by locumctl and by signed datagram, and the silence after them."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import pytest

from daemon import until

PORT = 5301
SECRET = bytes(range(32))
KEYS = {"beat-key": {"secret": base64.b64encode(SECRET).decode()}, "other": {"secret": base64.b64encode(b"x" * 32).decode()}}


def write(locumd, limit="300ms", keys=KEYS, **probe):
    probe = {"type": "heartbeat", "name": "db-{name}", "limit": limit, "every": "50ms", "fall": 1, "rise": 1, **probe}
    return locumd.write({"db": {"zone": "example.com", "records": ["db TXT {name}"], "endpoints": [{"name": "fra"}, {"name": "ams"}],
                                "health": {"all": ["beat"]}, "policy": {"hold": "100ms"}}},
                        {"beat": probe}, server={"beats": f"{locumd.address}@{PORT}"}, keys=keys)


def signed(name="db-fra", value="", key="beat-key", secret=SECRET, at=None, word="beat1"):
    line = " ".join([word, key, str(at if at is not None else time.time_ns()), name] + ([value] if value else []))
    return f"{hmac.new(secret, line.encode(), hashlib.sha256).hexdigest()} {line}\n".encode()


@pytest.fixture
def send(locumd):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        yield lambda octets: s.sendto(octets, (locumd.address, PORT))


def test_locumctl(locumd):
    write(locumd).start()
    assert locumd.states("db") == {"fra": "unknown", "ams": "unknown"}  # a restart alone makes nothing down
    done = locumd.ctl("beat", "db-ams", "lag 7")
    assert (done.returncode, done.stdout) == (0, "taken\n"), done.stderr
    locumd.until_states("db", ams="up")
    # fra was never heard: after its limit it is down, and the records go where somebody reports.
    for _ in range(3):
        locumd.ctl("beat", "db-ams")
    locumd.log.wait(r"endpoint=fra state=down was=unknown probe=beat why=\"silent for")
    locumd.log.wait(r"endpoint=ams state=down was=up probe=beat why=\"silent for")
    done = locumd.ctl("beat", "db-par")
    assert done.returncode != 0 and "no heartbeat that a service uses has the name" in done.stderr
    assert locumd.ctl("beat").returncode == 2 and locumd.ctl("beat", "a", "b", "c").returncode == 2


def test_moves(locumd):
    """Whoever reports is up; a switch follows the silence within its limit."""
    write(locumd, limit="400ms").start()
    beating = {"fra", "ams"}

    def beat():
        for name in beating:
            assert locumd.ctl("beat", f"db-{name}").returncode == 0

    until("both are up", 10, lambda: beat() or locumd.states("db") == {"fra": "up", "ams": "up"})
    beating.remove("fra")
    until("moved", 10, lambda: beat() or locumd.data("db.example.com", "TXT") == ['"ams"'])
    locumd.log.wait(r"service=db from=fra to=ams rule=failover number=13 probe=beat why=\"silent for")
    beating.add("fra")
    until("moved back", 10, lambda: beat() or locumd.data("db.example.com", "TXT") == ['"fra"'])


REFUSED = [
    [("malformed", lambda: b""), ("malformed", lambda: b"\n"), ("malformed", lambda: b"beat1\n"),
     ("malformed", lambda: os.urandom(200) + b"\n"), ("malformed", lambda: signed().split()[0]),
     ("malformed", lambda: signed(word="beat2")), ("malformed", lambda: signed(at="1e9")), ("malformed", lambda: signed(at=10**19)),
     ("malformed", lambda: signed(name=""))],
    [("too long", lambda: signed(value="x" * 2000)), ("unknown key", lambda: signed(key="nobody")),
     ("unknown key", lambda: signed(key="other", secret=b"x" * 32)), ("wrong signature", lambda: signed(secret=b"x" * 32)),
     ("wrong signature", lambda: signed(value="42").replace(b" 42", b" 43")),
     ("its time is not ours", lambda: signed(at=time.time_ns() - 60 * 10**9)),
     ("its time is not ours", lambda: signed(at=time.time_ns() + 60 * 10**9)),
     ("no heartbeat of that name and key", lambda: signed(name="db-par")),
     ("a replay", lambda: signed(at=time.time_ns() - 20 * 10**9))],  # from before the start
]


@pytest.mark.parametrize("refused", REFUSED)  # the log takes ten a second
def test_datagrams(locumd, send, refused):
    write(locumd, limit="20s", key="beat-key").start()
    for why, make in refused:
        mark = locumd.log.mark()
        send(make())
        assert f'why="{why}"' in locumd.log.wait("beat=refused from=127", since=mark)
    assert locumd.states("db") == {"fra": "unknown", "ams": "unknown"}
    datagram = signed(value="serial 42")
    send(datagram)
    locumd.until_states("db", fra="up", ams="unknown")
    mark = locumd.log.mark()
    send(datagram)
    assert 'why="a replay"' in locumd.log.wait("beat=refused", since=mark)


def test_a_shell_script_can(locumd):
    """The example of the manual, word for word."""
    openssl = shutil.which("openssl")
    if openssl is None or shutil.which("bash") is None:
        pytest.skip("no openssl or bash")
    manual = (pathlib.Path(__file__).resolve().parents[2] / "man" / "locum.yaml.5.in").read_text()
    script = manual.split("#!/bin/bash\n")[1].split(".Ed")[0].replace("\\e", "\\").replace("\\(aq", "'")
    write(locumd, limit="20s", key="beat-key").start()
    env = {"PATH": os.environ["PATH"], "SECRET": KEYS["beat-key"]["secret"], "SERVER": locumd.address, "PORT": str(PORT)}
    done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    locumd.until_states("db", fra="up")
    assert "refused" not in locumd.log.text()


def test_reload_and_prober(locumd):
    """What was heard stays over a reload, and does not depend on the prober."""
    write(locumd, limit="30s").start()
    locumd.ctl("beat", "db-fra", "7")
    locumd.until_states("db", fra="up", ams="unknown")
    config = json.loads(locumd.config_file.read_text())
    config["services"]["db"]["ttl"] = "7s"
    locumd.write_text(json.dumps(config))
    assert "changes=1" in locumd.reload()
    assert locumd.states("db") == {"fra": "up", "ams": "unknown"}
    mark, pid = locumd.log.mark(), locumd.prober()
    os.kill(pid, signal.SIGKILL)
    locumd.log.wait("prober=lost", since=mark)
    locumd.until_states("db", fra="up", ams="unknown")


def test_our_own_sleep_is_not_their_silence(locumd):
    write(locumd, limit="1s", fall=2).start()
    locumd.ctl("beat", "db-fra")
    locumd.until_states("db", fra="up")
    os.kill(locumd.process.pid, signal.SIGSTOP)
    with socket.socket(socket.AF_UNIX) as s:  # it reports while we sleep: its words wait for us
        s.settimeout(10)
        s.connect(str(locumd.control))
        s.sendall(b'{"verb":"beat","name":"db-fra"}\n')
        until("longer than the limit", 5, lambda started=time.monotonic(): time.monotonic() - started > 2.5)
        mark = locumd.log.mark()
        os.kill(locumd.process.pid, signal.SIGCONT)
        assert b'"ok":true' in s.recv(1000)
    assert not [line for line in locumd.log.all[mark:] if "endpoint=fra state=down" in line], locumd.log.text()


def test_configuration(locumd):
    def said(**more):
        done = write(locumd, **more).check()
        assert done.returncode == 1, done.stdout
        return done.stderr

    assert write(locumd, key="beat-key").check().returncode == 0
    assert 'key: there is no key "nobody" in keys' in said(key="nobody")
    assert "signed with hmac-sha256" in said(key="k", keys={"k": {"secret": "AAAA", "algorithm": "hmac-sha512"}})
    assert "must have no blanks" in said(name="db {name}")
    file = locumd.dir / "key"
    file.write_text("not base64!\n")
    assert "it is not base64" in said(key="k", keys={"k": {"file": str(file)}})
    file.write_text(KEYS["beat-key"]["secret"] + "\n")
    file.chmod(0o600)
    assert write(locumd, key="k", keys={"k": {"file": str(file)}}).check().returncode == 0
