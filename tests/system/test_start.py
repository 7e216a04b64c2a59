"""Starting, refusing to start, ending; the command lines."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from daemon import DNS_PORT, ZONE, until
from processes import BUILD, ROOT


def test_the_example_is_right(locumd):
    """config.yaml.example as it stands, with the zones that come with it."""
    shutil.copy(ROOT / "config.yaml.example", locumd.config_file)
    shutil.copytree(ROOT / "zones", locumd.dir / "zones")
    done = locumd.check()
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr and "error" not in done.stderr


def test_every_option_of_the_example_that_is_commented_out_exists(locumd):
    text = (ROOT / "config.yaml.example").read_text()
    text, n = re.subn(r'^( +)# ([a-z-]+|"\*"): ', r"\1\2: ", text, flags=re.M)
    assert n >= 18
    secrets = locumd.dir / "cookie.secrets"
    secrets.write_text("0123456789abcdef0123456789abcdef\n")
    secrets.chmod(0o600)
    locumd.write_text(text.replace("user: locum ", "user: nobody ").replace("{dir: zones}", "{dir: more}"))
    shutil.copytree(ROOT / "zones", locumd.dir / "zones")
    (locumd.dir / "more").mkdir()
    done = locumd.check()
    assert done.returncode == 0, done.stderr


BAD = """\
version: 1
server: {listen: ["127.0.0.1@5300"], state: state, worker: 2}
zones:
  example.com: {file: example.com.zone}
probes:
  web: {type: http, port: 80, every: 1s, timeout: 500ms, fall: none}
  web: {type: tcp, port: 80}
services:
  www:
    zone: example.com
    records: ["www A {address}", "www.example.net. A {address}"]
    endpoints:
      - {name: fra, host: fra.example.com}
    health: {all: [wbe]}
"""


def test_check_lists_every_error_with_its_place(locumd):
    locumd.write()
    locumd.write_text(BAD)
    done = locumd.check()
    assert done.returncode == 1
    said = done.stdout + done.stderr
    for place, words in [("2:52", "workers"), ("6:64", "fall"), ("7:3", "web"), ("11:15", "address"), ("13:9", "address"), ("14:20", "web")]:
        found = [line for line in said.splitlines() if f"locum.yaml:{place}" in line]
        assert any(words in line for line in found), f"{place} {words}:\n{said}"


@pytest.mark.parametrize("text, words", [
    ("", "version"),
    ("version: 2\n", "version"),
    ("version: 1\nversion: 1\n", "version"),
    ("version: 1\ngroup: {name: x}\n", "not supported yet"),
    ("version: 1\nserver: {listen: [\"127.0.0.1@5300\"\n", "locum.yaml:"),
    ("version: 1\n---\nversion: 1\n", "document"),
    ("version: 1\nserver: {<<: {}}\n", "<<"),
    ("version: 1\nserver: !!map {}\n", "tag"),
    ("version: 1\nx: " + "[" * 40 + "]" * 40 + "\n", "16 levels"),
], ids=["empty", "version", "twice", "later", "cut", "documents", "merge", "tag", "deep"])
def test_bad_files(locumd, text, words):
    done = locumd.write_text(text).check()
    assert done.returncode == 1 and words in done.stdout + done.stderr, done.stderr


def test_one_is_not_many(locumd):
    assert ": ok: 1 zone, 0 services, 0 checks\n" in locumd.write().check().stdout


def test_no_soa(locumd):
    done = locumd.write(zones={"example.com": "$TTL 60\n@ NS ns\nns A 192.0.2.1\n"}).check()
    assert done.returncode == 1 and "SOA" in done.stderr and "example.com.zone" in done.stderr


def test_no_such_file(locumd):
    locumd.config_file = pathlib.Path(locumd.dir / "nothing.yaml")
    done = locumd.check()
    assert done.returncode == 1 and "nothing.yaml" in done.stderr


def test_zone_files_and_records_are_judged_in_one_go(locumd):
    """One zone is missing, one is bad, and a record is bad: all of it is said at once."""
    locumd.write()
    (locumd.dir / "bad.zone").write_text("a A 1.2.3\n")
    locumd.write_text("""\
version: 1
server: {listen: ["127.0.0.1@5300"], state: state}
zones: {example.com: {file: bad.zone}, example.net: {file: none.zone}}
services:
  www: {zone: example.net, records: ["www A 1.2.3"], endpoints: [{name: a}]}
""")
    done = locumd.check()
    assert done.returncode == 1
    for words in ("bad.zone:1: ", ':3:40: zone "example.net.": ', "none.zone: no such file", ':5:38: service "www": record'):
        assert words in done.stderr, done.stderr
    assert "neither under zones" not in done.stderr and "3 errors" in done.stderr


def test_a_missing_zone_file_starts_nothing(locumd):
    locumd.write()
    (locumd.dir / "example.com.zone").unlink()
    assert locumd.launch().process.wait(20) == 1
    locumd.log.wait("example.com.zone")
    assert not locumd.control.exists()


def test_a_state_directory_has_one_locumd(locumd, guard):
    """The second one is refused at the start, however the first was started; what ends with SIGKILL leaves nothing behind."""
    from daemon import Locumd
    locumd.write().start()
    other = Locumd(guard, "other")
    other.control = other.dir / "control"
    other.write(server={"state": str(locumd.dir / "state"), "control": str(other.control)})
    assert other.launch().process.wait(20) == 1
    assert f"the process {locumd.process.pid} has the directory" in other.log.wait("server.state")
    assert other.check().returncode == 0
    # A lock of fcntl(2) on a process would end with the first close of the file, whoever it was that read it.
    locumd.write(zones={"example.com": f"{ZONE}$INCLUDE state/journal.lock\n"})
    assert "reloaded" in locumd.reload()
    assert "is no whole journal" in locumd.ctl("restore", str(locumd.dir / "state" / "journal.lock")).stderr
    assert other.launch().process.wait(20) == 1
    other.log.wait("server.state: another process.* has the directory")
    assert locumd.ctl("check").returncode == 0 and locumd.data("mail.example.com") == ["192.0.2.25"]
    locumd.stop(signal.SIGKILL)
    other.start()
    assert "state=unlocked" not in other.log.text()
    assert (locumd.dir / "state" / "journal.lock").stat().st_mode & 0o777 == 0o600
    other.close()


def test_an_address_in_use(locumd):
    locumd.write()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((locumd.address, DNS_PORT))
        assert locumd.launch().process.wait(20) == 1
        assert locumd.address in locumd.log.wait("in use")


def test_two_of_them_do_not_share_an_address(locumd, guard):
    from daemon import Locumd
    locumd.write().start()
    other = Locumd(guard, "other")
    other.address = locumd.address
    other.write()
    assert other.launch().process.wait(20) == 1
    other.log.wait("in use")
    assert locumd.data("mail.example.com") == ["192.0.2.25"]


def test_a_stale_control_socket_is_replaced(locumd):
    locumd.write().start()
    # Killed while it starts its prober, that one would have the addresses for the moment until it is itself.
    until("the prober is itself", 10, lambda: locumd.status()["prober"]["state"] == "running")
    os.kill(locumd.process.pid, signal.SIGKILL)
    locumd.process.wait()
    assert locumd.control.exists()
    locumd.start()
    assert locumd.ctl("status").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once(locumd, farm, number):
    farm.start()
    idle = socket.create_connection((locumd.address, DNS_PORT))  # somebody still holds on
    began = time.monotonic()
    assert locumd.stop(number) == 0
    assert time.monotonic() - began < (2 if "-" not in BUILD.name else 6)
    idle.close()


def test_stop_by_command(locumd):
    locumd.write().start()
    assert locumd.ctl("stop").returncode == 0
    assert locumd.process.wait(10) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_becomes_server_user(locumd, farm):
    nobody = pwd.getpwnam("nobody")
    farm.start(server={"user": "nobody"})
    tasks = [*pathlib.Path(f"/proc/{locumd.process.pid}/task").iterdir(), pathlib.Path(f"/proc/{locumd.prober()}")]
    for task in tasks:
        status = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines())
        assert set(status["Uid"].split()) == {str(nobody.pw_uid)} and set(status["Gid"].split()) == {str(nobody.pw_gid)}, task
        assert int(status["CapEff"], 16) == 0 and int(status["CapPrm"], 16) == 0
    farm.change("ams", farm.web["fra"].kill_at_once)  # and works as before
    assert "reloaded" in locumd.reload()
    assert locumd.ctl("status").returncode == 0


@pytest.mark.parametrize("words, code", [(["-V"], 0), (["-h"], 0), (["-x"], 2), (["-c"], 2)])
def test_command_line_of_locumd(words, code):
    done = subprocess.run([str(BUILD / "locumd"), *words], capture_output=True, text=True, timeout=20)
    assert done.returncode == code, done.stderr
    assert (done.stdout if code == 0 else done.stderr).strip()


@pytest.mark.parametrize("words, code", [(["-V"], 0), (["-h"], 0), ([], 2), (["dance"], 2), (["-s", "/nonexistent/socket", "status"], 3)])
def test_command_line_of_locumctl(words, code):
    done = subprocess.run([str(BUILD / "locumctl"), *words], capture_output=True, text=True, timeout=20)
    assert done.returncode == code, done.stderr
    assert (done.stdout if code == 0 else done.stderr).strip()
