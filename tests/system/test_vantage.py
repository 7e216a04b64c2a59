"""When it is us: our own network, our own processor.  What the endpoints are said to be, and that nothing moves."""
import socket
import time

import networks
import pytest
from daemon import WEB_PORT, until
from processes import Nginx, hogs

pytestmark = pytest.mark.skipif(networks.why_not() is not None, reason=str(networks.why_not()))
ENDPOINTS = {"fra": "10.77.0.11", "ams": "10.77.0.12"}
REFERENCES = ["10.77.0.21", "10.77.0.22"]


@pytest.fixture
def here(guard):
    """A namespace for locumd and the test, and its end of a cable to another one with web servers and references."""
    here, there = networks.Namespace(guard), networks.Namespace(guard)
    here.there = there
    with here.inside():
        yield here


def populate(guard, there):
    with there.inside():
        for name, address in ENDPOINTS.items():
            Nginx(guard, name, address, WEB_PORT).start()
        return [socket.create_server((address, WEB_PORT)) for address in REFERENCES]


def configure(locumd, probe, references=True):
    server = {"references": {"probe": "there", "addresses": REFERENCES}} if references else {}
    locumd.write(
        {"www": {"zone": "example.com", "records": ["www A {address}"], "health": {"all": ["web"]},
                 "endpoints": [{"name": n, "address": a} for n, a in ENDPOINTS.items()], "policy": {"hold": "100ms"}}},
        {"web": {"type": "http", "port": WEB_PORT, "path": "/health", **probe},
         "there": {"type": "tcp", "port": WEB_PORT, "every": "200ms", "timeout": "200ms"}}, server=server)
    locumd.start()
    locumd.until_states("www", 20, fra="up", ams="up")


def vantage(locumd):
    return locumd.status()["prober"]["vantage"]["state"]


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_our_own_network_goes(locumd, guard, here, whose):
    """F11, even with fall 1: first nothing is said of the endpoints, then that nothing is known; over when it is over."""
    networks.cable(here, here.there)
    listeners = populate(guard, here.there)
    configure(locumd, {"every": "50ms", "timeout": "150ms", "fall": 1, "rise": 1})
    until("the references have answered", 10, lambda: vantage(locumd) == "good")
    before, mark = locumd.serial(), locumd.log.mark()
    end = here if whose == "ours" else here.there
    end.ip("link", "set", "cable", "down")
    assert "references=2" in locumd.log.wait("vantage=doubted", since=mark)
    until("nothing is known", 20, lambda: set(locumd.states("www").values()) == {"unknown"})
    assert vantage(locumd) == "doubted" and locumd.metric("locum_vantage_doubted") == 1
    end.ip("link", "set", "cable", "up")
    locumd.log.wait("vantage=good", since=mark)
    locumd.until_states("www", 20, fra="up", ams="up")
    assert not [line for line in locumd.log.all[mark:] if "to=" in line or "state=down" in line], locumd.log.text()
    assert locumd.serial() == before and locumd.data("www.example.com") == [ENDPOINTS["fra"]], locumd.log.text()
    for listener in listeners:
        listener.close()


def test_a_failure_is_believed_while_the_references_answer(locumd, guard, here):
    networks.cable(here, here.there)
    listeners = populate(guard, here.there)
    configure(locumd, {"every": "50ms", "timeout": "150ms", "fall": 1, "rise": 1})
    here.there.ip("addr", "del", f"{ENDPOINTS['fra']}/32", "dev", "cable")
    locumd.log.wait("service=www from=fra to=ams rule=failover")
    assert vantage(locumd) == "good"
    listeners[0].close()  # one of two is the share
    locumd.log.wait("vantage=doubted references=2 silent=1")
    assert locumd.data("www.example.com") == [ENDPOINTS["ams"]]
    listeners[1].close()


def test_starved_and_with_loss_nothing_moves(locumd, guard, here):
    """F12 and F15, the short form of `make bars BARS=hog`: a timeout that leaves room for one retransmission, and fall 3."""
    networks.lossy_cable(guard, here, here.there, 0.05)
    listeners = populate(guard, here.there)
    configure(locumd, {"every": "300ms", "timeout": "2500ms", "fall": 3}, references=False)
    before, mark = locumd.serial(), locumd.log.mark()
    with hogs(guard):
        ending = time.monotonic() + 8
        until("it had its time", 20, lambda: time.monotonic() > ending)
    assert locumd.metric("locum_prober_attempts_total") > 20
    assert locumd.serial() == before
    assert not [line for line in locumd.log.all[mark:] if "to=" in line], locumd.log.text()
    for listener in listeners:
        listener.close()
