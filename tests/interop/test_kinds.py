"""Probes against real servers and real tools: NSD as the target of `dns`."""
import pytest

from daemon import DNS_PORT, ZONE, until
from peers import Nsd


def service(endpoints, probe, zone="example.com"):
    return {"www": {"zone": zone, "records": ["www A {address}"], "endpoints": endpoints,
                    "health": {"all": [probe]}, "policy": {"hold": "100ms"}}}


def fast(**options):
    return {"every": "50ms", "timeout": "500ms", "fall": 2, "rise": 1, **options}


@pytest.fixture
def nsd(guard):
    file = guard.directory / "shop.zone"
    file.write_text(ZONE)
    server = Nsd(guard, {"shop.lan": file}).start()
    server.wait(lambda: "notice: nsd started" in server.log() or "nsd started" in server.log())
    yield server
    server.stop()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_nsd(locumd, nsd, transport):
    """The SOA with its serial; then a name that is not there; then no server."""
    ends = [{"name": "a", "address": nsd.address, "vars": {"q": "shop.lan SOA"}},
            {"name": "b", "address": nsd.address, "vars": {"q": "nosuch.shop.lan A"}},
            {"name": "c", "address": "127.0.0.1", "vars": {"q": "shop.lan SOA"}}]
    probe = fast(type="dns", port=DNS_PORT, query="{vars.q}", transport=transport, aa=True, expect="^ns1\\.shop\\.lan\\. ")
    locumd.write(service(ends, "soa"), {"soa": probe}).start()
    locumd.until_states("www", a="up", b="down", c="down")
    locumd.log.wait(r'endpoint=b state=down .*probe=soa why="NXDOMAIN"')
    locumd.log.wait(r'endpoint=c state=down .*probe=soa why="connection refused"')
    nsd.stop()
    locumd.log.wait(r'endpoint=a state=down was=up probe=soa why="connection refused"')
    until("all are down", 5, lambda: locumd.states("www")["a"] == "down")
