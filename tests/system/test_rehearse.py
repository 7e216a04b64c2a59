"""`tests:` of a configuration: locumd -t plays them by a made-up clock and says what came instead."""
import re

import pytest

ENDS = [{"name": name, "host": f"{name}.example.net", "address": address, "address6": address6} for name, address, address6 in
        (("fra", "192.0.2.10", "2001:db8::10"), ("ams", "192.0.2.20", "2001:db8::20"), ("par", "192.0.2.30", "2001:db8::30"))]
SERVICES = {
    "www": {"zone": "example.com", "records": ["www A {address}", "_http._tcp SRV 0 0 80 {host}.", "www TXT \"{name}\""],
            "endpoints": ENDS, "health": {"all": ["web"]}, "policy": {"hold": "30s"}},
    "api": {"zone": "example.com", "mode": "pool", "records": ["api A {address}"], "endpoints": ENDS[:2], "health": {"all": ["web"]},
            "policy": {"hold": "10s", "on-none": "none"}},
    "db": {"zone": "example.com", "records": ["db A {address}"], "endpoints": ENDS, "health": {"all": ["sql"]},
           "policy": {"failback": "manual", "require": {"behind": {"probe": "lag", "max": 5}}}},
}
PROBES = {"web": {"type": "tcp", "port": 80, "every": "1s", "timeout": "500ms", "fall": 3, "rise": 2},
          "sql": {"type": "tcp", "port": 5432, "every": "1s", "timeout": "500ms", "fall": 1, "rise": 1},
          "lag": {"type": "exchange", "port": 5433, "every": "1s", "timeout": "500ms", "expect": "([0-9]+)", "value": 1}}


@pytest.fixture
def play(locumd):
    """What locumd -t makes of one test: what it says of it, without the place; "" when it passes."""
    def plays(given, expect, services=SERVICES, **more):
        locumd.write(services, PROBES, tests={"t": {"given": given, "expect": expect}}, **more)
        done = locumd.check()
        assert done.returncode == (1 if done.stderr else 0), done.stderr
        assert done.stderr or "1 test passed" in done.stdout
        return re.sub(r'^[^ ]*:\d+:\d+: test "t": ', "", done.stderr.splitlines()[0]) if done.stderr else ""
    return plays


def test_what_passes(play):
    assert play({"at 10s": "www/fra fail", "at 1m": "www/fra pass"},
                {"until 12s": "www A 192.0.2.10",
                 "at 12s": ["www A 192.0.2.20", "www TXT \"ams\"", "_http._tcp SRV 0 0 80 ams.example.net.", "www by failover",
                            "www/fra is down", "www/ams is up"],
                 "until 91s": ["www A 192.0.2.20", "www.example.com. A 192.0.2.20"],
                 "at 91s": ["www by failback", "www A 192.0.2.10", "WWW a 192.0.2.10"],
                 "at 92s": ["mail A 192.0.2.25", "www AAAA nothing", "none A nothing"]}) == ""


def test_everything_that_may_be_given(play):
    rows = [
        # what is given, what is expected then; the test fails if it is not so
        ({"at 10s": "www/fra/web fail"}, {"at 12s": "www A 192.0.2.20"}),
        ({"at 10s": "www/fra fail x2"}, {"until 1m": "www A 192.0.2.10"}),
        ({"at 10s": "www/fra hang"}, {"until 12500ms": "www A 192.0.2.10", "at 12500ms": "www A 192.0.2.20"}),
        ({"at 10s": "all unasked"}, {"at 1m": ["www A 192.0.2.10", "www/fra is unknown"]}),
        ({"at 10s": "www/fra silent"}, {"at 1m": "www/fra is unknown"}),
        ({"at 10s": "deaf", "at 1m": "hears"}, {"at 11s": "www/fra is unknown", "at 1m": "www/fra is up", "at 2m": "0 changes"}),
        ({"at 10s": "api fail"}, {"at 1m": ["api A nothing", "api stuck"]}),
        ({"at 10s": "www freeze for 1m", "at 20s": "www/fra fail"},
         {"until 70s": "www A 192.0.2.10", "at 71s": "www A 192.0.2.20"}),
        ({"at 10s": "www/par switch"}, {"at 10s": "www A 192.0.2.30"}),
        ({"at 10s": "www/fra out", "at 20s": "www/fra online"}, {"at 10s": "www A 192.0.2.20", "at 1m": "www A 192.0.2.10"}),
        ({"at 5s": ["db/fra/lag reads 100", "db/ams/lag reads 90", "db/par/lag reads 97"], "at 10s": "db/fra fail"},
         {"at 11s": "db A 192.0.2.30"}),
    ]
    for given, expect in rows:
        assert play(given, expect) == "", given


def test_what_came_instead(play):
    rows = [
        # what is given, what is expected, what locumd -t says
        ({}, {"at 10s": "www A 192.0.2.20"}, "at 10s: expected www A 192.0.2.20: the answer is 192.0.2.10"),
        ({"at 10s": "www/fra fail"}, {"until 1m": "www A 192.0.2.10"}, "at 12s: expected www A 192.0.2.10: the answer is 192.0.2.20"),
        ({}, {"at 10s": "api A 192.0.2.10"}, "at 10s: expected api A 192.0.2.10: the answer is 192.0.2.10 + 192.0.2.20"),
        ({}, {"at 10s": "www A nothing"}, "at 10s: expected www A nothing: the answer is 192.0.2.10"),
        ({}, {"at 10s": "none A 192.0.2.1"}, "at 10s: expected none A 192.0.2.1: the answer is nothing"),
        ({"at 1s": "www/fra fail"}, {"at 10s": "www by failback"}, "at 10s: expected www by failback: it answers by failover"),
        ({}, {"at 10s": "www stuck"}, "at 10s: expected www stuck: the rule in force is kept"),
        ({}, {"at 10s": "www/fra is down"}, "at 10s: expected www/fra is down: www/fra is up"),
        ({}, {"at 10s": "1 changes"}, "at 10s: expected 1 changes: the answers changed 0 times"),
        ({"at 1s": "www/fra fial"}, {"at 10s": "0 changes"}, 'given www/fra fial: "fial" is not known; did you mean "fail"?'),
        ({"at 1s": "www/fr fail"}, {"at 10s": "0 changes"}, "given www/fr fail: no service, endpoint or probe is called www/fr"),
        ({"at 1s": "www/fra fail 3"}, {"at 10s": "0 changes"}, 'given www/fra fail 3: "3": write x3 for three times, or nothing'),
        ({"at 1s": "www switch"}, {"at 10s": "0 changes"}, "given www switch: switch is said of an endpoint, SERVICE/ENDPOINT"),
        ({"at 1s": "www/fra freeze"}, {"at 10s": "0 changes"}, "given www/fra freeze: freeze is said of a service alone"),
        ({"at 1s": "www/fra out 4h"}, {"at 10s": "0 changes"}, 'given www/fra out 4h: behind "out" comes nothing, or: for 4h'),
        ({"at 1s": "reload"}, {"at 10s": "0 changes"}, "given reload: there is nothing to reload"),
        ({}, {"at 10s": "www B 192.0.2.1"}, "at 10s: expected www B 192.0.2.1: B is no type of records; write: www A 192.0.2.10"),
        ({}, {"at 10s": "www A"}, "at 10s: expected www A: write the records: www A 192.0.2.10, or nothing"),
        ({}, {"at 10s": "www.example.org. A nothing"}, "at 10s: expected www.example.org. A nothing: no zone has the name www.example.org."),
        ({}, {"at 10s": "w by failover"}, "at 10s: expected w by failover: there is no service w"),
        ({}, {"at 10s": "www/f is up"}, "at 10s: expected www/f is up: service www has no endpoint f"),
        ({}, {"until 9000d": "www A 192.0.2.10"}, "the tests take too long; let less time go by in them"),
    ]
    for given, expect, said in rows:
        assert play(given, expect) == said
    assert play({"at 1s": "api/fra switch"}, {"at 10s": "0 changes"}).startswith("given api/fra switch: refused by rule 1: ")


def test_relative_names_need_one_zone(play, locumd):
    zone = "$TTL 300\n@ IN SOA ns1 hostmaster 1 3600 300 604800 30\n@ IN NS ns1\nns1 IN A 192.0.2.1\n"
    two = {**SERVICES, "other": {**SERVICES["www"], "zone": "example.org"}}
    zones = {"example.com": zone, "example.org": zone}
    assert play({}, {"at 1s": ["www.example.org. A 192.0.2.10", "www.example.com. A 192.0.2.10"]}, two, zones=zones) == ""
    assert play({}, {"at 1s": "www A 192.0.2.10"}, two, zones=zones) == \
        "at 1s: expected www A 192.0.2.10: services stand in several zones; write www with its zone and a dot at the end"


def test_every_failure_is_listed_with_its_place_and_none_keeps_locumd_from_serving(locumd):
    locumd.write(SERVICES, PROBES, tests={"a": {"expect": {"at 1s": "www A 192.0.2.20"}}, "b": {"expect": {"at 1s": "0 changes"}},
                                          "c": {"expect": {"at 1s": "1 changes"}}})
    lines = locumd.config_file.read_text().splitlines()
    place = {text: f"{locumd.config_file}:{number}:{line.index(text)}" for text in ("www A 192.0.2.20", "1 changes")
             for number, line in enumerate(lines, 1) if f'"{text}"' in line}
    done = locumd.check()
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.splitlines() == [
        f'{place["www A 192.0.2.20"]}: test "a": at 1s: expected www A 192.0.2.20: the answer is 192.0.2.10',
        f'{place["1 changes"]}: test "c": at 1s: expected 1 changes: the answers changed 0 times',
        f"{locumd.config_file}: 2 errors"]
    locumd.start()
    assert locumd.stop() == 0
