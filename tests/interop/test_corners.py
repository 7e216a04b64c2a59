"""Hand-made corners, asked of locumd, NSD, Knot, BIND and PowerDNS side by side: what random questions do not hit (test_differential.py).
locumd says what most of them say, or the row has the reason why not.  docs/CONFORMANCE.md has the reasons by RFC."""
import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import pytest

from corners import MANY, OCCLUDED, ROOT, STARS
from peers import PEERS, Bind, Nsd, program
from sides import Field, Reply, ask_all, differs

pytestmark = pytest.mark.skipif(any(program(peer.program) is None for peer in PEERS), reason="NSD, Knot, BIND and PowerDNS are not all installed")

E = ".example.test."
USUAL = "A NS SOA DS CNAME DNAME MX TXT"


def below(names, of=E):
    return " ".join(name + of for name in names.split())


OTHER_ZONES = "the DNAME leads on for every type but CNAME (RFC 6672 3.2); Knot and BIND stop at other zones, PowerDNS at what is ANY"
SVCB_MORE = "addresses and the next records of SVCB and HTTPS, the owner's too (RFC 9460 4.1); NSD gives none, BIND and PowerDNS other parts"
CHAIN = "16 links; Knot goes 5, NSD on, BIND and PowerDNS fail after 10 or so"
BELOW_DNAME = "what is below a DNAME is not there (RFC 6672 2.4); Knot and PowerDNS show it, NSD refuses the zone"

# Sentence, names, types; if locumd differs and is right: why, and what it says.
QUESTIONS = {
    "many": (MANY, (), [
        ("a parent, its child and its grandchild are all ours: at each apex", "example.test. child.example.test. grand.child.example.test.", "A NS SOA DS CNAME MX TXT DNSKEY"),
        ("and below", below("www.child nope.child www.grand.child nope.grand.child cup.child cgrand.child ns.child ns.grand.child"), "A NS DS ANY"),
        ("a zone of ours below a cut of ours that is not", below("gap x.gap inner.gap www.inner.gap ns.inner.gap x.www.inner.gap"), "A NS DS SOA MX"),
        ("glue below the cut, beside it, outside", below("gap a.gap ns.gap sib ns.sib noglue x.noglue lame x.lamewild bare a.bare"), USUAL),
        ("what stands at or below a cut is hidden", below("ns.gap below.gap deep.below.gap any.gap *.gap sib"), "A TXT ANY NSEC"),
        ("names that only a cut far below makes", below("c b.c a.b.c deepcut.a.b.c x.deepcut.a.b.c y.b.c"), "A NS DS"),
        ("DS of a child alone is not there", "orphan.invalid2.", "DS SOA"),
        ("wildcards and what stops them", below("any.wa a.b.wa host.wa x.host.wa wa *.wa x.*.wa any.wb host.wb x.host.wb sub.host.wb"), USUAL),
        ("aliases by wildcards", below("x.wc *.wc x.y.wc x.wcother x.wcself y.wcself x.wcout x.wcnx wc"), "A CNAME MX ANY"),
        ("MX and HTTPS by wildcards", below("x.wmx *.wmx wmx"), "A MX ANY"),
        ("a DNAME at an asterisk is none for what the asterisk covers", below("x.wdn y.x.wdn *.wdn x.*.wdn *.*.wdn") + " x.wilddn.test. a.*.wilddn.test.", "A DNAME CNAME"),
        ("asterisks in the middle", below("a.*.mid x.*.mid a.x.mid x.mid *.mid b.*.entw b.x.entw x.entw *.entw a.b.ww x.*.ww *.*.ww ww x.x.q.wy a.x.*.wy under.*.wy under.q.wy *.wy *a.wz xa.wz"), "A TXT"),
        ("a wildcard at the apex", "wild.test. x.wild.test. *.wild.test. x.wild.test. y.x.wild.test. ent.x.wild.test. z.ent.x.wild.test. cut.wild.test. x.cut.wild.test. y.wild.test. z.y.wild.test. ns.wild.test.", "A MX TXT NS DS CNAME"),
        ("and one that is an alias of the apex", "x.wildc.test. a.b.wildc.test. *.wildc.test. ns.wildc.test. x.ns.wildc.test.", "A AAAA NS CNAME ANY"),
        ("empty non-terminals", below("ent2 ent.ent2 x.ent2 x.ent.ent2 _tcp x._tcp"), "A ANY DS CNAME"),
        ("aliases: out, to other zones, to a child, to its apex, to a cut, to nothing", below("cname cnameup CNAME cout coth cothn cchild cchilda cgap csib cnx cent cwild cwildc capex cdn ctld cunder cgrand cord"), "A CNAME DS NS SOA MX"),
        ("aliases in a ring", below("self loopa loopb"), "CNAME"),
        ("what may stand beside an alias is not sought behind it", below("cname coth cnx x.wc self l3"), "RRSIG"),
        ("a chain that all follow to its end", below("l16 l19"), "A"),
        ("a chain of 16", below("l4"), "A", CHAIN, "NXDOMAIN aa 16/1"),
        ("a chain of 19", below("l1"), "A", CHAIN, "NOERROR aa 16/0"),
        ("DNAMEs: beside other data, in, out, through, to nothing, to a cut, to a child, back up", below("dn x.dn www.dn cut.dn x.cut.dn a.b.dn dnin foo.dnin host.dnin dnnx x.dnnx dngap x.dngap dnchain www.dnchain dnchild www.dnchild dnout x.dnout www.dnup"), "A CNAME DNAME DS MX TXT"),
        ("a DNAME to the root", below("x.dnroot x.y.dnroot dnroot www.solo.dnroot") + " x.dnroot.test. dnroot.test.", "A CNAME DNAME"),
        ("a name that gets too long", below("x.dnlong " + "b" * 10 + ".dnlong a.b.c.dnlong dnlong"), "A CNAME"),
        ("a DNAME that leads into itself", below("x.dna dna"), "DNAME CNAME"),
        ("a DNAME at the apex", "dn.test. www.dn.test. nope.dn.test. x.cut.dn.test. *.dn.test.", "A MX DNAME CNAME NS SOA DS"),
        ("ANY by a DNAME into another zone", below("nope.dn"), "ANY RRSIG", OTHER_ZONES, "NXDOMAIN aa 2/1"),
        ("additional data across cuts, zones, wildcards, aliases", below("mx mxnull _s._tcp _n._tcp svc svcs svcr") + " mail.other.test. child.example.test. solo.", "MX SRV SVCB"),
        ("AliasMode leads to its records", below("htt"), "HTTPS", SVCB_MORE, "NOERROR aa 1/0"),
        ("for SVCB as well", below("svca"), "SVCB", SVCB_MORE, "NOERROR aa 1/0"),
        ("a HTTPS record by a wildcard", below("httw"), "HTTPS", SVCB_MORE, "NOERROR aa 1/0"),
        ("a HTTPS record that means its owner, an asterisk", below("*.wsvcb x.wsvcb"), "HTTPS", SVCB_MORE, "NOERROR aa 1/0"),
        ("a HTTPS record for glue", below("httgap"), "HTTPS", SVCB_MORE, "NOERROR aa 1/0"),
        ("HTTPS records out of the zone and in a ring", below("httout httloop"), "HTTPS", "Knot, BIND and NSD give other zones' addresses or not; a ring gives its next link", "NOERROR aa 1/0"),
        ("types that nobody knows, and metatypes", below("unk unk0 www cname nope x.noglue") + " example.test.", "TYPE65280 TYPE65281 TYPE65535 TYPE128 TYPE0 OPT TSIG MAILB MAILA NULL NSEC3 NSEC NSEC3PARAM SIG KEY DNSKEY CDS CDNSKEY CSYNC"),
        ("records of DNSSEC in a zone that is not signed", below("cds csync") + " keys.test. sub.keys.test. x.sub.keys.test.", "CDS CSYNC DNSKEY NSEC3PARAM DS RRSIG A"),
        ("octets that are no letters are not folded", below("\\091 { \\@ ` \\` \\000 a\\000 A\\000 a \\200\\201 \\224 \\192 a\\.b b.a b.A \\032 x\\\\z " + 63 * "M" + " " + 62 * "m") + " od\\091d.test. www.od{d.test. www.od\\091D.test. www.a\\.B.test. www.a.b.test. www.upper.test. CN.UPPER.TEST.", "A NS"),
        ("TTLs of 0 and 2^31-1, and of negative answers", "ns.zero.test. max.zero.test. nope.zero.test. nope.soattl.test. soattl.test. nope.other.test. www.other.test. x.ent.x.wild.test.", "A SOA AAAA"),
        ("a zone that is a top-level domain", "solo. www.solo. nope.solo. sub.solo. x.sub.solo. x.y.solo. .", "A NS DS SOA MX"),
        ("what is not ours", "test. . x.invalid9. com. exampl.test. xexample.test.", "A NS DS SOA CNAME ANY"),
        ("what is too much for UDP, and 64 KB over TCP", below("huge chuge big delbig x.delsib"), "TXT MX A"),
        ("additional data that fit only in part", below("mxbig"), "MX", "as much as fits, and no TC (RFC 2181 9), as Knot; NSD and BIND leave all out, PowerDNS says TC", "NOERROR aa 29/0"),
    ]),
    "root": (ROOT, (), [
        ("the root and what is in it", ". tld. cut. x.cut. ns.cut. nods. host. nope. a.nope. ent. b.ent. a.b.ent. x.b.ent. x.wild. *.wild. \\000. x.host.", USUAL),
        ("aliases in it", "c. ctld. ccut. cnx. croot. x.dn. dn. x.dnroot. dnroot. www.dntld. x.y.dntld.", "A CNAME NS"),
        ("additional data", "mx. .", "MX NS"),
        ("a top-level domain below, and its child", "tld. www.tld. nope.tld. sub.tld. www.sub.tld. x.www.sub.tld. ns.sub.tld. back.tld. a.tld.", USUAL),
    ]),
    "occluded": (OCCLUDED, (Nsd,), [
        ("below a cut", below("ns.cut dn.cut x.dn.cut in.cut x.in.cut c.cut cut tocut"), "A NS DS CNAME DNAME TXT"),
        ("a DNAME beside a cut", below("dncut x.dncut"), "A NS DS DNAME"),
        ("empty non-terminals below a cut", below("ent.cut2 only.ent.cut2 cut2"), "A NS DS"),
        ("below a DNAME", below("b.www.dn"), "TXT", BELOW_DNAME, "NXDOMAIN aa 2/1"),
        ("and again", below("www.dn"), "TXT", BELOW_DNAME, "NOERROR aa 2/1"),
        ("a cut below a DNAME", below("x.cut.dn"), "A", BELOW_DNAME, "NXDOMAIN aa 2/1"),
    ]),
    "stars": (STARS, (Bind,), [
        ("NS and DS at an asterisk", "x.stars.test. *.stars.test. x.y.stars.test. x.a.stars.test. *.a.stars.test. y.x.a.stars.test. c.a.stars.test. x.c.a.stars.test. x.b.stars.test. ns.b.stars.test. x.d.stars.test. x.e.stars.test. stars.test.", "A NS DS SOA TXT ANY"),
        ("DS at an apex whose parent is not ours", "orphan.invalid2.", "DS"),
    ]),
}


def brief(reply):
    """As `ours` has it."""
    flags = [flag for flag, on in (("aa", reply.aa), ("tc", reply.tc)) if on]
    return " ".join([reply.rcode, *flags, f"{len(reply.answer)}/{len(reply.authority)}"])


def side(who, reply):
    lines = [f"  {who}: {brief(reply)} {reply.flags}, {len(reply.wire)} octets"]
    for section in ("answer", "authority", "additional"):
        lines += [f"    {section}: {text[:150]}" for rrset in getattr(reply.message, section)[:4] for text in rrset.to_text().splitlines()]
    return "\n".join(lines)


def differences(field, row, name, kind, number):
    """Of one question; over TCP again when it was too much for UDP."""
    sentence, _, _, *excuse = row
    query = dns.message.make_query(dns.name.from_text(name), dns.rdatatype.from_text(kind), use_edns=0, payload=1232, id=number)
    query.flags = dns.flags.RD if number % 2 else 0
    for tcp in (False, True):
        replies = {who: reply and Reply(reply) for who, reply in ask_all(field.lines, query.to_wire(), tcp).items()}
        ours = replies.pop("locum")
        assert ours is not None, f"{sentence}: {name} {kind}"
        peers = {who: reply for who, reply in replies.items() if reply is not None}
        if excuse:
            found = [] if brief(ours) == excuse[1] else [("what it must say", excuse[1])]
        else:
            found = [(aspect, word) for aspect, word in differs(kind, ours, peers) if not (kind == "ANY" and aspect in ("answer", "additional"))]
        for aspect, word in found:
            yield "\n".join([f"{sentence}: {name} {kind}: {aspect}: {word}", side("locum", ours), *(side(*peer) for peer in peers.items())])
        if not ours.tc:
            return


@pytest.mark.parametrize("world", QUESTIONS)
def test_questions(guard, locumd, world):
    zones, without, rows = QUESTIONS[world]
    field = Field(guard, locumd, zones, world, without)
    try:
        asked = enumerate((row, name, kind) for row in rows for name in row[1].split() for kind in row[2].split())
        wrong = [what for number, (row, name, kind) in asked for what in differences(field, row, name, kind, number)]
    finally:
        field.close()
    assert not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong[:12])
