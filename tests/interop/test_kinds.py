"""Probes against real servers and real tools: NSD as the target of `dns`, Debian's monitoring-plugins run by `exec`."""
import pytest

from daemon import DNS_PORT, WEB_PORT, ZONE, until
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


def test_nsd_lags(locumd, nsd):
    """A secondary whose serial is behind is no good one."""
    ends = [{"name": "a", "address": nsd.address}]
    probe = fast(type="dns", port=DNS_PORT, query="shop.lan SOA", min=2)
    locumd.write(service(ends, "soa"), {"soa": probe}).start()
    locumd.log.wait(r'endpoint=a state=down .*probe=soa why="value 1 is below min 2"')
    locumd.write(service(ends, "soa"), {"soa": {**probe, "min": 1}})
    assert locumd.ctl("reload").returncode == 0
    locumd.until_states("www", a="up")


PLUGINS = "/usr/lib/nagios/plugins"
TOOLS = {
    "tcp": (["check_tcp", "-H", "{address}", "-p", str(WEB_PORT)], {"value": "time=([0-9.]+)s"}),
    "http": (["check_http", "-I", "{address}", "-p", str(WEB_PORT), "-u", "/health", "-e", "200"], {}),
    "dummy": (["check_dummy", "{vars.code}", "said so"], {}),
    "warn": (["check_dummy", "1", "{name} is slow"], {}),
    "strict": (["check_dummy", "1", "{name} is slow"], {"warning": "fail"}),
}


def test_monitoring_plugins(locumd, farm):
    """As they are, straight from Debian's directory."""
    ends = [{"name": n, "address": w.address, "vars": {"code": code}} for (n, w), code in zip(farm.web.items(), ["0", "2", "3"])]
    probes = {name: fast(type="exec", argv=argv, every="500ms", timeout="5s", **more) for name, (argv, more) in TOOLS.items()}
    services = {}
    for name in TOOLS:
        services |= {name: {**service(ends, name)["www"], "records": [f"{name} A {{address}}"]}}
    locumd.write(services, probes, server={"hooks": PLUGINS}).start()
    for name in ("tcp", "http", "warn"):
        locumd.until_states(name, 20, fra="up", ams="up", par="up")
    locumd.until_states("strict", fra="down", ams="down", par="down")
    locumd.until_states("dummy", fra="up", ams="down", par="unknown")
    farm.web["fra"].sick()
    locumd.log.wait(r'service=http endpoint=fra state=down was=up probe=http why="HTTP CRITICAL .*503')
    farm.web["ams"].kill()
    locumd.log.wait(r'service=tcp endpoint=ams state=down was=up probe=tcp why="connect to address')
    assert locumd.states("tcp")["fra"] == "up"
