"""A zone that someone else signed, asked without DO: locumd says of it what most of NSD, Knot, BIND and PowerDNS say.
Its signatures do not go out with answers."""
import collections
import json
import subprocess

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from daemon import DNS_PORT
from peers import PEERS, program

pytestmark = pytest.mark.skipif(any(program(name) is None for name in ["ldns-signzone", *(peer.program for peer in PEERS)]), reason="the peers or ldns-signzone are not installed")
ZONE = """$TTL 300
@ SOA ns host 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
www A 192.0.2.1
*.w A 192.0.2.2
sub NS ns.sub
sub DS 1 8 2 0102030405060708091011121314151617181920212223242526272829303132
ns.sub A 192.0.2.3
c CNAME www
a.b TXT "x"
"""
ASKED = [("www", "A"), ("www", "TXT"), ("www", "NSEC"), ("x", "A"), ("x", "NSEC"), ("x.w", "A"), ("c", "A"), ("b", "A"), ("sub", "DS"), ("sub", "NSEC"), ("a.sub", "A"),
         ("", "DNSKEY"), ("", "NSEC3PARAM"), ("", "SOA"), ("", "DS")]


def say(address, port, name, kind):
    reply = dns.query.udp(dns.message.make_query(name, kind), address, port=port, timeout=10)
    records = [sorted((rrset.name.canonicalize().to_text(), rrset.rdtype, rrset.ttl, rr.to_digestable()) for rrset in section for rr in rrset)
               for section in (reply.answer, reply.authority)]
    return repr((dns.rcode.to_text(reply.rcode()), bool(reply.flags & dns.flags.AA), *records))


@pytest.mark.parametrize("option", [[], ["-n"]], ids=["NSEC", "NSEC3"])
def test_signed_zone(guard, locumd, option):
    where = guard.directory
    (where / "zone").write_text("$ORIGIN signed.test.\n" + ZONE)
    key = subprocess.run(["ldns-keygen", "-r", "/dev/urandom", "-a", "ECDSAP256SHA256", "signed.test"], cwd=where, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["ldns-signzone", *option, "-f", "zone.signed", "zone", key], cwd=where, check=True)
    signed = where / "zone.signed"
    hashed = [line.split()[0] for line in signed.read_text().splitlines() if "\tNSEC3\t" in line]
    assert bool(hashed) == bool(option)
    asked = [*((f"{name}.signed.test.".lstrip("."), kind) for name, kind in ASKED), *((name, kind) for name in hashed[:2] for kind in ("A", "NSEC3"))]

    locumd.write_text(json.dumps({"version": 1, "server": locumd.server(), "zones": {"signed.test.": {"file": str(signed)}}})).start()
    assert "the zone is signed, but answers come without its signatures" in locumd.check().stderr
    peers = [peer(guard, {"signed.test.": signed}).start() for peer in PEERS]
    try:
        for peer in peers:
            peer.wait(lambda peer=peer: answers(peer))
        for name, kind in asked:
            [(word, votes), *_] = collections.Counter(say(peer.address, getattr(peer, "port", DNS_PORT), name, kind) for peer in peers).most_common()
            assert votes >= 3, (name, kind)
            assert say(locumd.address, DNS_PORT, name, kind) == word, (name, kind)
    finally:
        for peer in peers:
            peer.stop()


def answers(peer):
    try:
        return dns.query.udp(dns.message.make_query("signed.test.", "SOA"), peer.address, port=getattr(peer, "port", DNS_PORT), timeout=0.5).rcode() == 0
    except (OSError, dns.exception.Timeout):
        return False
