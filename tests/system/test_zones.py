"""Zones as they are loaded: what is refused, what is warned of, and many at once."""
import json
import re
import signal
import time

import pytest

from daemon import ZONE

SMALL = "$TTL 60\n@ SOA ns.example.net. h 1 2 3 4 5\n@ NS ns.example.net.\nwww A 192.0.2.1\n"


def directory(locumd, zones, **server):
    """A configuration that takes its zones from a directory, and that directory."""
    folder = locumd.dir / "zones"
    folder.mkdir(exist_ok=True)
    for name, text in zones.items():
        (folder / f"{name}.zone").write_text(text)
    locumd.write(zones={}, server=server)
    locumd.write_text(locumd.config_file.read_text().replace('"zones": {}', '"zones": {"*": {"dir": "zones"}}'))
    return folder


def test_check_warns_of_what_is_hardly_meant(locumd):
    locumd.write(zones={"example.com": ZONE + "other NS ns.other\n@ MX 20 alias\n", "two.example": ZONE + "mail 60 A 192.0.2.26\n"})
    done = locumd.check()
    assert done.returncode == 0
    lines = [re.sub(r"^.*/", "", line) for line in done.stderr.splitlines()]
    assert lines == [
        "example.com.zone:15: warning: example.com: MX alias.example.com is an alias (CNAME): name the host itself, many will not follow",
        "example.com.zone:14: warning: other.example.com: NS ns.other.example.com has no glue: its name is within what is delegated, "
        "so nobody can find its address; add an A or AAAA record for it",
        "two.example.zone:14: warning: mail.two.example. A: TTL 60, but 300 before: the first one is taken",
    ]


WRONG = {  # name, what stands behind SMALL (or instead of it), the lines that are said
    "dot": (SMALL + "mail.dot.example A 192.0.2.1\n@ MX 1 mail.dot.example\n", [
        "5: warning: mail.dot.example.dot.example: the name has that of the zone twice: the dot at its end is missing",
        "6: warning: dot.example: MX mail.dot.example.dot.example has the name of the zone twice: the dot at its end is missing"]),
    "cname": (SMALL + "\nwww CNAME a\n@ CNAME b\n", [
        "6: www.cname.example: a CNAME cannot stand beside other records (A); take it or them out",
        "7: cname.example: a CNAME cannot stand beside other records (NS); take it or them out"]),
    "nosoa": ("$TTL 1\n@ NS a.\n", ["1: nosoa.example: the zone has no SOA record at its apex; begin the file with one"]),
    "nons": ("$TTL 1\n@ SOA a. b. (\n1 2 3 4 5 )\n", ["2: nons.example: the zone has no NS record at its apex; add one for each of its name servers"]),
    "twosoa": (SMALL + "@ SOA a. b. 2 2 3 4 5\n", ["5: twosoa.example: there can be only one SOA record at a name; take the others out"]),
    "ttls": (SMALL + "www 61 A 192.0.2.2\n", ["5: warning: www.ttls.example. A: TTL 61, but 60 before: the first one is taken"]),
    "address": (SMALL + "a AAAA 2001:db8::1::2\nb A 192.0.2\nc 192.0.2.1\nd MX 1 192.0.2.1\n", [
        '5: AAAA: "2001:db8::1::2" is not an IPv6 address', '6: A: "192.0.2" is not an IPv4 address', '7: the record has no type before "192.0.2.1"']),
    "host": (SMALL + "d MX 1 192.0.2.1\n", ["5: warning: d.host.example: MX 192.0.2.1.host.example is an address, and a name belongs there"]),
    "type": (SMALL + "a AAA 192.0.2.1\n", ['5: "AAA" is not a record type; one without a name is written TYPE65280']),
    "open": (SMALL + "a TXT ( x\nb A 192.0.2.1\n", ['5: "(" is never closed']),
    "shut": (SMALL + "a TXT x )\n", ['5: ")" without "(" before it']),
    "quote": (SMALL + 'a TXT "x\n', ["5: the quote is not closed on its line"]),
    "foreign": (SMALL + "b\u00fccher A 192.0.2.1\n", [
        "5: warning: b\\195\\188cher.foreign.example: the name is not ASCII, and nobody will ask for it so: write international names as xn--..."]),
    "outside": (SMALL + "www.outside.org. A 192.0.2.1\n", ["5: www.outside.org. is outside the zone outside.example."]),
    "label": (SMALL + "a" * 64 + " A 192.0.2.1\n", [f'5: "{"a" * 64}": the name has a label of over 63 octets']),
    "mail": (SMALL.replace(" h ", " h@example.net. "), ["2: warning: the mail address in the SOA has an @: write a dot in its place, and one at its end"]),
    "crlf": (SMALL.replace(" ", "\t").replace("\n", "\r\n"), []),
    "empty": ("", ["1: empty.example: the zone has no SOA record at its apex; begin the file with one"]),
    "comment": (SMALL + "# not so\n", ['5: a comment begins with ";", not so']),
    "utf16": ("\ufeff$TTL 1\n", ["1: the file is UTF-16: save it as plain text"]),
    "deep": (SMALL + "\n$INCLUDE part\n", ['part:3: DS: something is missing']),
    "generate": (SMALL + "$GENERATE 250-260 a$ A 192.0.2.$\n", ['5: A: "192.0.2.256" is not an IPv4 address']),
}


def test_wrong_zone_files_are_told_with_file_line_and_the_way_out(locumd):
    """As operators write them: one line each, the same from locumd -t and a reload, and none but those."""
    locumd.write().start()
    locumd.write(zones={f"{name}.example": "" for name in WRONG})
    for name, (text, _) in WRONG.items():
        (locumd.dir / f"{name}.example.zone").write_bytes(text.encode("utf-16-le" if name == "utf16" else "utf-8"))
    (locumd.dir / "part").write_text("\n\nsub DS 1 8 2\n")
    config = json.loads(locumd.config_file.read_text())
    config["zones"] |= {"folder.example": {"file": "state"}, "gone.example": {"file": "gone"}}
    locumd.write_text(json.dumps(config))
    wanted = [line if line.startswith("part") else f"{name}.example.zone:{line}" for name, (_, lines) in WRONG.items() for line in lines]
    wanted += [f'zone "folder.example.": {locumd.dir}/state: a directory, not a file', f'zone "gone.example.": {locumd.dir}/gone: no such file']

    def heard(text):
        lines = [line.removeprefix(f"{locumd.dir}/") for line in text.splitlines()]
        return sorted(re.sub(r"^locum.yaml:\d+:\d+: ", "", line) for line in lines if re.match(r"locum.yaml:\d|[^ ]*zone:\d|part:\d", line))

    done = locumd.check()
    assert done.returncode == 1 and heard(done.stderr) == sorted(wanted)
    done = locumd.ctl("reload")
    assert done.returncode == 1 and heard(done.stdout + done.stderr) == sorted(wanted)


def test_services_count_for_what_is_warned_of(locumd):
    """The address of the mail server comes from a service: only that of the other is missing."""
    zone = ZONE + "@ MX 20 mx1\n@ MX 20 mx2\n"
    service = {"zone": "example.com", "records": ["mx1 A {address}", "@ SRV 0 0 1 {host}."], "endpoints": [
        {"name": "fra", "host": "mail.example.com", "address": "192.0.2.7"},
        {"name": "ams", "host": "alias.example.com", "address": "192.0.2.8"}]}
    locumd.write(zones={"example.com": zone}, services={"mx": service})
    done = locumd.check()
    assert done.returncode == 0
    said = done.stderr.splitlines()
    assert len(said) == 2, said
    assert "/example.com.zone:15: warning: example.com: MX mx2.example.com has no address" in said[0]
    assert re.search(r"/locum.yaml:[1-9]\d*:[1-9]\d*: warning: example.com: SRV alias.example.com is an alias \(CNAME\)", said[1])


def test_warnings_are_said_once(locumd):
    zones = {"example.com": ZONE + "@ MX 20 gone\n", "two.example": ZONE + "@ MX 20 lost\n"}
    service = {"zone": "two.example", "records": ["www A {address}"], "endpoints": [{"name": "fra", "address": "192.0.2.7"}]}
    locumd.write(zones=zones, services={"www": service}).start()
    text = locumd.log.text()
    assert text.count("gone.example.com has no address") == 1 and text.count("lost.two.example has no address") == 1
    mark = locumd.log.mark()
    assert "reloaded" in locumd.reload()
    (locumd.dir / "example.com.zone").write_text(zones["example.com"] + "@ MX 30 more\n")
    assert "reloaded" in locumd.reload()
    said = locumd.log.text()[len(text):]
    assert "lost.two" not in said and said.count("more.example.com has no address") == 1


@pytest.mark.parametrize("limits, records, refused", [
    ({}, 100, None),
    ({}, 101, "www.example.com: more than 100 A records"),
    ({"records-per-type": 2}, 3, "www.example.com: more than 2 A records"),
    ({"records-per-type": 200}, 200, None),
])
def test_limits_of_what_stands_at_a_name(locumd, limits, records, refused):
    locumd.write(zones={"example.com": ZONE + f"$GENERATE 1-{records} www A 192.0.2.$\n"}, server={"limits": limits})
    done = locumd.check()
    assert (done.returncode == 0) == (refused is None), done.stderr
    assert refused is None or f"example.com.zone:14: {refused}" in done.stderr


def test_limits_of_one_zone(locumd):
    """What a zone says of itself counts for its file and for services; of the rest the server's."""
    many = SMALL + "$GENERATE 1-5 many A 192.0.2.$\n"
    (locumd.dir / "zones").mkdir()
    (locumd.dir / "zones" / "three.example.zone").write_text(many)
    service = {"zone": "two.example", "records": [f"www TXT {i}" for i in range(6)], "endpoints": [{"name": "a", "address": "192.0.2.7"}]}
    locumd.write(zones={"one.example": many, "two.example": SMALL.replace("www A 192.0.2.1\n", "")}, services={"www": service}, server={"limits": {"records-per-type": 4}})
    server_only = locumd.config_file.read_text()
    done = locumd.check()
    assert done.returncode == 1 and "one.example.zone:5: many.one.example: more than 4 A records" in done.stderr
    assert "would be 6 records at once; if that is meant, raise records-per-type in the limits of the zone or the server, which is 4" in done.stderr

    config = json.loads(server_only)
    config["zones"]["one.example"]["limits"] = {"records-per-type": 5}
    config["zones"]["two.example"]["limits"] = {"records-per-type": 6}
    config["zones"]["*"] = {"dir": "zones", "limits": {"records-per-type": 3, "types-per-name": 1}}
    locumd.write_text(json.dumps(config))
    done = locumd.check()
    assert re.search(r"three\.example\.zone:3: three\.example: records of more than 1 type;", done.stderr) and "one.example" not in done.stderr
    assert re.search(r"three\.example\.zone:5: many\.three\.example: more than 3 A", done.stderr) and "two.example" not in done.stderr

    config["zones"]["*"]["limits"] = {"records-per-type": 5}
    locumd.write_text(json.dumps(config)).start()
    config["zones"]["one.example"]["limits"] = {"records-per-type": 4}
    locumd.write_text(json.dumps(config))
    done = locumd.ctl("reload")
    assert done.returncode == 1 and "one.example.zone:5: many.one.example: more than 4 A records" in done.stdout + done.stderr
    config["zones"]["one.example"]["limits"] = {"records-per-type": 6}
    locumd.write_text(json.dumps(config))
    done = locumd.ctl("reload")
    assert done.returncode == 0 and "zone one.example: changed (limits)" in done.stdout


def test_a_reload_with_a_lower_limit_looks_at_zones_that_did_not_change(locumd):
    zones = {"example.com": ZONE + "$GENERATE 1-10 www A 192.0.2.$\n"}
    locumd.write(zones=zones).start()
    locumd.write(zones=zones, server={"limits": {"records-per-type": 9}})
    done = locumd.ctl("reload")
    assert done.returncode == 1 and "more than 9 A records" in done.stdout + done.stderr
    locumd.write(zones=zones, server={"limits": {"records-per-type": 10}})
    done = locumd.ctl("reload")
    assert done.returncode == 0 and "server: limits changed" in done.stdout


def test_errors_of_zones_are_listed_beside_those_of_the_configuration(locumd):
    """A zone is read when its file is known, whatever else is wrong: in its own entry or far from it."""
    zones = {"one.example": SMALL + "www CNAME a\nbad A x\n", "two.example": SMALL + "gone MX 1 nobody\n",
             "three.example": SMALL + "$GENERATE 1-150 many A 192.0.2.$\nbad A y\n"}
    services = {"www": {"zone": "two.example", "records": ["gone A {address}"], "endpoints": [{"name": "a", "adress": "192.0.2.1"}]}}
    locumd.write(zones=zones, services=services, server={"workers": "lots"})
    text = locumd.config_file.read_text().replace('"three.example.zone"', '"three.example.zone", "serial": 5')
    locumd.write_text(text.replace('"zones": {', '"zones": {"four.example": {"fill": "x"}, "five.example": {"file": "gone.zone"},'))
    done = locumd.check()
    said = [line.removeprefix(f"{locumd.dir}/") for line in done.stderr.splitlines()]
    assert done.returncode == 1
    for want in (r"locum\.yaml:\d+:\d+: server: workers", r"locum\.yaml:.*adress", r"locum\.yaml:.*serial", r"locum\.yaml:.*fill",
                 r"one\.example\.zone:5: www\.one\.example: a CNAME", r"one\.example\.zone:6: A: \"x\"",
                 r"three\.example\.zone:6: A: \"y\"", r'locum\.yaml:\d+:\d+: zone "five\.example\."?: .*gone\.zone: no such file'):
        assert [line for line in said if re.match(want, line)], (want, done.stderr)
    assert "no address" not in done.stderr, "a service may bring it"
    assert "many" not in done.stderr, "what the limits are is not known"
    errors = [line for line in said[:-1] if "warning" not in line]
    assert f"{len(errors)} errors" in said[-1]


def test_problems_come_in_the_order_of_the_zones(locumd):
    """However many threads read them: the same lines in every run."""
    zones = {f"z{i:03}.example": SMALL + ("bad A x\n" if i % 9 == 4 else "@ MX 1 gone\n" if i % 9 == 7 else "") for i in range(300)}
    directory(locumd, zones)
    said = [re.findall(r"(z\d+)\.example\.zone(?::\d+)?: (warning)?", locumd.check().stderr) for _ in range(3)]
    assert said[0] == said[1] == said[2] == sorted(said[0])
    assert [name for name, grade in said[0] if not grade] == [f"z{i:03}" for i in range(300) if i % 9 == 4]
    assert [name for name, grade in said[0] if grade] == [f"z{i:03}" for i in range(300) if i % 9 == 7]


def test_no_more_than_a_hundred_errors_and_warnings_each(locumd):
    zones = {f"z{i:03}.example": SMALL + "@ MX 1 gone\n" for i in range(250)}
    folder = directory(locumd, zones)
    said = locumd.check().stderr
    assert said.count("has no address") == 100 and "z099.example" in said and "z100.example" not in said
    assert "250 warnings in all; the first 100 are listed" in said
    for i in range(150, 250):
        (folder / f"z{i}.example.zone").write_text(SMALL + "bad A x\n" * 3)
    said = locumd.check().stderr
    assert said.count("has no address") == 100, "errors do not push warnings out, nor they them"
    assert [int(n) for n in re.findall(r"z(\d+).example.zone:\d+: A", said)] == sorted(list(range(150, 183)) * 3 + [183])
    assert re.search(r"locum.yaml: the first 100 errors are listed; [456]\d zones were not read for them\n", said), said[-300:]


def test_of_many_zones_a_reload_reads_what_changed(locumd):
    """2,000 zones, one of them changed: that one is read, and only its version is new."""
    folder = directory(locumd, {f"z{i:04}.example": SMALL for i in range(2000)})
    locumd.start()
    (folder / "z1234.example.zone").write_text(SMALL.replace("192.0.2.1", "192.0.2.2"))
    done = locumd.ctl("reload")
    assert done.returncode == 0
    assert re.findall(r"zone (\S+) changed", done.stdout) == ["z1234.example.:"]
    assert locumd.data("www.z1234.example") == ["192.0.2.2"] and locumd.data("www.z1235.example") == ["192.0.2.1"]


def big(locumd, records):
    locumd.write(zones={"example.com": ZONE})
    with open(locumd.dir / "example.com.zone", "a") as out:
        out.writelines(f"h{i} A 192.0.2.1\n" for i in range(records))


def test_a_stop_while_zones_are_read(locumd):
    """It does not wait for the end, not even of one zone."""
    locumd.write().start()
    big(locumd, 4000000)
    mark = locumd.log.mark()
    locumd.process.send_signal(signal.SIGHUP)
    assert locumd.log.wait(r"loading zones=0 of=1 lines=[1-9]\d*0000", 60, since=mark)
    began = time.monotonic()
    assert locumd.stop() == 0
    assert time.monotonic() - began < 5
