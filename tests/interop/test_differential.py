"""Random questions about random zones, asked of locumd, NSD, Knot, BIND and PowerDNS side by side.  Where at least two of
them agree, more than say anything else, and locumd says otherwise, that is a difference: it fails, or stands in EXCUSED
with the reason why locumd is right.

A short run over a few worlds, always the same, is part of `make system`.  Long, and other worlds each time:
`make system TESTS=differential DIFF=3600`; one of them again: `DIFF_SEED=17`, which is what a difference prints."""
import collections
import itertools
import os
import random
import time

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import pytest

from peers import PEERS, Nsd, Pdns, program
from sides import CNAME, DNAME, NS, Field, Reply, ask_all, differs, majority
from worlds import COMMON, TYPES, World

SECONDS = float(os.environ.get("DIFF", "0"))  # 0: the short run
SEED = os.environ.get("DIFF_SEED")
QUESTIONS = 2500  # a world
SHOWN = 12

pytestmark = pytest.mark.skipif(any(program(peer.program) is None for peer in PEERS), reason="NSD, Knot, BIND and PowerDNS are not all installed")


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


def run_world(guard, locumd, world, without, deadline, tally):
    found = []
    field = Field(guard, locumd, world.zones, f"DIFF_SEED={world.seed}", without)
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
