#include "base/bytes.h"
#include "tests/unit/answer_rows.h"

static void names_and_types(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"an address", "web.example. A", "NOERROR aa\nan web.example. 600 A 192.0.2.3\n"},
		{"the question's case is kept in owners", "wEb.eXample. A",
			"NOERROR aa\nan wEb.eXample. 600 A 192.0.2.3\n"},
		{"another type of a name that is there", "web.example. AAAA",
			"NOERROR aa\n" NO_EXAMPLE},
		{"a type that nobody knows", "web.example. TYPE65535", "NOERROR aa\n" NO_EXAMPLE},
		{"a record of a type that nobody knows", "odd.example. TYPE65280",
			"NOERROR aa\nan odd.example. 300 TYPE65280 \\# 3 010203\n"},
		{"an empty non-terminal", "b.c.example. TXT", "NOERROR aa\n" NO_EXAMPLE},
		{"no such name", "x.example. A", "NXDOMAIN aa\n" NO_EXAMPLE},
		{"no such name below one that is", "x.web.example. A", "NXDOMAIN aa\n" NO_EXAMPLE},
		{"no such name below an empty non-terminal", "x.c.example. A",
			"NXDOMAIN aa\n" NO_EXAMPLE},
		{"not our zone", "www.elsewhere. A", "REFUSED\n"},
		{"a suffix of a label is no zone", "xexample. A", "REFUSED\n"},
		{"the root is not ours", ". NS", "REFUSED\n"},
		{"the SOA", "example. SOA",
			"NOERROR aa\n"
			"an example. 300 SOA ns1.example. host.example. 1 3600 600 86400 60\n"},
		{"addresses of name servers as far as they are ours", "example. NS",
			"NOERROR aa\nan example. 300 NS ns.elsewhere.\n"
			"an example. 300 NS ns1.example.\n"
			"ad ns1.example. 300 A 192.0.2.1\nad ns1.example. 300 AAAA 2001:db8::1\n"},
		{"addresses of mail exchangers", "example. MX",
			"NOERROR aa\nan example. 300 MX 10 mail.example.\n"
			"an example. 300 MX 20 mail.elsewhere.\nad mail.example. 300 A "
			"192.0.2.2\n"},
		{"one host behind two services is added once", "_s._tcp.example. SRV",
			"NOERROR aa\nan _s._tcp.example. 300 SRV 0 0 80 web.example.\n"
			"an _s._tcp.example. 300 SRV 1 0 81 web.example.\n"
			"an _s._tcp.example. 300 SRV 2 0 80 nothere.example.\n"
			"ad web.example. 600 A 192.0.2.3\n"},
		{"a service that is not there", "_x._tcp.example. SRV",
			"NOERROR aa\nan _x._tcp.example. 300 SRV 0 0 80 .\n"},
		{"addresses in another of our zones nobody would believe", "mx.other. MX",
			"NOERROR aa\nan mx.other. 300 MX 5 mail.example.\n"},
		{"addresses of a service's host (RFC 9460 4.1)", "svc.example. HTTPS",
			"NOERROR aa\nan svc.example. 300 HTTPS 1 web.example. alpn=h2\n"
			"ad web.example. 600 A 192.0.2.3\n"},
		{"or of the owner itself", "self.example. SVCB",
			"NOERROR aa\nan self.example. 300 SVCB 1 . port=8443\n"
			"ad self.example. 300 A 192.0.2.8\n"},
		{"and of an owner that a wildcard makes", "x.selves.example. SVCB",
			"NOERROR aa\nan x.selves.example. 300 SVCB 1 . port=8443\n"
			"ad x.selves.example. 300 A 192.0.2.9\n"},
		{"an alias brings the service, too", "alias.example. HTTPS",
			"NOERROR aa\nan alias.example. 300 HTTPS 0 svc.example.\n"
			"ad svc.example. 300 HTTPS 1 web.example. alpn=h2\n"},
		{"each of two aliases its own", "pair.example. HTTPS",
			"NOERROR aa\nan pair.example. 300 HTTPS 0 a.svc.example.\n"
			"an pair.example. 300 HTTPS 0 b.svc.example.\n"
			"ad a.svc.example. 300 HTTPS 1 web.example.\n"
			"ad b.svc.example. 300 HTTPS 1 mail.example.\n"
			"ad b.svc.example. 300 A 192.0.2.12\n"},
		{"no such service", "none.example. HTTPS",
			"NOERROR aa\nan none.example. 300 HTTPS 0 .\n"},
		{"ANY gets one RRset", "ns1.example. ANY",
			"NOERROR aa\nan ns1.example. 300 A 192.0.2.1\n"},
		{"and a small one", "many.example. ANY",
			"NOERROR aa\nan many.example. 300 TXT \"x\"\n"},
		{"ANY of a CNAME is the CNAME", "www.example. ANY",
			"NOERROR aa\nan www.example. 300 CNAME web.example.\n"},
		{"ANY of a name that is not there", "x.example. ANY", "NXDOMAIN aa\n" NO_EXAMPLE},
		{"a PTR", "ptr.example. PTR", "NOERROR aa\nan ptr.example. 300 PTR www.example.\n"},
		{"transfers are not for everyone", "example. AXFR", "REFUSED\n"},
		{"nor in part", "example. IXFR", "REFUSED\n"},
		{"nor of what is no zone", "web.example. AXFR", "NOTAUTH\n"},
		{"or none of ours", "elsewhere. IXFR", "NOTAUTH\n"},
		{"DS of a zone whose parent is not ours", "example. DS", "NOERROR aa\n" NO_EXAMPLE},
	};
	check_rows((const char *const[]){example, other, NULL}, rows, COUNT_OF(rows));
}

static void chains(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"what may stand beside a CNAME is not sought behind it", "www.example. RRSIG",
			"NOERROR aa\n" NO_EXAMPLE},
		{"a CNAME is followed", "www.example. A",
			"NOERROR aa\nan www.example. 300 CNAME web.example.\n"
			"an web.example. 600 A 192.0.2.3\n"},
		{"but not when it was asked for", "www.example. CNAME",
			"NOERROR aa\nan www.example. 300 CNAME web.example.\n"},
		{"out of our zones it ends", "out.example. A",
			"NOERROR aa\nan out.example. 300 CNAME www.elsewhere.\n"},
		{"NXDOMAIN is of the last name (RFC 6604)", "gone.example. A",
			"NXDOMAIN aa\nan gone.example. 300 CNAME nothere.example.\n" NO_EXAMPLE},
		{"NODATA at the end", "nodata.example. AAAA",
			"NOERROR aa\nan nodata.example. 300 CNAME mail.example.\n" NO_EXAMPLE},
		{"through another zone and back", "far.example. A",
			"NOERROR aa\nan far.example. 300 CNAME near.other.\n"
			"an near.other. 300 CNAME web.example.\nan web.example. 600 A 192.0.2.3\n"},
		{"the SOA is of the zone where it ends", "far.example. AAAA",
			"NOERROR aa\nan far.example. 300 CNAME near.other.\n"
			"an near.other. 300 CNAME web.example.\n" NO_EXAMPLE},
		{"the longest zone answers, across a cut", "hosted.example. A",
			"NOERROR aa\nan hosted.example. 300 CNAME www.sub.example.\n"
			"an www.sub.example. 300 A 192.0.2.9\n"},
		{"a loop of one", "self.loop. A",
			"NOERROR aa\nan self.loop. 300 CNAME self.loop.\n"},
		{"a loop of two", "a.loop. A",
			"NOERROR aa\nan a.loop. 300 CNAME b.loop.\nan b.loop. 300 CNAME a.loop.\n"},
		{"a wildcard that leads to itself", "x.wild.loop. A",
			"NOERROR aa\nan x.wild.loop. 300 CNAME y.wild.loop.\n"
			"an y.wild.loop. 300 CNAME y.wild.loop.\n"},
	};
	static const char sub[] = "sub.example.\n" SOA "@ NS ns1\nwww A 192.0.2.9\n";
	static const char loop[] = "loop.\n" SOA "@ NS ns1\nself CNAME self\na CNAME b\n"
				   "b CNAME a\n*.wild CNAME y.wild\n";
	check_rows((const char *const[]){example, other, sub, loop, NULL}, rows, COUNT_OF(rows));
}

/* c0 leads to c1, ... the last has an address. */
static struct view *long_chain(unsigned hops)
{
	char zone[8192];
	size_t used = (size_t)snprintf(zone, sizeof zone, "chain.\n" SOA "@ NS ns1\n");
	for (unsigned i = 0; i < hops; i++)
		used += (size_t)snprintf(
			zone + used, sizeof zone - used, "c%u CNAME c%u\n", i, i + 1);
	(void)snprintf(zone + used, sizeof zone - used, "c%u A 192.0.2.1\n", hops);
	return ask_view((const char *const[]){zone, NULL});
}

static void chains_are_bounded(void **state)
{
	(void)state;
	static const struct {
		unsigned hops;
		size_t records;
	} rows[] = {{1, 2}, {15, 16}, {16, 17}, {17, 16}, {100, 16}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct view *const view = long_chain(rows[i].hops);
		free(ask_sized(view, "c0.chain. A", 0, 0, TRANSPORT_TCP, 0));
		assert_int_equal(response.rcode, RCODE_NOERROR);
		assert_int_equal(response.n, rows[i].records);
		view_unref(view);
	}
}

/* RFC 4592 2.2.1: the zone and every question of it. */
static void wildcards(void **state)
{
	(void)state;
	static const char zone[] =
		"example.\n" SOA "@ NS ns.example.com.\n@ NS ns.example.net.\n"
		"* TXT \"this is a wildcard\"\n* MX 10 host1\nsub.* TXT \"this is not a "
		"wildcard\"\n"
		"host1 A 192.0.2.1\n_ssh._tcp.host1 SRV 0 0 22 host1\n"
		"_ssh._tcp.host2 SRV 0 0 22 host1\nsubdel NS ns.example.com.\n"
		"subdel NS ns.example.net.\n"
		"alias.w CNAME host1\n*.w CNAME host1\n*.addr A 192.0.2.7\nmx MX 1 any.addr\n"
		"x.*.ent TXT \"below an asterisk that has nothing\"\n";
	static const struct row rows[] = {
		{"synthesised", "host3.example. MX",
			"NOERROR aa\nan host3.example. 300 MX 10 host1.example.\n"
			"ad host1.example. 300 A 192.0.2.1\n"},
		{"synthesised, but no such type", "host3.example. A", "NOERROR aa\n" NO_EXAMPLE},
		{"synthesised below a name that is not there", "foo.bar.example. TXT",
			"NOERROR aa\nan foo.bar.example. 300 TXT \"this is a wildcard\"\n"},
		{"the name is there", "host1.example. MX", "NOERROR aa\n" NO_EXAMPLE},
		{"the asterisk itself is there", "sub.*.example. MX", "NOERROR aa\n" NO_EXAMPLE},
		{"an empty non-terminal is there", "_telnet._tcp.host1.example. SRV",
			"NXDOMAIN aa\n" NO_EXAMPLE},
		{"a cut", "host.subdel.example. A",
			"NOERROR\nau subdel.example. 300 NS ns.example.com.\n"
			"au subdel.example. 300 NS ns.example.net.\n"},
		{"the closest encloser is the asterisk", "ghost.*.example. MX",
			"NXDOMAIN aa\n" NO_EXAMPLE},
		{"the asterisk asked for by name", "*.example. TXT",
			"NOERROR aa\nan *.example. 300 TXT \"this is a wildcard\"\n"},
		{"a wildcard CNAME is followed", "any.w.example. A",
			"NOERROR aa\nan any.w.example. 300 CNAME host1.example.\n"
			"an host1.example. 300 A 192.0.2.1\n"},
		{"additional addresses from a wildcard", "mx.example. MX",
			"NOERROR aa\nan mx.example. 300 MX 1 any.addr.example.\n"
			"ad any.addr.example. 300 A 192.0.2.7\n"},
		{"an asterisk that is an empty non-terminal has no data", "q.ent.example. TXT",
			"NOERROR aa\n" NO_EXAMPLE},
	};
	check_rows((const char *const[]){zone, NULL}, rows, COUNT_OF(rows));
}

static void delegations(void **state)
{
	(void)state;
	static const char zone[] =
		"example.\n" SOA "@ NS ns1\nns1 A 192.0.2.1\n"
		"sub NS ns.longest.sub\nsub NS ns.beside\nsub NS ns1\nsub NS ns.elsewhere.\n"
		"ns.longest.sub A 192.0.2.10\nns.longest.sub AAAA 2001:db8::10\nns.beside A "
		"192.0.2.11\n"
		"beside NS ns.beside\nhidden.sub TXT \"occluded\"\n"
		"sub DS 1 8 2 0102030405060708091011121314151617181920212223242526272829303132\n"
		"plain NS ns1\nchain CNAME www.sub\n"
		"ours NS ns.ours\nns.ours A 192.0.2.20\n";
	static const char ours[] = "ours.example.\n" SOA "@ NS ns\nns A 192.0.2.21\n";
#define TO_SUB                                                                                     \
	"au sub.example. 300 NS ns.beside.example.\nau sub.example. 300 NS "                       \
	"ns.longest.sub.example.\n"                                                                \
	"au sub.example. 300 NS ns.elsewhere.\nau sub.example. 300 NS ns1.example.\n"              \
	"ad ns.longest.sub.example. 300 A 192.0.2.10\nad ns.longest.sub.example. 300 AAAA "        \
	"2001:db8::10\n"                                                                           \
	"ad ns.beside.example. 300 A 192.0.2.11\nad ns1.example. 300 A 192.0.2.1\n"
	static const struct row rows[] = {
		{"below a cut, glue below it first", "www.sub.example. A", "NOERROR\n" TO_SUB},
		{"at a cut", "sub.example. A", "NOERROR\n" TO_SUB},
		{"NS at a cut is a referral, too", "sub.example. NS", "NOERROR\n" TO_SUB},
		{"glue is no answer", "ns.longest.sub.example. A", "NOERROR\n" TO_SUB},
		{"what is occluded is not seen", "hidden.sub.example. TXT", "NOERROR\n" TO_SUB},
		{"DS stands above the cut", "sub.example. DS",
			"NOERROR aa\nan sub.example. 300 DS 1 8 2 "
			"0102030405060708091011121314151617181920212223242526272829303132\n"},
		{"no DS", "plain.example. DS", "NOERROR aa\n" NO_EXAMPLE},
		{"DS below a cut is a referral", "x.plain.example. DS",
			"NOERROR\nau plain.example. 300 NS ns1.example.\n"
			"ad ns1.example. 300 A 192.0.2.1\n"},
		{"a CNAME that leads below a cut", "chain.example. A",
			"NOERROR aa\nan chain.example. 300 CNAME www.sub.example.\n" TO_SUB},
		{"a cut to a zone that is ours", "ns.ours.example. A",
			"NOERROR aa\nan ns.ours.example. 300 A 192.0.2.21\n"},
		{"whose DS the zone above answers", "ours.example. DS", "NOERROR aa\n" NO_EXAMPLE},
	};
	check_rows((const char *const[]){zone, ours, NULL}, rows, COUNT_OF(rows));
}

static void dnames(void **state)
{
	(void)state;
	static const char zone[] =
		"example.\n" SOA
		"@ NS ns1\n900 old DNAME new\nwww.new A 192.0.2.1\nx.old A 192.0.2.66\n"
		"gone DNAME elsewhere.\ncut.old NS ns1\nbelow.cut.old A 192.0.2.67\n"
		"up DNAME on\nx.on CNAME y.up\nround DNAME round\nself DNAME x.self\n"
		"long DNAME "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";
	static const struct row rows[] = {
		{"redirected", "www.old.example. A",
			"NOERROR aa\nan old.example. 900 DNAME new.example.\n"
			"an www.old.example. 900 CNAME www.new.example.\n"
			"an www.new.example. 300 A 192.0.2.1\n"},
		{"who asks for the CNAME has it then", "www.old.example. CNAME",
			"NOERROR aa\nan old.example. 900 DNAME new.example.\n"
			"an www.old.example. 900 CNAME www.new.example.\n"},
		{"but who takes anything is led on, as by NSD and Knot", "gone.old.example. ANY",
			"NXDOMAIN aa\nan old.example. 900 DNAME new.example.\n"
			"an gone.old.example. 900 CNAME gone.new.example.\n" NO_EXAMPLE},
		{"the owner itself is not", "old.example. DNAME",
			"NOERROR aa\nan old.example. 900 DNAME new.example.\n"},
		{"nor does it answer other types", "old.example. A", "NOERROR aa\n" NO_EXAMPLE},
		{"what stands below is occluded", "x.old.example. A",
			"NXDOMAIN aa\nan old.example. 900 DNAME new.example.\n"
			"an x.old.example. 900 CNAME x.new.example.\n" NO_EXAMPLE},
		{"a cut below, too", "y.cut.old.example. A",
			"NXDOMAIN aa\nan old.example. 900 DNAME new.example.\n"
			"an y.cut.old.example. 900 CNAME y.cut.new.example.\n" NO_EXAMPLE},
		{"out of our zones", "a.b.gone.example. A",
			"NOERROR aa\nan gone.example. 300 DNAME elsewhere.\n"
			"an a.b.gone.example. 300 CNAME a.b.elsewhere.\n"},
		{"to itself", "x.round.example. A",
			"NOERROR aa\nan round.example. 300 DNAME round.example.\n"
			"an x.round.example. 300 CNAME x.round.example.\n"},
		{"one DNAME for two names of a chain stands there once", "x.up.example. A",
			"NXDOMAIN aa\nan up.example. 300 DNAME on.example.\n"
			"an x.up.example. 300 CNAME x.on.example.\n"
			"an x.on.example. 300 CNAME y.up.example.\n"
			"an y.up.example. 300 CNAME y.on.example.\n" NO_EXAMPLE},
		{"too long a name",
			"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.long."
			"example. A",
			"YXDOMAIN aa\nan long.example. 300 DNAME "
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
			"example.\n"},
	};
	check_rows((const char *const[]){zone, NULL}, rows, COUNT_OF(rows));
}

static void root_zone(void **state)
{
	(void)state;
	static const char zone[] = ".\n@ SOA a.root. b.root. 1 2 3 4 5\n@ NS a.root.\n"
				   "a.root. A 192.0.2.1\ncom. NS a.com.\na.com. A 192.0.2.2\n";
	static const struct row rows[] = {
		{"its servers", ". NS",
			"NOERROR aa\nan . 300 NS a.root.\nad a.root. 300 A 192.0.2.1\n"},
		{"no data at the root", ". A",
			"NOERROR aa\nau . 5 SOA a.root. b.root. 1 2 3 4 5\n"},
		{"its DS", ". DS", "NOERROR aa\nau . 5 SOA a.root. b.root. 1 2 3 4 5\n"},
		{"no such name", "x. A", "NXDOMAIN aa\nau . 5 SOA a.root. b.root. 1 2 3 4 5\n"},
		{"a referral", "www.x.com. A",
			"NOERROR\nau com. 300 NS a.com.\nad a.com. 300 A 192.0.2.2\n"},
	};
	check_rows((const char *const[]){zone, NULL}, rows, COUNT_OF(rows));
}

static void soa_ttl_is_the_smaller(void **state)
{
	(void)state;
	static const char low[] = "low.\n30 @ SOA a b 1 2 3 4 500\n@ NS ns\n";
	static const struct row rows[] = {{"the SOA's TTL is the smaller one", "x.low. A",
		"NXDOMAIN aa\nau low. 30 SOA a.low. b.low. 1 2 3 4 500\n"}};
	check_rows((const char *const[]){low, NULL}, rows, COUNT_OF(rows));
}

/* `n` addresses at big, and a delegation with `n` servers below it that have two addresses each. */
static struct view *big_view(unsigned n)
{
	char *zone = NULL;
	size_t size = 0;
	FILE *const to = open_memstream(&zone, &size);
	(void)fprintf(to, "example.\n" SOA "@ NS ns1\nns1 A 192.0.2.1\nshort CNAME big\n");
	for (unsigned i = 0; i < n; i++) {
		(void)fprintf(to, "big A 10.0.%u.%u\n", i / 256, i % 256);
		(void)fprintf(
			to, "sub NS ns%u.sub\nns%u.sub A 10.1.%u.%u\n", i, i, i / 256, i % 256);
		(void)fprintf(to, "ns%u.sub AAAA 2001:db8::%x\n", i, i);
		(void)fprintf(to, "side NS ns%u.beside\nns%u.beside AAAA 2001:db8::%x\n", i, i, i);
		(void)fprintf(to, "mx MX %u ns%u.sub\n", i, i);
	}
	(void)fclose(to);
	struct view *const view = ask_view((const char *const[]){zone, NULL});
	free(zone);
	return view;
}

static void truncation(void **state)
{
	(void)state;
	static const struct {
		const char *what, *question;
		unsigned n, size; /* size 0: no EDNS */
		bool cut;
		size_t answers, authorities;
	} rows[] = {
		{"30 addresses fill 512 octets", "big.example. A", 30, 0, false, 30, 0},
		{"31 leave nothing but TC", "big.example. A", 31, 0, true, 0, 0},
		{"with EDNS the client's size counts", "big.example. A", 31, 1000, false, 31, 0},
		{"a size under 512 is 512", "big.example. A", 30, 100, true, 0, 0},
		{"29 and the OPT fit 512", "big.example. A", 29, 100, false, 29, 0},
		{"over 1232 it ends whatever the client takes", "big.example. A", 90, 4096, true, 0,
			0},
		{"what comes before stays", "short.example. A", 31, 0, true, 1, 0},
		{"glue that is needed and does not fit", "x.sub.example. A", 13, 0, true, 0, 13},
		{"... fits with EDNS", "x.sub.example. A", 13, 1232, false, 0, 13},
		{"glue that only helps is left out silently", "x.side.example. A", 15, 0, false, 0,
			15},
		{"addresses of mail exchangers, too", "mx.example. MX", 15, 0, false, 15, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct view *const view = big_view(rows[i].n);
		char *const text = ask_sized(
			view, rows[i].question, rows[i].size != 0, rows[i].size, TRANSPORT_UDP, 0);
		size_t in[4] = {0};
		for (size_t k = 0; k < response.n; k++)
			in[response.records[k].section]++;
		if (((response.flags & FLAG_TC) != 0) != rows[i].cut || in[1] != rows[i].answers ||
			in[2] != rows[i].authorities || response.rcode != RCODE_NOERROR)
			fail_msg("%s: %s", rows[i].what, text);
		free(text);
		free(ask_sized(view, rows[i].question, 0, 0, TRANSPORT_TCP, 0));
		assert_int_equal(response.flags & FLAG_TC, 0);
		view_unref(view);
	}
}

/* NSD and BIND leave the addresses out of long answers; nobody uses them all. */
static void long_answers_come_alone(void **state)
{
	(void)state;
	for (unsigned n = 32; n <= 33; n++) {
		struct view *const view = big_view(n);
		char *const text = ask_sized(view, "mx.example. MX", 0, 0, TRANSPORT_TCP, 0);
		assert_int_equal(strstr(text, "ad ns31.sub.example. 300 A ") != NULL, n == 32);
		free(text);
		view_unref(view);
	}
}

/* `n` addresses at big, more than a zone file may have. */
static struct view *huge_view(uint32_t n)
{
	struct view *const small = big_view(1);
	uint8_t apex[NAME_MAX_OCTETS], big[NAME_MAX_OCTETS];
	ask_name(apex, "example.");
	ask_name(big, "big.example.");
	uint8_t(*const wires)[4] = calloc(n, sizeof *wires);
	struct rdata *const list = calloc(n, sizeof *list);
	for (uint32_t i = 0; i < n; i++) {
		bytes_put32(wires[i], i);
		list[i] = (struct rdata){wires[i], sizeof wires[i]};
	}
	struct rrset *const set = rrset_new(TYPE_A, 300, list, n);
	struct txn *const txn = txn_begin(view_zone(small, apex));
	struct err err;
	assert_true(txn_put(txn, big, set));
	struct zone *const zone = txn_commit(txn, NULL, 0, NULL, &err);
	struct view *const view = view_with(small, &zone, 1, NULL, 0);
	zone_unref(zone);
	rrset_unref(set);
	free(list);
	free(wires);
	view_unref(small);
	return view;
}

/* Over TCP nothing is cut; what no message can hold is an error. */
static void too_much_for_tcp(void **state)
{
	(void)state;
	struct view *const view = huge_view(4200);
	char *text = ask_sized(view, "big.example. A", ASK_EDNS, 4096, TRANSPORT_TCP, 0);
	assert_string_equal(text, "SERVFAIL opt\n");
	free(text);
	text = ask_sized(view, "big.example. A", ASK_EDNS, 4096, TRANSPORT_UDP, 0);
	assert_string_equal(text, "NOERROR aa tc opt\n");
	free(text);
	view_unref(view);
}

static void addresses_take_turns(void **state)
{
	(void)state;
	struct view *const view = big_view(4);
	for (unsigned i = 0; i < 4; i++) {
		char *const text =
			ask_sized(view, "big.example. A", 0, 0, TRANSPORT_UDP, i * 0x40000000U + 5);
		for (unsigned k = 0; k < 4; k++)
			assert_int_equal(response.records[k].rdata[3], (i + k) % 4);
		free(text);
	}
	char *const one = ask_sized(view, "sub.example. NS", 0, 0, TRANSPORT_TCP, 1);
	char *const two = ask_sized(view, "sub.example. NS", 0, 0, TRANSPORT_TCP, UINT32_MAX);
	assert_string_equal(one, two); /* other types and single addresses do not */
	free(one);
	free(two);
	view_unref(view);
}

static void edns(void **state)
{
	(void)state;
	struct view *const view = ask_view((const char *const[]){example, NULL});
	char *text = ask_sized(view, "web.example. A", ASK_EDNS | ASK_DO, 4096, TRANSPORT_UDP, 0);
	assert_string_equal(text, "NOERROR aa opt do\nan web.example. 600 A 192.0.2.3\n");
	assert_int_equal(response.udp_size, 1232);
	free(text);
	text = ask_sized(view, "elsewhere. A", ASK_EDNS, 512, TRANSPORT_UDP, 0);
	assert_string_equal(text, "REFUSED opt\n");
	free(text);
	view_unref(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_types),
		cmocka_unit_test(chains),
		cmocka_unit_test(chains_are_bounded),
		cmocka_unit_test(wildcards),
		cmocka_unit_test(delegations),
		cmocka_unit_test(dnames),
		cmocka_unit_test(root_zone),
		cmocka_unit_test(soa_ttl_is_the_smaller),
		cmocka_unit_test(truncation),
		cmocka_unit_test(long_answers_come_alone),
		cmocka_unit_test(too_much_for_tcp),
		cmocka_unit_test(addresses_take_turns),
		cmocka_unit_test(edns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
