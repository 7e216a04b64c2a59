"""locumd and its peers side by side: one world of zones, one question, all their responses made comparable, and what most say."""
import collections
import json
import re
import socket
import struct

import dns.flags
import dns.message
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.nsbase

from daemon import DNS_PORT
from peers import PEERS

BROKEN = re.compile(r".* read with \d+ errors|.*not loaded due to errors|.*(failed to load|zone cannot be|failed to parse).*")
A, AAAA, NS, CNAME, SOA, DS, ANY, DNAME = 1, 28, 2, 5, 6, 43, 255, 39
POINTING = {NS, 15, 33, 64, 65}


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


class Field:
    """locumd and the peers, serving `zones` (apex to text); `what` names the world in a complaint."""

    def __init__(self, guard, locumd, zones, what, without=()):
        files = guard.directory / re.sub(r"\W+", "_", what)
        files.mkdir(exist_ok=True)
        paths = {}
        for i, (apex, text) in enumerate(zones.items()):
            paths[apex] = files / f"{i}.zone"
            paths[apex].write_text(text)
        self.locumd, self.what = locumd, what
        locumd.write_text(json.dumps({"version": 1, "server": locumd.server(limits={"records-per-type": 1000}), "zones": {a: {"file": str(f)} for a, f in paths.items()}}))
        self.peers = [peer(guard, paths) for peer in PEERS if peer not in without]
        for peer in self.peers:
            peer.start()
        locumd.start(60)
        self.lines = {"locum": Line(locumd.address), **{p.name: Line(p.address, p.port) for p in self.peers}}
        for peer in self.peers:
            for zone in zones:
                self.wait(peer, zone)

    def wait(self, peer, zone):
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
            assert not (bad := BROKEN.search(peer.log())), f"{self.what}: {peer.name}: {bad[0]}\n{peer.log()[-3000:]}"
            line.udp.settimeout(5)
            return reply is not None and reply[3] & 15 == 0 and reply[2] & 4

        try:
            peer.wait(there, 20)
        except TimeoutError as why:
            raise AssertionError(f"{peer.name} does not serve {zone}\n{peer.log()[:2000]}\n...\n{peer.log()[-2000:]}") from why

    def close(self):
        for line in self.lines.values():
            line.close()
        for peer in self.peers:
            peer.stop()
        assert self.locumd.stop() == 0
