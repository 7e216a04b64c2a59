"""Zones full of what is allowed and hardly ever done, and what is asked of them.

A question: (sentence, names, types) or (sentence, names, types, why, ours).  Each name is asked for each type; locumd must say what
most of its peers say.  Where `why` says that locumd differs and is right, `ours` is what it must say: rcode, flags, and how many records
stand in answer and authority."""

HASH = "8 2 0102030405060708091011121314151617181920212223242526272829303132"
OWN = "@ NS ns\nns A 192.0.2.53\n"


def zone(*parts, soa="@ 300 IN SOA ns host 1 3600 600 86400 60"):
    return "\n".join(("$TTL 300", soa, *parts)) + "\n"


def many(count, line):
    """`line` with `#` as 1 to `count`."""
    return "\n".join(line.replace("#", str(i)) for i in range(1, count + 1))


LONG = ".".join([63 * "a"] * 3 + [59 * "a"])  # with a label in front it is too long

EXAMPLE = zone(f"""\
@ NS ns
@ NS ns.other.test.
@ NS ns.child
ns A 192.0.2.53
ns AAAA 2001:db8::53
@ MX 10 mail
@ TXT "apex"
mail A 192.0.2.25
www A 192.0.2.1
www A 192.0.2.2
WwW A 192.0.2.3
child NS ns.child
child NS ns.other.test.
child DS 1 {HASH}
ns.child A 192.0.2.61
gap NS ns.gap
gap NS ns
gap NS ns.sib
gap NS ns.far.invalid.
ns.gap A 192.0.2.62
ns.gap AAAA 2001:db8::62
ns.gap TXT "occluded"
*.gap A 192.0.2.63
deep.below.gap A 192.0.2.64
sib NS ns.sib
sib NS ns.gap
sib TXT "occluded, at the cut"
sib DS 2 {HASH}
ns.sib A 192.0.2.65
noglue NS ns.noglue
lame NS cname
lamewild NS foo.wa
bare NS bare
bare A 192.0.2.99
deepcut.a.b.c NS ns.deepcut.a.b.c
ns.deepcut.a.b.c A 192.0.2.67
*.wa A 192.0.2.70
*.wa TXT "wild"
host.wa A 192.0.2.71
sub.host.wb A 192.0.2.72
*.wb A 192.0.2.73
*.wc CNAME www
*.wcother CNAME mail.other.test.
*.wcself CNAME x.wcself
*.wcout CNAME www.invalid.
*.wcnx CNAME nothere
*.wmx MX 10 mail
*.wmx MX 20 any.wa
*.wmx MX 30 ns.gap
*.wdn DNAME other.test.
a.*.mid A 192.0.2.75
*.mid A 192.0.2.76
b.*.entw A 192.0.2.77
*.*.ww A 192.0.2.78
*.x.*.wy A 192.0.2.79
under.*.wy TXT "u"
*a.wz A 192.0.2.80
*.wsvcb HTTPS 1 . alpn=h2
*.wsvcb A 192.0.2.87
below.ent.ent2 A 192.0.2.84
cname CNAME www
cnameup CNAME WWW.Example.TEST.
self CNAME self
loopa CNAME loopb
loopb CNAME loopa
cout CNAME www.invalid.
coth CNAME www.other.test.
cothn CNAME nope.other.test.
cchild CNAME www.child
cchilda CNAME child
cgap CNAME www.gap
csib CNAME sib
cnx CNAME nope
cent CNAME ent2
cwild CNAME foo.wa
cwildc CNAME foo.wc
capex CNAME @
cdn CNAME foo.dn
ctld CNAME solo.
cunder CNAME foo.www
cgrand CNAME www.grand.child
cord CNAME ord.other.test.
dn DNAME other.test.
dn TXT "beside"
dn A 192.0.2.91
dnself DNAME x.dnself
dnin DNAME wa
dnnx DNAME nothere
dngap DNAME gap
dnchain DNAME dn
dnroot DNAME .
dnlong DNAME {LONG}.
dnup DNAME example.test.
dna DNAME dnb
dnb DNAME dna
dnchild DNAME child
dnout DNAME invalid.
mx MX 10 mail
mx MX 10 www
mx MX 20 cname
mx MX 30 any.wa
mx MX 40 ns.gap
mx MX 50 ns.child
mx MX 60 www.other.test.
mx MX 70 foo.dnin
mx MX 80 nope
mxnull MX 0 .
_s._tcp SRV 0 0 80 www
_s._tcp SRV 0 0 81 WWW
_s._tcp SRV 0 0 82 any.wa
_s._tcp SRV 0 0 83 cname
_n._tcp SRV 0 0 0 .
svc SVCB 1 www alpn=h2
svca SVCB 0 svc
svcs SVCB 1 . port=5
svcs A 192.0.2.93
svcr SVCB 0 .
htt HTTPS 0 htt2
htt2 HTTPS 1 . alpn=h2
htt2 HTTPS 2 www
htt2 A 192.0.2.94
httw HTTPS 1 any.wa alpn=h2
httgap HTTPS 1 ns.gap alpn=h2
httout HTTPS 1 www.other.test. alpn=h2
httloop HTTPS 0 httloop2
httloop2 HTTPS 0 httloop
txtempty TXT ""
unk TYPE65280 \\# 4 01020304
unk0 TYPE65281 \\# 0
cds CDS 1 {HASH}
csync CSYNC 5 3 A NS
\\091 A 192.0.3.1
\\@ A 192.0.3.3
\\` A 192.0.3.4
\\000 A 192.0.3.5
a\\000 A 192.0.3.6
a A 192.0.3.7
\\200\\201 A 192.0.3.8
\\224 A 192.0.3.9
\\192 A 192.0.3.10
a\\.b A 192.0.3.11
b.a A 192.0.3.12
\\032 A 192.0.3.13
x\\\\z A 192.0.3.14
{63 * "m"} A 192.0.3.17
mid TXT {" ".join(['"' + 200 * "t" + '"'] * 2)}""",
               "\n".join(f"l{i} CNAME l{i + 1}" for i in range(1, 20)),
               many(8, 'big TXT "' + 200 * "b" + '#"'),
               many(29, "mxbig MX # m#.mxb\nm#.mxb A 192.0.4.#\nm#.mxb AAAA 2001:db8::4:#"),
               many(13, "delbig NS n#.delbig\nn#.delbig A 192.0.5.#\nn#.delbig AAAA 2001:db8::5:#"),
               many(13, "delsib NS n#.delbig"),
               many(300, 'huge TXT "#' + 200 * "h" + '"'),
               "chuge CNAME huge")

CHILD = zone(OWN, f"""\
www A 192.0.2.101
@ TXT "child"
@ MX 10 www
@ MX 20 mail.example.test.
grand NS ns.grand
grand DS 4 {HASH}
ns.grand A 192.0.2.102
cup CNAME www.example.test.
cgrand CNAME grand""")

OTHER = zone("""\
@ NS ns
@ NS ns.example.test.
ns A 192.0.2.110
www A 192.0.2.111
mail MX 10 www
mail MX 20 www.example.test.
back CNAME www.example.test.
cut NS ns.cut
ns.cut A 192.0.2.113
dn2 DNAME example.test.
ord CNAME child.example.test.
foo A 192.0.2.114""", soa="@ 3600 IN SOA ns host 2 3600 600 86400 10")

MANY = {
    "example.test.": EXAMPLE,
    "child.example.test.": CHILD,
    "grand.child.example.test.": zone(OWN, "www A 192.0.2.103\n@ A 192.0.2.104"),
    "inner.gap.example.test.": zone(OWN, "www A 192.0.2.105\n@ A 192.0.2.106"),
    "other.test.": OTHER,
    "wild.test.": zone('@ NS ns\n* A 192.0.2.120\n* TXT "w"\n* MX 5 foo\nent.x A 192.0.2.121\ncut NS ns\nns.cut.y A 192.0.2.122',
                       soa="@ 10 IN SOA ns host 3 3600 600 86400 3600"),
    "wildc.test.": zone(OWN, "* CNAME @\n@ A 192.0.2.123"),
    "wilddn.test.": zone(OWN, "* DNAME other.test."),
    "dn.test.": zone("@ NS ns.other.test.\n@ DNAME other.test.\n@ A 192.0.2.124\n@ MX 10 www"),
    "dnroot.test.": zone("@ NS ns.other.test.\n@ DNAME ."),
    "solo.": zone(OWN, "@ A 192.0.2.125\n@ MX 5 @\nsub NS ns.sub\nns.sub A 192.0.2.126\nwww A 192.0.2.2"),
    "zero.test.": zone("@ NS ns\nns 0 A 192.0.2.127\nmax 2147483647 A 192.0.2.128", soa="@ 300 IN SOA ns host 0 3600 600 86400 0"),
    "soattl.test.": zone(OWN, soa="@ 0 IN SOA ns host 4294967295 3600 600 86400 60"),
    "keys.test.": zone(OWN, f"@ DNSKEY 257 3 8 AwEAAQ==\n@ NSEC3PARAM 1 0 0 -\nwww A 192.0.2.2\nsub NS ns\nsub DS 1 {HASH}"),
    "orphan.invalid2.": zone(OWN, "www A 192.0.2.129"),
    "od\\091d.test.": zone(OWN, "www A 192.0.2.130"),
    "a\\.b.test.": zone(OWN, "www A 192.0.2.131"),
    "UPPER.Test.": zone(OWN, "Www A 192.0.2.132\ncn CNAME wWw"),
}

ROOT = {
    ".": zone(f"""\
@ NS ns.root.
@ NS a.tld.
@ TXT "root"
ns.root. A 192.0.2.1
tld. NS a.tld.
tld. NS ns.root.
tld. DS 1 {HASH}
a.tld. A 192.0.2.2
cut. NS ns.cut.
ns.cut. A 192.0.2.3
nods. NS a.tld.
host. A 192.0.2.4
c. CNAME host.
ctld. CNAME www.tld.
ccut. CNAME www.cut.
cnx. CNAME nope.
croot. CNAME .
a.b.ent. A 192.0.2.5
*.wild. A 192.0.2.6
dn. DNAME host.
dnroot. DNAME .
dntld. DNAME tld.
mx. MX 10 a.tld.
mx. MX 20 host.
mx. MX 30 .
\\000. A 192.0.2.7""", soa="@ 300 IN SOA ns.root. host. 1 3600 600 86400 60"),
    "tld.": zone(f"@ NS a\na A 192.0.2.20\nwww A 192.0.2.21\nsub NS ns.sub\nns.sub A 192.0.2.22\nsub DS 1 {HASH}\nback CNAME host."),
    "sub.tld.": zone(OWN, "www A 192.0.2.23"),
}

OCCLUDED = {
    "example.test.": zone(OWN, f"""\
dn DNAME other.test.
www.dn A 192.0.2.1
b.www.dn TXT "x"
cut.dn NS ns
cut NS ns.cut
ns.cut A 192.0.2.3
dn.cut DNAME other.test.
in.cut NS ns
in.cut DS 1 {HASH}
c.cut CNAME ns
dncut DNAME other.test.
dncut NS ns
only.ent.cut2 A 192.0.2.5
cut2 NS ns
tocut CNAME c.cut"""),
    "other.test.": zone(OWN, "www A 192.0.2.10"),
}

STARS = {
    "stars.test.": zone(OWN, f"""\
*.a NS ns
*.a DS 3 {HASH}
c.a A 192.0.2.2
*.b NS ns.b
ns.b A 192.0.2.1
* NS ns
*.d NS ns.foo.d
*.e DS 3 {HASH}"""),
    "orphan.invalid2.": zone(OWN, f"@ DS 1 {HASH}\nwww A 192.0.2.1"),
}
