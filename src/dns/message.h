/* The numbers of DNS messages: RFC 1035 4.1, RFC 6895, RFC 6891.  Pure. */
#ifndef LOCUM_DNS_MESSAGE_H
#define LOCUM_DNS_MESSAGE_H

enum {
	MESSAGE_HEADER = 12,
	MESSAGE_MAX = 65535,
	MESSAGE_UDP = 512,       /* without EDNS */
	MESSAGE_UDP_EDNS = 1232, /* what we offer and at most send over UDP */
};

enum message_flag { /* octets 2 and 3 as one number */
	FLAG_QR = 0x8000,
	FLAG_AA = 0x0400,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_RA = 0x0080,
	FLAG_AD = 0x0020,
	FLAG_CD = 0x0010,
};

enum opcode { OPCODE_QUERY = 0, OPCODE_NOTIFY = 4, OPCODE_UPDATE = 5 };

enum rcode {
	RCODE_NOERROR = 0,
	RCODE_FORMERR = 1,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_NOTIMP = 4,
	RCODE_REFUSED = 5,
	RCODE_YXDOMAIN = 6,
	RCODE_NOTAUTH = 9,
	RCODE_BADVERS = 16,
	RCODE_BADCOOKIE = 23,
};

enum option { /* of EDNS: RFC 6891 6.1.2 */
	OPTION_NSID = 3,
	OPTION_SUBNET = 8,
	OPTION_COOKIE = 10,
	OPTION_KEEPALIVE = 11,
	OPTION_ERROR = 15, /* RFC 8914 */
};

enum rrclass { CLASS_IN = 1, CLASS_CH = 3, CLASS_NONE = 254, CLASS_ANY = 255 };

enum rrtype { /* those the code names; all others are numbers and ldns */
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_MD = 3,
	TYPE_MF = 4,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_MB = 7,
	TYPE_MG = 8,
	TYPE_MR = 9,
	TYPE_PTR = 12,
	TYPE_MINFO = 14,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_SIG = 24,
	TYPE_AAAA = 28,
	TYPE_SRV = 33,
	TYPE_DNAME = 39,
	TYPE_OPT = 41,
	TYPE_DS = 43,
	TYPE_RRSIG = 46,
	TYPE_NSEC = 47,
	TYPE_DNSKEY = 48,
	TYPE_NSEC3 = 50,
	TYPE_SVCB = 64,
	TYPE_HTTPS = 65,
	TYPE_TKEY = 249,
	TYPE_TSIG = 250,
	TYPE_IXFR = 251,
	TYPE_AXFR = 252,
	TYPE_MAILB = 253,
	TYPE_MAILA = 254,
	TYPE_ANY = 255,
};

#endif
