"""Several probers: each has its share of the hosts, and one in trouble says nothing of those of the others."""
import contextlib
import os
import signal
import socket

import pytest
from daemon import WEB_PORT, loopback, until

HOSTS = 12


@pytest.fixture
def hosts():
    """Addresses on which somebody listens: endpoints, then two references."""
    with contextlib.ExitStack() as all_:
        addresses = []
        while len(addresses) < HOSTS + 2:
            addresses.append(loopback())
            all_.enter_context(socket.create_server((addresses[-1], WEB_PORT)))
        yield addresses


def write(locumd, hosts, **server):
    return locumd.write(
        {"www": {"zone": "example.com", "mode": "pool", "records": ["www A {address}"], "health": {"all": ["web"]},
                 "endpoints": [{"name": f"e{i}", "address": a} for i, a in enumerate(hosts[:HOSTS])]}},
        {"web": {"type": "tcp", "port": WEB_PORT, "every": "100ms", "timeout": "100ms"}},
        server={"references": {"probe": "web", "addresses": hosts[HOSTS:]}, **server})


def until_all_are_up(locumd):
    until("all are up", 20, lambda: set(locumd.states("www").values()) == {"up"})


def said(locumd, mark):
    return [line for line in locumd.log.all[mark:] if "state=" in line or "to=" in line]


def test_one_that_is_killed_takes_only_its_own_checks_along(locumd, hosts, rounds):
    write(locumd, hosts, probers=2).start()
    until_all_are_up(locumd)
    for round_ in range(1, rounds + 1):
        until("all is told", 20, lambda: locumd.status()["prober"]["checks"] == HOSTS + 2)
        status = locumd.status()
        other, victim = status["probers"]
        assert status["prober"]["state"] == "running" and status["prober"]["pid"] == other["pid"] != victim["pid"]
        assert other["checks"] > 2 and victim["checks"] > 2 and other["checks"] + victim["checks"] == HOSTS + 4
        assert [p["vantage"]["references"] for p in (other, victim, status["prober"])] == [2, 2, 2]
        assert locumd.metric("locum_prober_process_running") == 2 and locumd.metric("locum_prober_checks") == HOSTS + 2
        before, mark = locumd.serial(), locumd.log.mark()
        os.kill(victim["pid"], signal.SIGKILL)
        locumd.log.wait("prober=lost .*number=2", since=mark)
        locumd.log.wait("prober=running .*number=2", since=mark)
        until_all_are_up(locumd)
        unknown = [line for line in said(locumd, mark) if "state=unknown was=up" in line]
        assert len(unknown) == victim["checks"] - 2, locumd.log.text()
        assert not [line for line in said(locumd, mark) if "state=down" in line or "to=" in line], locumd.log.text()
        assert len(locumd.data("www.example.com", tcp=True)) == HOSTS and locumd.serial() == before
        assert [p["restarts"] for p in locumd.status()["probers"]] == [0, round_]
        assert locumd.status()["probers"][0]["pid"] == other["pid"]


def test_their_number_changes_with_a_reload(locumd, hosts):
    """Shares move, and no state with them; whom to ask for an attempt is known at once."""
    write(locumd, hosts, probers=1).start()
    until_all_are_up(locumd)
    before, mark = locumd.serial(), locumd.log.mark()
    for n in (3, 2, 1):
        write(locumd, hosts, probers=n)
        assert locumd.ctl("reload").returncode == 0
        until("each has its share", 20, lambda n=n: [p["state"] for p in locumd.status()["probers"]] == ["running"] * n and
              locumd.status()["prober"]["checks"] == HOSTS + 2)
        for i in range(HOSTS):
            done = locumd.ctl("probe", f"www/e{i}")
            assert done.returncode == 0, done
        assert (f", processes {n}" in locumd.ctl("status").stdout) == (n > 1)
        attempts = locumd.status()["prober"]["attempts"]
        until("they ask", 20, lambda: locumd.status()["prober"]["attempts"] > attempts + 2 * HOSTS)
    until("the others have ended", 20, lambda: len(locumd.children()) == 1)
    assert not said(locumd, mark) and locumd.serial() == before, locumd.log.text()


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core, one prober")
def test_auto_is_by_the_attempts_a_second(locumd):
    """12,800 of them want two; who is down is asked less, so that it stays a number on paper."""
    services = {f"s{s}": {"zone": "example.com", "mode": "pool", "records": [f"s{s} A {{address}}"], "health": {"all": ["web"]},
                          "endpoints": [{"name": f"e{i}", "address": f"127.{200 + s}.{i}.1"} for i in range(64)]} for s in range(2)}
    locumd.write(services, {"web": {"type": "tcp", "port": 9, "every": "10ms", "timeout": "10ms", "fall": 1, "down": "5s"}}).start()
    assert len(locumd.status()["probers"]) == 2
