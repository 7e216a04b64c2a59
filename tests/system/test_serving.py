"""What a resolver asks and gets, zone by zone file, without services."""
import socket

import dns.flags
import dns.message
import dns.rcode
import dns.query
import dns.rdatatype
import pytest

from daemon import DNS_PORT, ZONE


@pytest.fixture
def served(locumd):
    big = "".join(f"big IN TXT \"{i:03} {'x' * 100}\"\n" for i in range(30))
    return locumd.write(zones={"example.com": ZONE + big, "sub.example.org": ZONE.replace("192.0.2.1", "192.0.2.111")}).start()


def names(section, kind=None):
    return {(str(rrset.name), dns.rdatatype.to_text(rrset.rdtype)) for rrset in section}


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
class TestAnswers:
    @pytest.mark.parametrize("name, kind, data", [
        ("mail.example.com", "A", ["192.0.2.25"]),
        ("MaIl.ExAmPlE.cOm", "AAAA", ["2001:db8::25"]),
        ("example.com", "MX", ["10 mail.example.com."]),
        ("example.com", "NS", ["ns1.example.com."]),
        ("x.y.wild.example.com", "TXT", ['"wild"']),
        ("ns1.sub.example.org", "A", ["192.0.2.111"]),
    ])
    def test_positive(self, served, tcp, name, kind, data):
        assert served.data(name, kind, tcp=tcp) == data
        reply = served.query(name, kind, tcp=tcp)
        assert reply.flags & dns.flags.AA and not reply.flags & (dns.flags.RA | dns.flags.TC)
        assert str(reply.question[0].name) == name + "."

    def test_alias_is_followed_inside(self, served, tcp):
        reply = served.query("alias.example.com", "A", tcp=tcp)
        assert [str(r.name) for r in reply.answer] == ["alias.example.com.", "mail.example.com."]

    def test_alias_out_of_our_zones_is_all_there_is(self, served, tcp):
        reply = served.query("far.example.com", "A", tcp=tcp)
        assert reply.rcode() == dns.rcode.NOERROR and [str(r[0]) for r in reply.answer] == ["mail.example.net."]

    @pytest.mark.parametrize("name, kind, rcode", [
        ("nothing.example.com", "A", dns.rcode.NXDOMAIN),
        ("mail.example.com", "TXT", dns.rcode.NOERROR),
        ("deep.example.com", "A", dns.rcode.NOERROR),  # an empty non-terminal exists
        ("b.deep.example.com", "A", dns.rcode.NOERROR),
        ("x.wild.example.com", "A", dns.rcode.NOERROR),  # the wildcard has no A
    ])
    def test_negative_answers_bring_the_soa(self, served, tcp, name, kind, rcode):
        reply = served.query(name, kind, tcp=tcp)
        assert reply.rcode() == rcode and not reply.answer and reply.flags & dns.flags.AA
        assert names(reply.authority) == {("example.com.", "SOA")}
        assert reply.authority[0].ttl == 30  # RFC 2308: the lesser of the SOA's TTL and minimum

    @pytest.mark.parametrize("name", ["sub.example.com", "www.sub.example.com"])
    def test_delegation(self, served, tcp, name):
        reply = served.query(name, "A", tcp=tcp)
        assert reply.rcode() == dns.rcode.NOERROR and not reply.answer and not reply.flags & dns.flags.AA
        assert names(reply.authority) == {("sub.example.com.", "NS")}
        assert names(reply.additional) == {("ns.sub.example.com.", "A")}

    def test_a_zone_that_is_not_ours(self, served, tcp):
        assert served.query("example.net", "SOA", tcp=tcp).rcode() == dns.rcode.REFUSED


def test_too_large_for_udp_is_cut_and_whole_over_tcp(served):
    reply = served.query("big.example.com", "TXT")
    assert reply.flags & dns.flags.TC and len(reply.to_wire()) <= 1232
    assert len(served.data("big.example.com", "TXT", tcp=True)) == 30


def test_without_edns_512_octets(served):
    reply = served.query("big.example.com", "TXT", edns=False)
    assert reply.flags & dns.flags.TC and reply.edns == -1 and len(reply.to_wire()) <= 512


def test_edns_is_answered_with_edns(served):
    reply = served.query("mail.example.com")
    assert reply.edns == 0 and reply.payload >= 1232


def test_edns_version_1_is_badvers(served):
    question = dns.message.make_query("mail.example.com", "A")
    question.use_edns(1)
    assert dns.query.udp(question, served.address, port=DNS_PORT, timeout=5).rcode() == dns.rcode.BADVERS


def test_several_queries_on_one_connection_in_one_segment(served):
    questions = [dns.message.make_query(f"{n}.example.com", "A") for n in ("mail", "ns1", "nothing", "mail")]
    with socket.create_connection((served.address, DNS_PORT), timeout=5) as s:
        s.sendall(b"".join(len(w).to_bytes(2, "big") + w for w in (q.to_wire() for q in questions)))
        got = {}
        for _ in questions:
            reply, _ = dns.query.receive_tcp(s, expiration=None)
            got[reply.id] = reply.rcode()
    assert got == {q.id: dns.rcode.NXDOMAIN if "nothing" in str(q.question[0]) else dns.rcode.NOERROR for q in questions}


def test_octet_by_octet(served):
    wire = dns.message.make_query("mail.example.com", "A").to_wire()
    with socket.create_connection((served.address, DNS_PORT), timeout=5) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in len(wire).to_bytes(2, "big") + wire:
            s.sendall(bytes([octet]))
        reply, _ = dns.query.receive_tcp(s, expiration=None)
        assert str(reply.answer[0][0]) == "192.0.2.25"


def test_a_directory_of_zones(locumd):
    zones = locumd.dir / "zones"
    zones.mkdir()
    for i in range(200):
        (zones / f"z{i}.example.zone").write_text(f"@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.{i}\n")
    (zones / "notes.txt").write_text("not a zone")
    (zones / "example.com.zone").write_text("this would be an error")
    locumd.write(zones={"example.com": ZONE})
    text = locumd.config_file.read_text().replace('"zones": {', '"zones": {"*": {"dir": "zones"}, ', 1)
    locumd.write_text(text).start()
    assert locumd.data("ns.z7.example") == ["192.0.2.7"] and locumd.data("ns.z199.example") == ["192.0.2.199"]
    assert locumd.data("mail.example.com") == ["192.0.2.25"]  # named by itself: takes precedence
    assert locumd.status()["zones"] == 201


def test_includes_of_configuration_and_zone_files(locumd):
    (locumd.dir / "conf.d").mkdir()
    (locumd.dir / "zones.d").mkdir()
    for name in ("one.example", "two.example"):
        (locumd.dir / "conf.d" / f"{name}.yaml").write_text(f"zones:\n  {name}: {{file: ../zones.d/{name}.zone}}\n")
        (locumd.dir / "zones.d" / f"{name}.zone").write_text("$TTL 60\n@ IN SOA ns h 1 2 3 4 5\n@ NS ns\n$INCLUDE common.inc\n$GENERATE 1-3 h$ A 192.0.2.$\n")
    (locumd.dir / "zones.d" / "common.inc").write_text("ns A 192.0.2.99\n")
    locumd.write(zones={"example.com": ZONE}, include=["conf.d/*.yaml"]).start()
    assert [locumd.data(n) for n in ("ns.one.example", "h3.two.example", "mail.example.com")] == [["192.0.2.99"], ["192.0.2.3"], ["192.0.2.25"]]
