"""Troubles of endpoints and networks that broke others, by their number in the failure model.

Elsewhere: F03, F05 to F09 in test_http and test_talk, F11 in test_vantage, F14, F15 and F51 in test_prober and
test_trouble, F17 in test_exec.
"""
import contextlib
import socket
import time

import networks
import pytest
from daemon import WEB_PORT, loopback, until

root = pytest.mark.skipif(networks.why_not() is not None, reason=str(networks.why_not()))
TCP = {"type": "tcp", "port": WEB_PORT, "every": "100ms", "timeout": "100ms", "fall": 2, "rise": 2}


@pytest.fixture
def listen():
    """A listener at an address, until the test ends or it is closed."""
    with contextlib.ExitStack() as all_:
        def at(address, backlog=128):
            v6 = ":" in address
            return all_.enter_context(contextlib.closing(socket.create_server(
                (address, WEB_PORT), family=socket.AF_INET6 if v6 else socket.AF_INET, backlog=backlog)))
        yield at


@pytest.fixture
def here(guard):
    """Locumd and the test in a network namespace of their own, with a cable to another: 10.77.0.11 and so on."""
    here, there = networks.Namespace(guard), networks.Namespace(guard)
    here.there = there
    with here.inside():
        yield here


def service(addresses, **more):
    return {"zone": "example.com", "records": ["www A {address}"], "health": {"all": ["web"]}, "policy": {"hold": "1s"},
            "endpoints": [{"name": n, **({"address": a} if isinstance(a, str) else a)} for n, a in addresses.items()], **more}


def attempts(locumd, endpoint):
    [e] = [e for e in locumd.service("www")["endpoints"] if e["name"] == endpoint]
    return e["checks"][0]["attempts"]


def moves(locumd, since):
    return [line for line in locumd.log.all[since:] if " to=" in line]


@root
def test_a_blackhole_is_seen_in_time(locumd, here, listen):
    """F01: down after fall times the interval and a timeout, in one switch with a new serial."""
    networks.cable(here, here.there)
    addresses = {"fra": "10.77.0.11", "ams": "10.77.0.12"}
    with here.there.inside():
        for address in addresses.values():
            listen(address)
    locumd.write({"www": service(addresses)}, {"web": {**TCP, "every": "300ms", "timeout": "200ms", "fall": 3}}).start()
    locumd.until_states("www", fra="up", ams="up")
    before, mark = locumd.serial(), locumd.log.mark()
    here.ip("neigh", "replace", "10.77.0.11", "lladdr", here.there.mac("cable"), "dev", "cable", "nud", "permanent")  # nobody says it is gone
    began = time.monotonic()
    here.there.ip("addr", "del", "10.77.0.11/32", "dev", "cable")
    until("it has moved", 10, lambda: locumd.data("www.example.com") == ["10.77.0.12"])
    assert 0.5 < time.monotonic() - began < 3 * 0.3 + 0.2 + 1
    assert 'why="timed out' in locumd.log.wait("endpoint=fra state=down", since=mark)
    assert len(moves(locumd, mark)) == 1 and locumd.serial() > before


def test_a_refusal_counts_as_once_and_is_no_reason_to_hurry(locumd, listen):
    """F02: fall attempts, at the pace that is written; so it goes on while it is down."""
    addresses = {"fra": loopback(), "ams": loopback()}
    fra, _ = listen(addresses["fra"]), listen(addresses["ams"])
    locumd.write({"www": service(addresses)}, {"web": {**TCP, "every": "200ms", "fast": "200ms", "down": "200ms", "fall": 3}}).start()
    locumd.until_states("www", fra="up", ams="up")
    mark = locumd.log.mark()
    began = time.monotonic()
    fra.close()
    assert "refused" in locumd.log.wait("service=www from=fra to=ams rule=failover", since=mark)
    assert time.monotonic() - began > 2 * 0.2 * 0.7  # three in a row, and not at once
    failed, began = attempts(locumd, "fra")["fail"], time.monotonic()
    assert failed >= 3
    until("it was asked again and again", 20, lambda: attempts(locumd, "fra")["fail"] >= failed + 6)
    assert time.monotonic() - began > 5 * 0.2 * 0.7


def test_flapping_switches_once_a_hold(locumd, listen):
    """F04: home comes and goes faster than its hold; it is left once, and is back when it has been up for the hold."""
    addresses = {"fra": loopback(), "ams": loopback()}
    fra, _ = listen(addresses["fra"]), listen(addresses["ams"])
    locumd.write({"www": service(addresses, policy={"hold": "3s"})}, {"web": {**TCP, "every": "50ms", "fast": "20ms", "down": "50ms"}}).start()
    locumd.until_states("www", fra="up", ams="up")
    mark = locumd.log.mark()
    for _ in range(5):
        turn = locumd.log.mark()
        fra.close()
        locumd.log.wait("endpoint=fra state=down", since=turn)
        fra = listen(addresses["fra"])
        locumd.log.wait("endpoint=fra state=up", since=turn)
    assert len(moves(locumd, mark)) == 1, locumd.log.text()
    up = time.monotonic()
    locumd.log.wait("service=www from=ams to=fra rule=failback", since=mark)
    assert time.monotonic() - up > 2.5 and len(moves(locumd, mark)) == 2


@root
def test_families_are_judged_and_switched_apart(locumd, here, listen):
    """F10: an endpoint that answers by one family only; a pool leaves out the addresses of the other, or the endpoint."""
    addresses = {n: {"address": f"127.7.0.{i}", "address6": f"fd77::{i}"} for i, n in ((1, "fra"), (2, "ams"))}
    for end in addresses.values():
        here.ip("addr", "add", f"{end['address6']}/128", "dev", "lo", "nodad")
    listeners = {(n, key): listen(address) for n, end in addresses.items() for key, address in end.items()}
    locumd.write({name: service(addresses, mode="pool", families=name, records=[f"{name} A {{address}}", f"{name} AAAA {{address6}}"])
                  for name in ("any", "all")}, {"web": TCP}).start()

    def answers(name):
        return locumd.data(f"{name}.example.com"), locumd.data(f"{name}.example.com", "AAAA")

    both = (["127.7.0.1", "127.7.0.2"], ["fd77::1", "fd77::2"])
    until("all are up", 10, lambda: {*locumd.states("any").values(), *locumd.states("all").values()} == {"up"})
    assert answers("any") == answers("all") == both
    listeners["fra", "address6"].close()
    until("its IPv6 address is left out", 10, lambda: answers("any") == (both[0], ["fd77::2"]))
    until("it is left out", 10, lambda: answers("all") == (["127.7.0.2"], ["fd77::2"]))
    assert locumd.states("any")["fra"] == "up" and locumd.states("all")["fra"] == "down"
    listen(addresses["fra"]["address6"])
    until("it is back", 10, lambda: answers("any") == answers("all") == both)
    listeners["ams", "address"].close()
    until("its IPv4 address is left out", 10, lambda: answers("any") == (["127.7.0.1"], both[1]))


@root
def test_loss_of_a_third_moves_nothing(locumd, guard, here, listen):
    """F12: with retransmissions inside the timeout, and a fall that fits, nothing is said to be down."""
    networks.lossy_cable(guard, here, here.there, 0.3)
    addresses = {f"e{n}": f"10.77.0.{n}" for n in range(11, 17)}
    with here.there.inside():
        for address in addresses.values():
            listen(address)
    locumd.write({"www": service(addresses)}, {"web": {**TCP, "every": "650ms", "timeout": "6500ms", "fall": 8}}).start()
    before, mark = locumd.serial(), locumd.log.mark()

    def ended():
        return [end["checks"][0] for end in locumd.service("www")["endpoints"]]

    until("it was asked often, and late for the loss", 60, lambda: sum(c["attempts"]["pass"] for c in ended()) > 25 and
          any(c["latency"] and c["latency"]["p99_ms"] > 800 for c in ended()))
    assert not moves(locumd, mark) and "state=down" not in locumd.log.text() and locumd.serial() == before


def test_all_homes_at_once_are_more_than_may_switch(locumd, listen):
    """F13: the first two do, the others stay and say so; one that an operator moves does."""
    addresses = {"fra": loopback(), "ams": loopback()}
    fra, _ = listen(addresses["fra"]), listen(addresses["ams"])
    names = [f"s{i}" for i in range(6)]
    locumd.write({n: service(addresses, records=[f"{n} A {{address}}"]) for n in names}, {"web": TCP},
                 server={"breaker": {"share": "2", "per": "10m"}}).start()
    until("all are up", 10, lambda: {s for n in names for s in locumd.states(n).values()} == {"up"})
    mark = locumd.log.mark()
    fra.close()
    for _ in range(2):
        locumd.log.wait("to=ams rule=failover", since=mark)
    until("all know", 10, lambda: {locumd.states(n)["fra"] for n in names} == {"down"})
    locumd.log.wait("rule=breaker .*too many services have switched", since=mark)
    stuck = [n for n in names if locumd.data(f"{n}.example.com") == [addresses["fra"]]]
    assert len(stuck) == 4 == len([n for n in names if locumd.service(n)["state"] == "stuck"]), locumd.log.text()
    assert locumd.metric("locum_switches_total") == 2
    done = locumd.ctl("switch", stuck[0], "ams", "--yes")
    assert done.returncode == 0, done
    assert locumd.data(f"{stuck[0]}.example.com") == [addresses["ams"]]


def test_a_host_that_hangs_takes_no_more_than_its_turns(locumd, listen):
    """F16: 256 checks of it are due at once; so many are under way as one host may have, and the other's are made in time."""
    hung, live = loopback(), loopback()
    listen(hung, backlog=4096)  # the kernel accepts, nobody answers
    listen(live)
    services = {f"s{s}": service({f"s{s}e{i}": hung for i in range(64)}, mode="pool", records=[f's{s} TXT "{{name}}"'], health={"all": ["slow"]})
                for s in range(4)}
    locumd.write({"www": service({"fra": live}), **services},
                 {"web": {**TCP, "fall": 1}, "slow": {"type": "http", "port": WEB_PORT, "path": "/{name}", "every": "500ms", "timeout": "400ms"}},
                 server={"attempts-per-host": 8, "probers": 1}).start()
    until("they wait", 10, lambda: locumd.status()["prober"]["queued"] > 100)
    locumd.until_states("www", fra="up")
    passed, began, mark = attempts(locumd, "fra")["pass"], time.monotonic(), locumd.log.mark()
    most = 0
    while attempts(locumd, "fra")["pass"] < passed + 20:
        most = max(most, locumd.status()["prober"]["asking"])
        assert time.monotonic() - began < 20 * 0.1 * 3
    assert 8 <= most <= 8 + 1
    assert attempts(locumd, "fra")["fail"] == 0 and not [line for line in locumd.log.all[mark:] if "endpoint=fra" in line]


def test_no_name_is_ever_looked_up(locumd, listen):
    """F18: no resolver can hang, for none is asked: addresses only, where they are wanted; a host is a name for others."""
    address = loopback()
    listen(address)
    locumd.write({"www": service({"fra": "web.example.com"})}, {"web": TCP})
    done = locumd.check()
    assert done.returncode != 0 and "address must be an IPv4 or IPv6 address" in done.stderr, done
    locumd.write({"www": service({"fra": address})}, {"web": TCP}, server={"references": {"probe": "web", "addresses": ["ns.example.com", address]}})
    done = locumd.check()
    assert done.returncode != 0 and "addresses must be IPv4 or IPv6 addresses" in done.stderr, done
    locumd.write({"www": service({"fra": {"address": address, "host": "nowhere.invalid"}}, records=["_web._tcp SRV 0 0 80 {host}."])}, {"web": TCP}).start()
    locumd.until_states("www", fra="up")
    assert locumd.data("_web._tcp.example.com", "SRV") == ["0 0 80 nowhere.invalid."]
