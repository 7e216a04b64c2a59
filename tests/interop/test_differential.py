"""Random questions about random zones, asked of locumd, NSD, Knot, BIND and PowerDNS side by side.  Where at least two of
them agree, more than say anything else, and locumd says otherwise, that is a difference: it fails, or stands in EXCUSED
with the reason why locumd is right.

A short run over a few worlds, always the same, is part of `make system`.  Long, and other worlds each time:
`make system TESTS=differential DIFF=3600`; one of them again: `DIFF_SEED=17`, which is what a difference prints."""
import collections
import itertools
import json
import os
import random
import re
import socket
import struct
import time

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.nsbase
import pytest

from daemon import DNS_PORT
from peers import PEERS, Nsd, Pdns, program
from processes import until
from worlds import COMMON, TYPES, World

SECONDS = float(os.environ.get("DIFF", "0"))  # 0: the short run
SEED = os.environ.get("DIFF_SEED")
QUESTIONS = 2500  # a world
SHOWN = 12
BROKEN = re.compile(r".* read with \d+ errors|.*not loaded due to errors|.*(failed to load|zone cannot be|failed to parse).*")
A, AAAA, NS, CNAME, SOA, DS, ANY, DNAME = 1, 28, 2, 5, 6, 43, 255, 39
POINTING = {NS, 15, 33, 64, 65}

pytestmark = pytest.mark.skipif(any(program(peer.program) is None for peer in PEERS), reason="NSD, Knot, BIND and PowerDNS are not all installed")


# dnspython takes the names of these for opaque octets; some servers compress them.
dns.rdata._rdata_classes.update({(dns.rdataclass.IN, kind): type("Named", (dns.rdtypes.nsbase.NSBase,), {}) for kind in (3, 4, 7, 8, 9)})
dns.rdata._rdata_classes[dns.rdataclass.IN, 14] = dns.rdata.get_rdata_class(dns.rdataclass.IN, dns.rdatatype.RP)


class Line:
    """To one server: questions over UDP and over one TCP connection."""

    def __init__(self, address, port=DNS_PORT):
        self.door = address, port
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.connect(self.door)
        self.udp.settimeout(5)
        self.tcp = None

    def send(self, wire, tcp):
        if not tcp:
            self.udp.send(wire)
            return
        if self.tcp is None:
            self.tcp = socket.create_connection(self.door, timeout=5)
        self.tcp.sendall(struct.pack("!H", len(wire)) + wire)

    def octets(self, n):
        data = b""
        while len(data) < n:
            more = self.tcp.recv(n - len(data))
            if not more:
                raise ConnectionError("closed")
            data += more
        return data

    def receive(self, wire, tcp):
        """The response, or None."""
        try:
            while True:
                reply = self.octets(struct.unpack("!H", self.octets(2))[0]) if tcp else self.udp.recv(65535)
                if reply[:2] == wire[:2]:
                    return reply
        except (OSError, ConnectionError):
            if tcp:
                self.tcp.close()
                self.tcp = None
            return None

    def close(self):
        self.udp.close()
        if self.tcp:
            self.tcp.close()


def ask_all(lines, wire, tcp):
    sent = {}
    for name, line in lines.items():
        for _ in range(2):  # a connection may have been closed meanwhile
            try:
                line.send(wire, tcp)
                sent[name] = line
                break
            except OSError:
                line.tcp = None
    replies = {name: line.receive(wire, tcp) for name, line in sent.items()}
    for name in lines:
        if replies.get(name) is None:  # once more: loopback loses some when the machine is busy
            try:
                lines[name].send(wire, tcp)
                replies[name] = lines[name].receive(wire, tcp)
            except OSError:
                replies[name] = None
    return replies


def records(section):
    return frozenset((rrset.name.canonicalize().to_text(), rrset.rdtype, rrset.ttl, rr.to_digestable()) for rrset in section for rr in rrset)


class Reply:
    """A response, read by dnspython and made comparable."""

    def __init__(self, wire):
        self.wire = wire
        self.message = dns.message.from_wire(wire, one_rr_per_rrset=False)
        self.rcode = dns.rcode.to_text(self.message.rcode())
        self.aa = bool(self.message.flags & dns.flags.AA)
        self.tc = bool(self.message.flags & dns.flags.TC)
        self.flags = dns.flags.to_text(self.message.flags & (dns.flags.QR | dns.flags.RD | dns.flags.RA | dns.flags.AD | dns.flags.CD))
        self.edns = self.message.edns, self.message.ednsflags & dns.flags.DO
        self.answer, self.authority, self.additional = map(records, (self.message.answer, self.message.authority, self.message.additional))
        self.question = tuple((q.name.labels, q.rdtype, q.rdclass) for q in self.message.question)

    def referral(self):
        """The cut, or None."""
        cuts = {name for name, kind, _, _ in self.authority if kind == NS}
        soa = any(kind == SOA for _, kind, _, _ in self.authority)
        return next(iter(cuts)) if len(cuts) == 1 and not soa and not self.tc else None

    def more(self):
        """What is added to an answer that points somewhere."""
        kinds = {kind for _, kind, _, _ in self.answer}
        return self.additional if kinds and kinds <= POINTING else frozenset()

    def glue(self):
        """Addresses below the cut: nobody can do without them (RFC 9471)."""
        cut = self.referral()
        return frozenset(r for r in self.additional if cut and r[1] in (A, AAAA) and (r[0] == cut or r[0].endswith("." + cut)))


ASPECTS = {
    "rcode": lambda r: r.rcode,
    "question": lambda r: r.question,
    "aa": lambda r: r.aa,
    "flags": lambda r: r.flags,
    "edns": lambda r: r.edns,
    "answer": lambda r: r.answer,
    "authority": lambda r: r.authority,
    "glue": lambda r: r.glue(),
    "additional": lambda r: r.more(),
}


def majority(values):
    """What at least two say, and more than say anything else, in a tuple; None: there is none."""
    ranked = collections.Counter(values).most_common(2)
    return (ranked[0][0],) if ranked[0][1] >= 2 and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else None


def differs(kind, ours, peers):
    """Aspects in which we differ from the majority, with what it says."""
    replies = list(peers.values())
    if ours.tc or sum(r.tc for r in replies) >= 2:
        if ours.tc and sum(not r.tc for r in replies) >= 2 and max(len(r.wire) for r in replies if not r.tc) < 460:
            yield "tc", False  # the same would have fitted, however well compressed
        return  # it will be asked again over TCP
    rcode = majority([r.rcode for r in replies])
    if rcode is None:
        return
    replies = [r for r in replies if r.rcode == rcode[0] and not r.tc]  # others say nothing about the rest
    for aspect, of in ASPECTS.items():
        common = rcode if aspect == "rcode" else majority([of(r) for r in replies])
        if common is not None and of(ours) != common[0]:
            yield aspect, common[0]


# ---- where locumd is right against the majority ----


def zone_of(world, name):
    """The longest of our apexes at or above it, or None."""
    labels = dns.name.from_text(name) if isinstance(name, str) else name
    while True:
        if labels in world.apexes:
            return labels
        if labels == dns.name.root:
            return None
        labels = labels.parent()


def last_turn(world, kind, ours):
    """Where the last CNAME leads that some do not follow; None: there is none.
    1. From one of our zones to another: RFC 1034 4.3.2, 3a leads back to step 2, which looks at all zones.  Knot and BIND stop there.
    2. Made by a DNAME for ANY: BIND stops there, and Knot does not get there where there is data below the DNAME.
    3. To a child's apex, asked for DS: RFC 4035 3.1.4.1 has it in the zone above, where NSD and PowerDNS look; Knot and BIND ask the child."""
    dnames = [rrset.name for rrset in ours.message.answer if rrset.rdtype == DNAME]
    found = [rrset[0].target for rrset in ours.message.answer if rrset.rdtype == CNAME and
             (zone_of(world, rrset[0].target) not in (None, zone_of(world, rrset.name)) or
              kind == "ANY" and any(rrset.name.is_subdomain(name) and rrset.name != name for name in dnames) or
              kind == "DS" and rrset[0].target in world.apexes)]
    return found[-1] if found else None


def goes_on_well(lines, world, kind, ours, wire):
    """The peers are asked for the rest: we must have said what most of them say, with its rcode (RFC 6604)."""
    target = last_turn(world, kind, ours)
    if target is None:
        return False
    if ours.tc:
        return True  # what is behind is judged when it has been asked again over TCP
    question = dns.message.from_wire(wire)
    question.question[0].name = target
    replies = {who: reply for who, reply in ask_all(lines, question.to_wire(), True).items() if reply is not None}
    replies.pop("locum")
    rest = [Reply(reply) for reply in replies.values()]
    common = majority([(r.rcode, r.answer, r.authority) for r in rest])
    if common is None:
        return True  # nobody to differ from
    [(rcode, answer, authority)] = common
    return rcode == ours.rcode and (kind == "ANY" or answer <= ours.answer) and authority == ours.authority


SVCB = {64, 65}
# What, aspects, is it the case?
EXCUSED = [
    ("ANY gets one RRset (RFC 8482 4.1), and which is ours to choose", ("answer", "additional"),
     lambda kind, ours, word, owners: kind == "ANY" and len({r[1] for r in ours.answer} - {CNAME, DNAME}) <= 1),
    ("TC when addresses below the cut do not fit (RFC 9471 3.1); NSD and BIND leave some out and say nothing", ("tc",),
     lambda kind, ours, word, owners: not ours.answer and {r[1] for r in ours.authority} == {NS}),
    ("more addresses than most give: of SVCB and HTTPS (RFC 9460 4.1), be it the owner's, or by a wildcard (RFC 4592 3.3.1)", ("additional",),
     lambda kind, ours, word, owners: word <= ours.additional and
     {r for r in ours.additional if r[1] not in SVCB and r[0] not in {a[0] for a in ours.answer}} <= ours.others),
    ("ANY is led on by a DNAME, as NSD and Knot do it, and there was no room for all that comes", ("tc",),
     lambda kind, ours, word, owners: kind == "ANY" and DNAME in {r[1] for r in ours.answer}),
    ("a CNAME loop is answered as far as it goes, as by Knot; BIND and PowerDNS fail", ("rcode",),
     lambda kind, ours, word, owners: word == "SERVFAIL" and ours.rcode == "NOERROR" and not ours.authority and
     {rrset[0].target for rrset in ours.message.answer if rrset.rdtype == CNAME} <= {rrset.name for rrset in ours.message.answer}),
    ("all addresses below the cut (RFC 9471 3.1), when most leave some out to fit", ("glue",),
     lambda kind, ours, word, owners: word < ours.glue() and {name for name, _, _, _ in ours.glue()} <= owners),
    ("a wildcard below a cut makes no addresses (RFC 1034 4.3.3: delegation cancels the wildcard); NSD and Knot make some", ("glue",),
     lambda kind, ours, word, owners: ours.glue() < word and not {name for name, _, _, _ in word - ours.glue()} & owners),
]


def excuse(kind, aspect, ours, word, owners):
    return next((what for what, aspects, test in EXCUSED if aspect in aspects and test(kind, ours, word, owners)), None)


def build(world, name, kind, options, number):
    message = dns.message.make_query(dns.name.from_text(name), dns.rdatatype.from_text(kind))
    message.id = number % 65536
    message.flags = sum(flag for flag, on in ((dns.flags.RD, options["rd"]), (dns.flags.CD, options["cd"]), (dns.flags.AD, options["ad"])) if on)
    if options["size"] is not None:
        message.use_edns(0, dns.flags.DO if options["do"] else 0, options["size"])
    return message.to_wire()


def show(world, name, kind, options, aspect, ours, word, peers):
    def side(who, r):
        lines = [f"  {who}: {r.rcode} aa={r.aa} tc={r.tc} {len(r.wire)} octets"]
        for section in ("answer", "authority", "additional"):
            lines += [f"    {section}: {text}" for rrset in getattr(r.message, section) for text in rrset.to_text().splitlines()[:6]]
        return "\n".join(lines)
    return "\n".join([f"DIFF_SEED={world.seed} {name} {kind} {options}: {aspect}", side("locum", ours), *(side(w, r) for w, r in peers.items())])


class Field:
    """The four, serving one world."""

    def __init__(self, guard, locumd, world, without):
        files = guard.directory / f"world{world.seed}"
        files.mkdir(exist_ok=True)
        zones = {}
        for i, (apex, text) in enumerate(world.zones.items()):
            zones[apex] = files / f"{i}.zone"
            zones[apex].write_text(text)
        self.locumd = locumd
        locumd.write_text(json.dumps({"version": 1, "server": locumd.server(**SERVER), "zones": {a: {"file": str(f)} for a, f in zones.items()}}))
        self.peers = [peer(guard, zones) for peer in PEERS if peer not in without]
        for peer in self.peers:
            peer.start()
        locumd.start(60)
        self.lines = {"locum": Line(locumd.address), **{p.name: Line(p.address, p.port) for p in self.peers}}
        for peer in self.peers:
            for zone in world.zones:
                self.wait(peer, zone, world)

    def wait(self, peer, zone, world):
        """Until it answers for that zone."""
        def there():
            wire = dns.message.make_query(zone, "SOA").to_wire()
            line = self.lines[peer.name]
            line.udp.settimeout(0.5)
            try:
                line.send(wire, False)
            except OSError:
                return False
            reply = line.receive(wire, False)
            assert not (bad := BROKEN.search(peer.log())), f"DIFF_SEED={world.seed}: {peer.name}: {bad[0]}\n{peer.log()[-3000:]}"
            line.udp.settimeout(5)
            return reply is not None and reply[3] & 15 == 0 and reply[2] & 4

        try:
            peer.wait(there, 20)
        except TimeoutError as why:
            raise AssertionError(f"{peer.name} does not serve {zone}\n{peer.log()[-4000:]}") from why

    def close(self):
        for line in self.lines.values():
            line.close()
        for peer in self.peers:
            peer.stop()
        assert self.locumd.stop() == 0


SERVER = {}


def run_world(guard, locumd, world, without, deadline, tally):
    found = []
    field = Field(guard, locumd, world, without)
    try:
        for number in range(QUESTIONS):
            if time.monotonic() > deadline:
                break
            name, kind, options = world.ask()
            wire = build(world, name, kind, options, number)
            for tcp in (options["tcp"], True):
                replies = ask_all(field.lines, wire, tcp)
                assert replies["locum"] is not None, f"DIFF_SEED={world.seed}: no response to {name} {kind} {options}"
                ours = Reply(replies.pop("locum"))
                if any(r is None for r in replies.values()):
                    tally["a peer was silent"] += 1
                    break
                peers = {who: Reply(r) for who, r in replies.items()}
                tally["responses"] += 1
                ours.others = frozenset().union(*(r.additional for r in peers.values()))
                for aspect, word in differs(kind, ours, peers):
                    why = excuse(kind, aspect, ours, word, world.owners) or (goes_on_well(field.lines, world, kind, ours, wire) and "a chain that not all follow")
                    tally[why or f"DIFFERENCE in {aspect}"] += 1
                    if not why:
                        found.append(((kind == "ANY", aspect, ours.rcode, *(r.rcode for r in peers.values())), show(world, name, kind, options, aspect, ours, word, peers)))
                if tcp or not ours.tc:
                    break
    finally:
        field.close()
    return found


# NSD refuses zones with data below a DNAME.  PowerDNS does not read all types.
@pytest.mark.parametrize(("below", "types", "without", "short"), [
    pytest.param(False, TYPES, (Pdns,), (3, 4), id="all types"),
    pytest.param(False, COMMON, (), (3,), id="common types, PowerDNS too"),
    pytest.param(True, TYPES, (Nsd, Pdns), (3,), id="with data below DNAMEs"),
])
def test_differential(guard, locumd, below, types, without, short):
    ends = time.monotonic() + SECONDS / 3 if SECONDS else float("inf")
    seeds = (int(SEED),) if SEED else itertools.count(random.randrange(1 << 30)) if SECONDS else short
    tally, found = collections.Counter(), []
    for seed in seeds:
        world = World(seed, dname_children=below, types=tuple(types))
        world.apexes = {dns.name.from_text(apex) for apex in world.zones}
        world.owners = {dns.name.from_text(name).canonicalize().to_text() for zone in world.all for name, _ in zone.sets}
        found += run_world(guard, locumd, world, without, ends, tally)
        tally["worlds"] += 1
        if time.monotonic() > ends or len(found) > 200:
            break
    print(dict(tally))
    kinds = collections.Counter()
    for what, text in found:  # two of each kind
        kinds[what] += 1
        if kinds[what] <= 2 and len(kinds) <= SHOWN:
            print(f"\n{what}\n{text}")
    print(kinds)
    assert not found, f"{len(found)} differences"
    assert tally["responses"] > 100 and tally["a peer was silent"] < tally["responses"] / 50
