"""Packets that no client sends, to locumd, NSD, Knot, BIND and PowerDNS side by side: what each says in header and OPT.  locumd says what
most of them say, or the row has the reason why not, and what it says.  docs/CONFORMANCE.md has the reasons by RFC; what is said to what,
whatever others say, is in tests/system/test_packets.py."""
import select
import socket
import struct
import time

import pytest

from corners import MANY
from peers import PEERS, program
from sides import Field, majority

pytestmark = pytest.mark.skipif(any(program(peer.program) is None for peer in PEERS), reason="NSD, Knot, BIND and PowerDNS are not all installed")

HEADER = struct.Struct("!6H")
AA, TC, RD, RA, Z, AD, CD = 0x400, 0x200, 0x100, 0x80, 0x40, 0x20, 0x10
A, SOA, TXT, SIG, OPT, TSIG, IXFR, AXFR = 1, 6, 16, 24, 41, 250, 251, 252
IN, CH, HS, NONE = 1, 3, 4, 254
NOTIFY, UPDATE = 4 << 11, 5 << 11
AT = 16  # packets that are under way at once


def wire(name):
    return b"".join(bytes([len(label)]) + label for label in name.encode().split(b".") if label) + b"\0"


WWW, APEX, ALIEN, KEY = wire("www.example.test"), wire("example.test"), wire("x.invalid9"), wire("key")
QUESTION = WWW + b"\0\1\0\1"


def head(flags=0, qd=1, an=0, ns=0, ar=0):
    return HEADER.pack(0, flags, qd, an, ns, ar)


def q(name=WWW, kind=A, klass=IN):
    return name + struct.pack("!HH", kind, klass)


def rr(name, kind, klass, ttl, rdata):
    return name + struct.pack("!HHIH", kind, klass, ttl, len(rdata)) + rdata


def opt(rdata=b"", size=1232, version=0, flags=0, owner=b"\0"):
    return owner + struct.pack("!HHBBHH", OPT, size, 0, version, flags, len(rdata)) + rdata


def option(code, data=b"", length=None):
    return struct.pack("!HH", code, len(data) if length is None else length) + data


def ask(*options, name=WWW, kind=A, **more):
    """A question with these options."""
    return head(ar=1) + q(name, kind) + opt(b"".join(options), **more)


def tsig(algorithm=b"\x0bhmac-sha256\0", mac=b"abcd", klass=255, ttl=0, name=KEY, cut=0):
    rdata = algorithm + b"\0\0\0\0\0\1\1\x2c" + struct.pack("!H", len(mac)) + mac + struct.pack("!HHH", 0, 0, 0)
    return rr(name, TSIG, klass, ttl, rdata[:len(rdata) - cut])


ADDRESS = rr(WWW, A, IN, 0, b"\1\2\3\4")
SIG0 = rr(b"\0", SIG, 255, 0, b"\0\0\x08" + bytes(5) + b"\x7f" * 4 + bytes(4) + b"\0\1\1k\0" + b"s" * 20)

HEADERS = "a query has no records but in its additional section, and there two (CVE-2016-7068 and others): NSD says the same, others answer"
TRAILING = "RFC 1035 4.1: a message ends with its last record; Knot says the same, others answer"
COOKIE = "RFC 7873 5.2.2: FORMERR; BIND says the same, others do not look at cookies as they are set up"
SUBNET = "RFC 7871 7.1.2: FORMERR; BIND says the same, others do not look at the option"
LONE_COOKIE = "RFC 7873 5.4: a cookie without a question is answered; others do not know cookies as they are set up"
CHAOS = "who we are and our version are told only when configured (RFC 4892 4)"
GLUE = "RFC 9471 3.1: TC when addresses below the cut do not fit; NSD and BIND leave some out and say nothing", "NOERROR tc 1/0/13 edns"
BODY = "who may not update is told so, whatever is in the body; Knot and BIND read it first"
NOTIFIED = "REFUSED until zones are fetched from elsewhere; what others say comes from how each is set up"

ROWS = [("a question", head() + QUESTION)]
ROWS += [(f"opcode {code}, {what}", head(code << 11, ar=what == "with EDNS", qd=what != "header alone") + {"header alone": b"", "a question": QUESTION, "with EDNS": QUESTION + opt()}[what])
         for code in range(1, 16) if code not in (4, 5) for what in ("a question", "header alone", "with EDNS")]
ROWS += [(f"flags {flags:04x}, {what}", packet) for flags in (AA, TC, RD, RA, Z, AD, CD, 0x7B0, 1, 15) for what, packet in (
    ("answered", head(flags) + QUESTION), ("refused", head(flags) + q(ALIEN)), ("with EDNS and DO", head(flags, ar=1) + QUESTION + opt(flags=0x8000)))]
ROWS += [(f"flags {flags:04x}, two questions", head(flags, qd=2) + QUESTION * 2) for flags in (AA, TC, RA, Z, AD)]
ROWS += [(f"flags {flags:04x}, another EDNS", head(flags, ar=1) + QUESTION + opt(version=1)) for flags in (AA, TC, RD, RA, Z, AD)]
ROWS += [(f"flags {flags:04x} in the OPT", ask(flags=flags)) for flags in (1, 0x4000, 0x7FFF, 0x8001, 0xFFFF)]
ROWS += [(f"QDCOUNT {n}, {what}", head(qd=n) + octets) for n in (0, 2, 3, 65535) for what, octets in (("one question", QUESTION), ("two", QUESTION * 2), ("none", b""))]
ROWS += [
    ("a response", head(0x8000) + QUESTION),
    ("no question, but EDNS", head(qd=0, ar=1) + opt()),
    ("no question, but a cookie", head(qd=0, ar=1) + opt(option(10, b"12345678")), LONE_COOKIE, "NOERROR 0/0/0 edns"),
    ("no question, and a cookie of another server", head(qd=0, ar=1) + opt(option(10, b"1234567812345678")), LONE_COOKIE, "BADCOOKIE 0/0/0 edns"),
    ("a trailing octet", head() + QUESTION + b"x", TRAILING, "FORMERR 1/0/0"),
    ("an OPT that is not counted", head() + QUESTION + opt(), TRAILING, "FORMERR 1/0/0"),
    ("a trailing octet behind the OPT", ask() + b"x", TRAILING, "FORMERR 1/0/0 edns"),
    ("ANCOUNT 1 and nothing", head(an=1) + QUESTION), ("NSCOUNT 1 and nothing", head(ns=1) + QUESTION), ("ARCOUNT 1 and nothing", head(ar=1) + QUESTION),
    ("ANCOUNT 65535", head(an=65535) + QUESTION),
    ("an answer in a question", head(an=1) + QUESTION + ADDRESS, HEADERS, "FORMERR 0/0/0"),
    ("an authority in a question", head(ns=1) + QUESTION + ADDRESS, HEADERS, "FORMERR 1/0/0"),
    ("an additional record", head(ar=1) + QUESTION + ADDRESS),
    ("one with a pointer", head(ar=1) + QUESTION + rr(b"\xc0\x0c", A, IN, 0, b"\1\2\3\4")),
    ("one before the OPT", head(ar=2) + QUESTION + ADDRESS + opt()), ("one behind it", head(ar=2) + QUESTION + opt() + ADDRESS),
    ("three of them", head(ar=3) + QUESTION + ADDRESS * 3, HEADERS, "FORMERR 0/0/0"),
    ("IXFR without its SOA, over UDP", head() + q(APEX, IXFR)), ("IXFR of no zone", head() + q(WWW, IXFR)), ("IXFR of what is not ours", head() + q(ALIEN, IXFR)),
    ("AXFR over UDP", head() + q(APEX, AXFR)),
    ("two OPTs", head(ar=2) + QUESTION + opt() * 2), ("an OPT among the answers", head(an=1) + QUESTION + opt()), ("an OPT in authority", head(ns=1) + QUESTION + opt()),
    ("an OPT of a.", head(ar=1) + QUESTION + opt(owner=b"\1a\0")),
    ("an OPT whose owner is a pointer to a root", head(ar=1) + QUESTION + opt(owner=b"\xc0\x1d"), "RFC 6891 6.1.2: the octet MUST be 0; NSD says the same", "FORMERR 1/0/0"),
    ("an option past the end", ask(option(3, b"ab", 3))), ("an option of 3 octets", ask(b"\0\3\0")), ("an option of 1 octet", ask(b"\0")),
    ("options without data", ask(*map(option, (0, 1, 65535, 65001)))), ("300 options", ask(option(65001) * 300)),
    *((f"keepalive of {n} octets over UDP", ask(option(11, bytes(n)))) for n in (0, 1, 2, 3)),
    *((f"padding of {n}", ask(option(12, bytes(n)))) for n in (0, 100)), ("padding that is not zero", ask(option(12, b"x" * 9))),
    *((f"an option {code} out of place", ask(option(code, data))) for code, data in ((1, bytes(18)), (2, bytes(4)), (5, b"\x08"), (13, b"\0"), (14, b"\0"), (15, b"\0"), (18, b"\0"))),
    ("EXPIRE", ask(option(9), name=APEX, kind=SOA)), ("NSID with data", ask(option(3, b"abc"))), ("NSID twice", ask(option(3) * 2)),
    *((f"a cookie of {n} octets", ask(option(10, b"c" * n))) for n in (8, 16, 24, 40)),
    *((f"a cookie of {n} octets", ask(option(10, b"c" * n)), COOKIE, "FORMERR 1/0/0 edns") for n in (0, 1, 7, 9, 15, 41)),
    ("a client subnet", ask(option(8, b"\0\1\x18\0\1\2\3"))), ("one of nothing", ask(option(8, b"\0\1\0\0"))), ("one of no family", ask(option(8, bytes(4)))),
    *((f"a client subnet that is {what}", ask(option(8, data)), SUBNET, "FORMERR 1/0/0 edns") for what, data in (
        ("of 33 bits", b"\0\1\x21\0\1\2\3\4\5"), ("too long", b"\0\1\x18\0\1\2\3\4"), ("too short", b"\0\1\x18\0\1\2"), ("with a scope", b"\0\1\x18\x18\1\2\3"),
        ("not masked", b"\0\1\x14\0\1\2\xff"), ("cut", b"\0\1\x18"), ("empty", b""), ("of 129 bits", b"\0\2\x81\0" + bytes(17)), ("of a family nobody knows", b"\0\3\x08\0\1"))),
    *((f"EDNS version {n}", ask(version=n)) for n in (1, 2, 127, 255)), ("EDNS version 1 and an option past the end", ask(option(3, b"a", 9), version=1), "RFC 6891 6.1.3: what a version that is not ours has behind it is not read", "BADVERS 1/0/0 edns"),
    ("EDNS version 1 about what is not ours", ask(name=ALIEN, version=1)),
    ("TSIG by a key nobody knows", head(ar=1) + QUESTION + tsig()), ("and EDNS", head(ar=2) + QUESTION + opt() + tsig()), ("TSIG not last", head(ar=2) + QUESTION + tsig() + opt()),
    ("TSIG twice", head(ar=2) + QUESTION + tsig() * 2), ("TSIG of class IN", head(ar=1) + QUESTION + tsig(klass=IN)), ("TSIG of TTL 1", head(ar=1) + QUESTION + tsig(ttl=1)),
    ("TSIG by an algorithm nobody knows", head(ar=1) + QUESTION + tsig(algorithm=b"\3foo\0")), ("TSIG cut short", head(ar=1) + QUESTION + tsig(cut=3)),
    ("TSIG without a MAC", head(ar=1) + QUESTION + tsig(mac=b"")), ("TSIG by the root", head(ar=1) + QUESTION + tsig(name=b"\0")), ("TSIG by a pointer", head(ar=1) + QUESTION + tsig(name=b"\xc0\x0c")),
    ("TSIG about what is not ours", head(ar=1) + q(ALIEN) + tsig()), ("TSIG over another opcode", head(7 << 11, ar=1) + q(APEX, SOA) + tsig()),
    ("TSIG over a NOTIFY", head(NOTIFY, ar=1) + q(APEX, SOA) + tsig()), ("TSIG over an UPDATE", head(UPDATE, ar=1) + q(APEX, SOA) + tsig()),
    ("TSIG over an UPDATE with a body", head(UPDATE, ns=1, ar=1) + q(APEX, SOA) + ADDRESS + tsig()),
    ("SIG(0)", head(ar=1) + QUESTION + SIG0),
    ("SIG(0) of 2 octets", head(ar=1) + QUESTION + rr(b"\0", SIG, 255, 0, b"\0\0"), "nobody's signature is looked at, so nor is what is in it; PowerDNS says the same", "NOERROR aa 1/3/0"),
    ("a name that points to itself", head() + b"\xc0\x0c\0\1\0\1"), ("forward", head() + b"\xc0\x12\0\1\0\1" + WWW), ("past the end", head() + b"\xff\xff\0\1\0\1"), ("back at its own label", head() + b"\3www\xc0\x0c\0\1\0\1"),
    ("label type 0x40", head() + b"\x41a\0\0\1\0\1"), ("label type 0x80", head() + b"\x81a\0\0\1\0\1"), ("a bit label", head() + b"\x41\x08\xaa\0\0\1\0\1"),
    ("a name of 255 octets", head() + q((b"\x3f" + b"a" * 63) * 3 + b"\x30" + b"a" * 48 + APEX)), ("of 256", head() + q((b"\x3f" + b"a" * 63) * 3 + b"\x31" + b"a" * 49 + APEX)),
    ("127 labels", head() + q(b"\1a" * 127 + b"\0")), ("128 labels", head() + q(b"\1a" * 128 + b"\0")),
    ("no class", head() + WWW + b"\0\1"), ("no type", head() + WWW), ("half a class", head() + WWW + b"\0\1\0"), ("a name that does not end", head() + WWW[:-1]),
    ("in other letters", head() + q(b"\3wWw\7eXaMpLe\4TEst\0")), ("not there in other letters", head() + q(b"\3nXx\7eXaMpLe\4TEst\0")),
]
ROWS += [(f"class {klass}, {what}", head() + q(name, kind, klass)) for klass in (0, 2, HS, 5, NONE, 255, 256, 65535) for what, name, kind in (
    ("an address", WWW, A), ("a SOA", APEX, SOA), ("what is not there", wire("nx.example.test"), A), ("what is not ours", ALIEN, A))]
ROWS += [("class CH, an address", head() + q(WWW, A, CH)), ("class CH, nobody's", head() + q(wire("authors.bind"), TXT, CH)),
         *((f"class CH, {name}", head() + q(wire(name), TXT, CH), CHAOS, "REFUSED 1/0/0") for name in ("version.bind", "id.server", "hostname.bind", "version.server"))]
ROWS += [
    ("UPDATE of a zone that is not ours", head(UPDATE) + q(ALIEN, SOA)), ("UPDATE of what is no zone", head(UPDATE) + q(WWW, SOA)), ("UPDATE of what is no SOA", head(UPDATE) + q(APEX, A)),
    ("UPDATE", head(UPDATE) + q(APEX, SOA)), ("UPDATE with a body", head(UPDATE, ns=1) + q(APEX, SOA) + ADDRESS), ("UPDATE of two zones", head(UPDATE, qd=2) + q(APEX, SOA) * 2),
    ("UPDATE of none", head(UPDATE, qd=0)), ("UPDATE of class ANY", head(UPDATE) + q(APEX, SOA, 255)),
    ("UPDATE with rubbish", head(UPDATE, an=3) + q(APEX, SOA) + b"xxxx", BODY, "REFUSED 1/0/0"),
    ("NOTIFY", head(NOTIFY | AA) + q(APEX, SOA), NOTIFIED, "REFUSED 1/0/0"), ("NOTIFY for an address", head(NOTIFY | AA) + q(APEX, A), NOTIFIED, "REFUSED 1/0/0"),
    ("NOTIFY of what is no zone", head(NOTIFY | AA) + q(WWW, SOA)), ("NOTIFY of what is not ours", head(NOTIFY | AA) + q(ALIEN, SOA)), ("NOTIFY of nothing", head(NOTIFY | AA, qd=0)),
    ("NOTIFY of class CH", head(NOTIFY | AA) + q(APEX, SOA, CH)), ("NOTIFY, a response", head(NOTIFY | AA | 0x8000) + q(APEX, SOA)), ("NOTIFY in another EDNS", head(NOTIFY | AA, ar=1) + q(APEX, SOA) + opt(version=1)),
    ("DSO keepalive", head(6 << 11, qd=0) + b"\0\1\0\x08" + bytes(8)), ("IQUERY for an address", head(1 << 11, qd=0, an=1) + rr(b"\0", A, IN, 0, b"\1\2\3\4")),
]
ROWS += [(f"{what} for a client that takes {size}", ask(name=wire(name + ".example.test"), kind=kind, size=size))
         for size in (0, 1, 511, 512, 513, 1231, 1232, 1233, 65535) for what, name, kind in (("400 octets of text", "mid", TXT), ("2 KB of text", "big", TXT), ("glue beside the cut", "x.delsib", A))]
ROWS += [(f"a large referral for a client that takes {size}", ask(name=wire("x.delbig.example.test"), size=size), *glue)
         for size, glue in ((0, GLUE), (1, GLUE), (512, GLUE), (1231, ()), (65535, ()))]
ROWS += [(f"{what} without EDNS", head() + q(wire(name + ".example.test"), kind)) for what, name, kind in (("400 octets of text", "mid", TXT), ("2 KB of text", "big", TXT), ("a chain of 4", "l16", A), ("glue beside the cut", "x.delsib", A))]

SILENCE = "silence"
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN", 9: "NOTAUTH", 16: "BADVERS", 23: "BADCOOKIE"}


def brief(reply):
    """Rcode, flags, how many records stand in question, answer, authority, and whether there is an OPT: it is the last but a TSIG."""
    if reply is None:
        return SILENCE
    _, flags, qd, an, ns, ar = HEADER.unpack(reply[:12])
    at = reply.rfind(b"\0\0\x29", 12) if ar else -1
    rcode = flags & 15 | (reply[at + 5] << 4 if at >= 0 else 0)
    words = [name for name, bit in (("aa", AA), ("tc", TC), ("rd", RD), ("ra", RA), ("z", Z), ("ad", AD), ("cd", CD)) if flags & bit]
    return " ".join([RCODES.get(rcode, str(rcode)), *words, f"{qd}/{an}/{ns}", *(["edns"] if at >= 0 else [])])


def common(text):
    """What is compared: whether the question, and the OPT of a broken request, come back in an error is each one's own way."""
    words = text.split()
    if words[0] in ("FORMERR", "NOTIMP", "REFUSED", "NOTAUTH"):
        return [word for word in words if "/" not in word and (word != "edns" or words[0] != "FORMERR")]
    return words


def ask_udp(door, packets):
    """All of them, a few at once; by number, as far as they were answered."""
    replies = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(door)
        for first in range(0, len(packets), AT):
            for number, packet in list(enumerate(packets))[first:first + AT]:
                s.send(struct.pack("!H", number) + packet[2:])
            s.send(b"\xff\xff" + head()[2:] + QUESTION)  # the sentinel: servers with one thread answer in order
            ends = time.monotonic() + 2
            while time.monotonic() < ends and select.select([s], [], [], max(0, ends - time.monotonic()))[0]:
                reply = s.recv(65535)
                number = struct.unpack("!H", reply[:2])[0]
                if number == 0xFFFF:
                    ends = time.monotonic() + 0.02
                else:
                    replies[number] = reply
    return replies


def test_packets(guard, locumd):
    field = Field(guard, locumd, MANY, "packets")
    try:
        replies = {who: ask_udp(line.door, [packet for _, packet, *_ in ROWS]) for who, line in field.lines.items()}
    finally:
        field.close()
    wrong = []
    for number, (sentence, _, *excuse) in enumerate(ROWS):
        said = {who: brief(each.get(number)) for who, each in replies.items()}
        ours = said.pop("locum")
        if excuse:
            fits = ours == excuse[1]
        else:
            votes = [tuple(common(word)) for word in said.values() if word != SILENCE or ours == SILENCE]  # some drop what is malformed
            most = majority(votes) if votes else None
            fits = most is None or most[0] == tuple(common(ours))
        if not fits:
            wrong.append(f"{sentence}: locum says {ours}" + (f", and must say {excuse[1]}" if excuse else "") + f"; {said}")
    assert not wrong, f"{len(wrong)} differences\n" + "\n".join(wrong)


def read_all(s):
    """What comes until the other end closes, as messages."""
    data = b""
    try:
        while more := s.recv(65536):
            data += more
    except (ConnectionError, TimeoutError):
        pass
    messages = []
    while len(data) >= 2 and len(data) >= 2 + struct.unpack("!H", data[:2])[0]:
        size = struct.unpack("!H", data[:2])[0]
        messages.append(data[2:2 + size])
        data = data[2 + size:]
    return messages, data


def framed(number, packet=head() + QUESTION):
    message = struct.pack("!H", number) + packet[2:]
    return struct.pack("!H", len(message)) + message


# Sentence, segments, which questions must be answered.
STREAMS = [
    ("one question, and the client closes its side", [framed(1)], [1]),
    ("octet by octet", [bytes([octet]) for octet in framed(1)], [1]),
    ("twenty in one segment", [b"".join(map(framed, range(20)))], [*range(20)]),
    ("cut in the middle of each", [framed(1) + framed(2)[:9], framed(2)[9:] + framed(3)[:1], framed(3)[1:]], [1, 2, 3]),
    ("a broken one between good ones", [framed(1) + framed(2, ask(option(3, b"ab", 3))) + framed(3)], [1, 2, 3]),
    ("64 KB, and something small behind it", [framed(1, head() + q(wire("huge.example.test"), TXT)) + framed(2)], [1, 2]),
    ("what is shorter than a header ends the connection", [framed(1) + b"\0\5abcde" + framed(2)], [1]),
    ("and so does nothing", [framed(1) + b"\0\0" + framed(2)], [1]),
    ("a response does as well", [framed(1) + framed(2, head(0x8000) + QUESTION) + framed(3)], [1]),
    ("half a message, and the client closes its side", [framed(1) + framed(2)[:20]], [1]),
]


def test_streams(guard, locumd):
    """RFC 7766 6.2.1: whatever the segments, all are answered, in any order."""
    field = Field(guard, locumd, MANY, "streams")
    wrong = []
    try:
        for sentence, segments, wanted in STREAMS:
            said = {}
            for who, line in field.lines.items():
                with socket.create_connection(line.door, timeout=5) as s:
                    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    try:
                        for segment in segments:
                            s.sendall(segment)
                        s.shutdown(socket.SHUT_WR)
                    except OSError:
                        pass  # closed already, by its other end
                    messages, rest = read_all(s)
                said[who] = sorted(struct.unpack("!H", message[:2])[0] for message in messages), len(rest)
            ours = said.pop("locum")
            if ours != (wanted, 0) or majority(map(repr, said.values())) != (repr(ours),):
                wrong.append(f"{sentence}: {ours} for {wanted}; {said}")
    finally:
        field.close()
    assert not wrong, "\n".join(wrong)
