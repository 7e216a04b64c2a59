#include "dns/rrtype.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct known {
	uint16_t type;
	char name[12];
	char fields[12];
} known[] = {
	/* sorted by number */
	{1, "A", "a"},
	{2, "NS", "n"},
	{3, "MD", "n"},
	{4, "MF", "n"},
	{5, "CNAME", "n"},
	{6, "SOA", "nn4tttt"},
	{7, "MB", "n"},
	{8, "MG", "n"},
	{9, "MR", "n"},
	{10, "NULL", "x"},
	{11, "WKS", "akw"},
	{12, "PTR", "n"},
	{13, "HINFO", "ss"},
	{14, "MINFO", "nn"},
	{15, "MX", "2n"},
	{16, "TXT", "S"},
	{17, "RP", "nn"},
	{18, "AFSDB", "2n"},
	{19, "X25", "s"},
	{20, "ISDN", "sz"},
	{21, "RT", "2n"},
	{22, "NSAP", "o"},
	{23, "NSAP-PTR", "n"},
	{24, "SIG", "T114dd2nX"},
	{25, "KEY", "211x"},
	{26, "PX", "2nn"},
	{27, "GPOS", "sss"},
	{28, "AAAA", "A"},
	{29, "LOC", "l"},
	{30, "NXT", "nX"},
	{31, "EID", "y"},
	{32, "NIMLOC", "y"},
	{33, "SRV", "222n"},
	{34, "ATMA", "o"},
	{35, "NAPTR", "22sssn"},
	{36, "KX", "2n"},
	{37, "CERT", "C21X"},
	{38, "A6", "X"},
	{39, "DNAME", "n"},
	{40, "SINK", "1x"},
	{41, "OPT", "x"},
	{42, "APL", "p"},
	{43, "DS", "211y"},
	{44, "SSHFP", "11y"},
	{45, "IPSECKEY", "g"},
	{46, "RRSIG", "T114dd2nX"},
	{47, "NSEC", "nb"},
	{48, "DNSKEY", "211x"},
	{49, "DHCID", "X"},
	{50, "NSEC3", "112hHb"},
	{51, "NSEC3PARAM", "112h"},
	{52, "TLSA", "111y"},
	{53, "SMIMEA", "111y"},
	{55, "HIP", "i"},
	{56, "NINFO", "S"},
	{58, "TALINK", "nn"},
	{59, "CDS", "211y"},
	{60, "CDNSKEY", "211x"},
	{61, "OPENPGPKEY", "X"},
	{62, "CSYNC", "42b"},
	{63, "ZONEMD", "411y"},
	{64, "SVCB", "2nv"},
	{65, "HTTPS", "2nv"},
	{99, "SPF", "S"},
	{104, "NID", "28"},
	{105, "L32", "2a"},
	{106, "L64", "28"},
	{107, "LP", "2n"},
	{108, "EUI48", "6"},
	{109, "EUI64", "8"},
	{249, "TKEY", "x"},
	{250, "TSIG", "x"},
	{251, "IXFR", "x"},
	{252, "AXFR", "x"},
	{253, "MAILB", "x"},
	{254, "MAILA", "x"},
	{255, "ANY", "x"},
	{256, "URI", "22Q"},
	{257, "CAA", "1cq"},
	{258, "AVC", "S"},
	{261, "RESINFO", "S"},
	{262, "WALLET", "S"},
	{32769, "DLV", "211y"},
};

static const struct known *find(uint16_t type)
{
	size_t low = 0, high = COUNT_OF(known);
	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (known[middle].type == type)
			return &known[middle];
		if (known[middle].type < type)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* "TYPE" and 1 to 5 digits. */
static bool parse_number(const char *text, size_t len, uint16_t *type)
{
	if (len < 5 || len > 9 || strncasecmp(text, "TYPE", 4) != 0)
		return false;
	unsigned n = 0;
	for (size_t i = 4; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (unsigned)(text[i] - '0');
	}
	*type = (uint16_t)n;
	return n <= 65535;
}

bool rrtype_parse(const char *text, size_t len, uint16_t *type)
{
	if (len == 0 || len >= sizeof known[0].name)
		return false;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		const char *const name = known[i].name;
		if ((name[0] ^ text[0]) & ~0x20 || name[len] != '\0')
			continue;
		if (strncasecmp(name, text, len) == 0) {
			*type = known[i].type;
			return true;
		}
	}
	return parse_number(text, len, type);
}

const char *rrtype_text(uint16_t type, char room[RRTYPE_TEXT_MAX])
{
	const struct known *const found = find(type);
	if (found != NULL)
		(void)snprintf(room, RRTYPE_TEXT_MAX, "%s", found->name);
	else
		(void)snprintf(room, RRTYPE_TEXT_MAX, "TYPE%u", type);
	return room;
}

bool rrtype_in_zone(uint16_t type) { return type != 0 && type != 41 && (type < 128 || type > 255); }

const char *rrtype_fields(uint16_t type)
{
	const struct known *const found = find(type);
	return found == NULL ? NULL : found->fields;
}
