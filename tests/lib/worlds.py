"""Random zones that are served together, and random questions about them.  One seed, one world: the same octets each time."""
import random
import string

import dns.name

# One RDATA a type, in the text form where all of NSD, Knot, BIND and ldns read it, else as RFC 3597 has it.
# Not here: CNAME, DNAME, NS, SOA, which have rules of their own; RRSIG, NSEC, NSEC3, NSEC3PARAM, which would make the
# peers answer as for a signed zone; and what is never data (OPT, TSIG, TKEY, AXFR, ...).
NAMES_INSIDE = {"MX": "{n} {t}", "SRV": "{n} 1 5060 {t}", "PTR": "{t}", "AFSDB": "1 {t}", "RT": "{n} {t}", "KX": "{n} {t}",
                "RP": "{t} {t}", "MB": "{t}", "MG": "{t}", "MR": "{t}", "MINFO": "{t} {t}", "PX": "{n} {t} {t}", "NAPTR": '{n} 1 "s" "x" "" {t}',
                "SVCB": "{n1} {t} alpn=h2", "HTTPS": "{n1} . port={n1}", "LP": "{n} {t}"}
PLAIN = {"A": "192.0.2.{b}", "AAAA": "2001:db8::{b}", "TXT": '"{n} text" "with \\" and \\009"', "HINFO": '"c{n}" "os"', "WKS": "", "X25": "", "ISDN": "", "NSAP": "",
         "LOC": "51 30 12.748 N 0 7 39.612 W {n}.00m 0.00m 0.00m 0.00m",
         "CERT": "1 {n} 8 AQID", "APL": "1:192.0.2.{b}/32", "SSHFP": "1 1 {h20}", "DNSKEY": "256 3 8 AwEA{b64}", "DHCID": "AAIB{b64}",
         "TLSA": "3 1 1 {h32}", "SMIMEA": "3 1 1 {h32}", "CDS": "{n} 8 2 {h32}", "CDNSKEY": "256 3 8 AwEA{b64}", "OPENPGPKEY": "AQID{b64}",
         "CSYNC": "{n} 3 A NS AAAA", "SPF": '"v=spf1 {n}"', "NID": "{n} 0014:4fff:ff20:ee{b:02x}", "L32": "{n} 10.1.2.{b}",
         "L64": "{n} 2001:0db8:1140:10{b:02x}", "EUI48": "00-00-5e-00-53-{b:02x}", "EUI64": "00-00-5e-ef-10-00-00-{b:02x}",
         "URI": '{n} 1 "https://example/{n}"', "CAA": '0 issue "ca{n}.example"', "TYPE32769": "\\# 36 000{n}0802{h32}", "ZONEMD": "{n} 1 1 {h48}",
         "TYPE58": "\\# 6 016100016200", "IPSECKEY": "{n} 1 2 192.0.2.{b} AQID",
         "TYPE55": "\\# 11 0402000301020304aabb{b:02x}", "TYPE65280": "\\# 3 0102{b:02x}", "TYPE65534": "\\# 0", "TYPE1234": "\\# 4 {b:02x}0a0b0c", "TYPE57": "\\# 5 00000105{b:02x}",
         "TYPE261": "\\# 3 0261{b:02x}", "TYPE56": "\\# 3 0261{b:02x}", "TYPE258": "\\# 3 0261{b:02x}", "TYPE260": "\\# 6 0a01c00002{b:02x}"}
TYPES = {**NAMES_INSIDE, **PLAIN}
# What Knot or NSD do not read by name goes into the zones as RFC 3597 has it: octets, then names.
BY_NUMBER = {"MB": (7, 0, 1), "MG": (8, 0, 1), "MR": (9, 0, 1), "MINFO": (14, 0, 2), "RT": (21, 2, 1), "PX": (26, 2, 2),
             "X25": (19, "0733313130363132"), "ISDN": (20, "053135303836"), "NSAP": (22, "47000580"), "WKS": (11, "c0000201110000000040")}
# Those that PowerDNS reads in the text form that the others read, too.
COMMON = [kind for kind in TYPES if kind not in BY_NUMBER and kind not in ("TYPE55", "TYPE56", "TYPE57", "TYPE58", "APL", "NID", "L32", "L64", "LP", "TYPE261", "TYPE258", "TYPE260", "TYPE32769")]
ONCE = {"X25", "ISDN", "NSAP", "WKS", "TYPE65534", "TYPE58", "TYPE261"}  # one record at most
NOT_AT_APEX = {"CDS", "CDNSKEY", "DNSKEY", "ZONEMD"}  # BIND checks them against a zone that is signed
ASKED = [*TYPES, "A", "A", "A", "AAAA", "NS", "NS", "SOA", "CNAME", "DNAME", "DS", "DS", "MX", "SRV", "TXT", "ANY", "TYPE65535", "TYPE0", "TYPE127",
         "TYPE10", "TYPE3", "TYPE30", "TYPE40", "TYPE38"]
LABELS = ["a", "b", "c", "www", "mail", "ns", "_tcp", "x-y", "dot\\.dot", "sp\\032ace", "\\000", "\\255z", "\\@", "q\\\"q", "back\\\\s", "semi\\;", "0", "1" * 63]
TTLS = [0, 1, 60, 300, 3600, 86400, 604800, 2147483647]


class Zone:
    def __init__(self, apex, dice):
        self.apex, self.dice = apex, dice
        self.sets = {}  # (name, type) -> (ttl, [rdata])
        self.names = {}  # name -> what it is
        self.below_dname = set()

    def full(self, *labels):
        return ".".join([*labels, self.apex]) if self.apex != "." else ".".join(labels) + "."

    def add(self, name, kind, rdata, ttl=None):
        if (name, kind) not in self.sets:
            self.sets[name, kind] = (self.dice.choice(TTLS) if ttl is None else ttl, [])
        if rdata not in self.sets[name, kind][1]:
            self.sets[name, kind][1].append(rdata)

    def text(self):
        lines = []
        for (name, kind), (ttl, data) in self.sets.items():
            lines += [f"{name} {ttl} IN {kind} {rdata}" for rdata in data]
        first = [line for line in lines if " IN SOA " in line]
        rest = [line for line in lines if " IN SOA " not in line]
        self.dice.shuffle(rest)
        return "\n".join(first + rest) + "\n"


class World:
    """zones: apex to text.  ask(): a question."""

    def __init__(self, seed, families=6, dname_children=False, types=tuple(TYPES)):
        self.seed, self.dice = seed, random.Random(seed)
        self.types = types
        self.dname_children = dname_children
        self.all = []
        self.root = self.dice.random() < 0.25
        apexes = []
        for i in range(families):
            parent = self.dice.choice([f"p{i}.test.", f"deep.er.p{i}.test.", f"p{i}."])
            apexes += [parent, f"kid.{parent}", f"o{i}.example."]
            if self.dice.random() < 0.3:
                apexes.append(f"grand.x.kid.{parent}")
        if self.root:
            apexes.append(".")
        self.all = [Zone(apex, self.dice) for apex in apexes]
        for zone in self.all:
            self.plan(zone)
        for zone in self.all:
            self.fill(zone)
        self.zones = {zone.apex: zone.text() for zone in self.all}
        self.names = [(zone, name) for zone in self.all for name in zone.names]

    # ---- zones ----

    def plan(self, zone):
        """Which names there are and what each is."""
        dice = self.dice
        zone.names[zone.apex] = "dname-apex" if dice.random() < 0.12 and zone.apex != "." and self.may_redirect(zone.apex) else "apex"
        if zone.names[zone.apex] == "dname-apex" and not self.dname_children:
            return
        if not self.is_redirected("ns." + zone.apex):
            zone.names["ns." if zone.apex == "." else f"ns.{zone.apex}"] = "plain"
        for other in self.all:  # a child that is served, delegated or forgotten
            if other is not zone and (zone.apex == "." or other.apex.endswith("." + zone.apex)) and dice.random() < 0.8:
                zone.names[other.apex] = "cut"
        for _ in range(dice.randint(5, 40)):
            above = dice.choice(list(zone.names))
            labels = [dice.choice(LABELS) for _ in range(1 if dice.random() < 0.75 else dice.randint(2, 3))]  # two: an empty non-terminal
            if dice.random() < 0.25:
                labels[0] = "*"
            if dice.random() < 0.04:
                labels.insert(1, "*")
            name = ".".join(labels) + ("." if above == "." else "." + above)
            if name in zone.names or len(name) > 220 or any(len(n) > 220 for n in (name,)):
                continue
            kind = dice.choices(["plain", "cname", "cut", "dname"], [50, 25, 12, 6])[0]
            if labels[0] == "*" and kind in ("cut", "dname"):
                kind = "plain"  # RFC 4592 4.2, 4.4: not defined
            if self.is_redirected(name):
                continue
            if kind == "dname" and not self.may_redirect(name):
                kind = "plain"
            zone.names[name] = kind

    # NSD takes no zone with data below a DNAME, be that of another zone that it serves.

    def may_redirect(self, name):
        return self.dname_children or not any(self.under(n, name) for zone in self.all for n in (zone.apex, *zone.names))

    def is_redirected(self, name):
        return not self.dname_children and any(self.under(name, n) for zone in self.all for n, kind in zone.names.items() if kind.startswith("dname"))

    @staticmethod
    def under(name, above):
        return name != above and (above == "." or name.endswith("." + above))

    def target(self, zone):
        """A name to point to: there, not there, below a wildcard, in another zone, nowhere."""
        dice = self.dice
        where = dice.random()
        if where < 0.06:
            return dice.choice(["elsewhere.invalid.", "a.b.elsewhere.invalid.", "."])
        home = zone if where < 0.65 else dice.choice(self.all)
        name = dice.choice(list(home.names))
        if name.startswith("*."):
            name = (dice.choice(["a", "zz", "b.zz"]) + name[1:]) if dice.random() < 0.9 else name
        elif dice.random() < 0.15:
            name = f"{dice.choice(['zz', 'ns', 'a.b'])}.{name}" if name != "." else "zz."
        return name

    def host(self, zone):
        name = self.target(zone)
        return "elsewhere.invalid." if name == "." else name

    def server(self, zone):
        """One of the zone's own servers: BIND wants an address for those inside."""
        dice = self.dice
        inside = "ns." if zone.apex == "." else f"ns.{zone.apex}"
        if zone.names.get(inside) == "plain" and zone.names[zone.apex] == "apex" and (zone.apex == "." or dice.random() < 0.6):
            zone.add(inside, "A", self.rdata(zone, "A"))
            return inside
        outside = [host for host in (self.host(dice.choice(self.all)) for _ in range(20)) if host != zone.apex and not self.under(host, zone.apex)]
        return outside[0] if outside else "ns.elsewhere.invalid."

    def rdata(self, zone, kind):
        dice = self.dice
        n = dice.randint(0, 9)
        host = self.host(zone)
        while kind in ("SVCB", "HTTPS") and host.startswith("\\@."):  # locum wants those by number: ldns misreads them
            host = self.host(zone)
        return TYPES[kind].format(n=n, n1=n + 1, b=dice.randint(1, 99), t=host,
                                  h20="".join(dice.choice("0123456789abcdef") for _ in range(40)), h32="ab" * 31 + f"{n:02x}",
                                  h48="cd" * 47 + f"{n:02x}", b64="".join(dice.choice(string.ascii_letters) for _ in range(40)))

    def put(self, zone, name, kind):
        if (kind in ONCE and (name, kind) in zone.sets) or (kind in NOT_AT_APEX and name == zone.apex):
            return
        if kind not in BY_NUMBER:
            zone.add(name, kind, self.rdata(zone, kind))
            return
        number, fixed, *names = BY_NUMBER[kind]
        if kind in ONCE and (name, f"TYPE{number}") in zone.sets:
            return
        octets = fixed if isinstance(fixed, str) else "0007"[:2 * fixed] + "".join(dns.name.from_text(self.host(zone)).to_wire().hex() for _ in range(*names))
        zone.add(name, f"TYPE{number}", f"\\# {len(octets) // 2} {octets}")

    def data(self, zone, name, most=3):
        dice = self.dice
        for _ in range(dice.randint(1, most)):
            kind = dice.choice(["A", "A", "AAAA", "MX", "SRV", "TXT", *self.types])
            count = dice.choice([1, 1, 1, 2, 3])
            if dice.random() < 0.04:
                count = 60 if kind in ("A", "AAAA", "MX", "SRV") else 1
            for i in range(1 if kind in ONCE else count):
                if count < 10 or kind not in ("A", "AAAA"):
                    self.put(zone, name, kind)
                else:
                    zone.add(name, kind, TYPES[kind].format(b=i + 1))
        if dice.random() < 0.05:
            for i in range(dice.choice([8, 12, 20, 60])):
                zone.add(name, "TXT", f'"{i} {"x" * dice.randint(40, 60)}"')

    def fill(self, zone):
        dice = self.dice
        zone.add(zone.apex, "SOA", f"ns.{zone.apex if zone.apex != '.' else ''} host.example. {dice.randint(1, 1 << 31)} 7200 3600 1209600 {dice.choice(TTLS)}")
        for i in range(dice.randint(1, 3)):
            zone.add(zone.apex, "NS", self.server(zone))
        for name, kind in list(zone.names.items()):
            if kind == "apex":
                self.data(zone, name)
            elif kind == "dname-apex":
                zone.add(name, "DNAME", self.target(zone))
            elif kind == "plain":
                self.data(zone, name)
            elif kind == "cname":
                zone.add(name, "CNAME", self.target(zone))
            elif kind == "dname":
                zone.add(name, "DNAME", self.target(zone))
                if dice.random() < 0.4:
                    zone.add(name, "A", self.rdata(zone, "A"))
            elif kind == "cut":
                self.cut(zone, name)

    def cut(self, zone, name):
        dice = self.dice
        cuts = [n for n, k in zone.names.items() if k == "cut"]
        for i in range(dice.choice([1, 1, 2, 3, 13])):
            where = dice.random()
            if where < 0.5:
                host = f"ns{i}.{name}" if dice.random() < 0.7 else name
            elif where < 0.65:
                host = f"ns{i}.{dice.choice(cuts)}"
            else:
                host = self.host(zone)
            zone.add(name, "NS", host)
            inside = self.under(host, zone.apex) and not self.is_redirected(host)
            if inside and (self.under(host, name) or host == name or any(self.under(host, c) for c in cuts)) and zone.names.get(host) in (None, "cut") \
                    and dice.random() < 0.85:
                for _ in range(dice.randint(1, 2)):
                    zone.add(host, "A", self.rdata(zone, "A"))
                if dice.random() < 0.5:
                    zone.add(host, "AAAA", self.rdata(zone, "AAAA"))
        if dice.random() < 0.4:
            zone.add(name, "DS", f"{dice.randint(1, 65535)} 8 2 {'ab' * 32}")
        if dice.random() < 0.2:
            zone.add(name, "TXT", '"hidden"')

    # ---- questions ----

    def ask(self):
        """(name, type, options): what to ask."""
        dice = self.dice
        zone, name = dice.choice(self.names)
        where = dice.random()
        extra = dice.choice(["a", "zz", "*", "b", "ns", "ns0", "zz.zz", "a.ns1", "\\000", "www.b", "*.zz", "a.*"])
        if name.startswith("*.") and where < 0.6:
            name = extra + name[1:] if len(name) > 2 else extra + "."
        elif where < 0.3:
            name = f"{extra}.{name}" if name != "." else f"{extra}."
        elif where < 0.4 and name != ".":
            name = name.split(".", 1)[1] or "."  # may cut within an escape: another name, and a good one
        elif where < 0.45 and name != ".":
            name = f"{extra}." + (name.split(".", 1)[1])
        elif where < 0.47:
            name = dice.choice([".", "test.", "elsewhere.invalid.", "example."])
        if name.startswith("."):
            name = "."
        if dice.random() < 0.2:
            name = "".join(dice.choice([c.upper(), c.lower()]) for c in name)
        kind = dice.choice([k for n, k in zone.sets if n == name] or ASKED) if dice.random() < 0.4 else dice.choice(ASKED)
        size = dice.choice([None, None, 0, 512, 600, 1220, 1232, 4096, 65535])
        return name, kind, {"size": size, "do": size is not None and dice.random() < 0.3, "tcp": dice.random() < 0.2, "rd": dice.random() < 0.2,
                            "cd": dice.random() < 0.1, "ad": dice.random() < 0.1}
