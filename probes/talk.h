/*
 * A conversation with an endpoint over TCP, in the clear or through TLS, on net/loop: connected,
 * shaken hands and verified here; what is said and heard is the kind's.  One at a time for each
 * struct talk.  Owner: the thread of the loop.
 *
 * All an endpoint can do to it is bounded: it may send TALK_HEARD_MAX octets (of the network, those
 * of TLS itself included), and time is the prober's, who cancels.  A connection is given up with a
 * reset, so that no TIME_WAIT is left here: 10,000 a second would leave 600,000.
 */
#ifndef LOCUM_PROBES_TALK_H
#define LOCUM_PROBES_TALK_H

#include "conf/schema.h"
#include "probes/probe.h"

struct talks; /* what the conversations of a kind share on a loop: TLS contexts, a buffer */
struct talk;

enum { TALK_HEARD_MAX = 1024 * 1024, TALK_NAME_MAX = 256, TALK_ALPN_MAX = 256 };

enum talk_cover { TALK_TLS, TALK_CLEAR };
enum talk_version { TALK_TLS_1_2, TALK_TLS_1_3 };

struct talk_tls {         /* options; verified unless they say otherwise */
	int cover;        /* enum talk_cover */
	bool verify;      /* false: any certificate will do, `days` is still told */
	int version;      /* enum talk_version: at least */
	const char *name; /* NULL: the target's host; that is "": its address, and no SNI */
	const char *ca;   /* a file of certificates that are trusted; NULL: the system's */
	uint32_t days;    /* of validity that must be left, 0: valid now is enough */
};

/*
 * For the tables of kinds: the options in a map of their own, `tls: true` or `tls: {ca: ...}`
 *	{.key = "tls", .type = FIELD_MAP, .offset = offsetof(struct x_options, tls),
 *		.otherwise = "false", .words = talk_covers, .inside = talk_tls_fields, .help = ...}
 * gives a struct talk_tls with its defaults.
 */
extern const struct word talk_covers[], talk_versions[];
extern const struct field talk_tls_fields[];

/* The same rows for a table that has them at its top; `base`: where its struct talk_tls begins. */
#define TALK_TLS_ROWS(base)                                                                        \
	{.key = "name",                                                                            \
		.type = FIELD_TEXT,                                                                \
		.offset = (base) + offsetof(struct talk_tls, name),                                \
		.otherwise = "",                                                                   \
		.min = 1,                                                                          \
		.max = 253,                                                                        \
		.filled = true,                                                                    \
		.help = "The name that the certificate must be for, and that is asked for (SNI); " \
			"otherwise the endpoint's host, or its address if it has none."},          \
		{.key = "ca",                                                                      \
			.type = FIELD_PATH,                                                        \
			.offset = (base) + offsetof(struct talk_tls, ca),                          \
			.otherwise = "",                                                           \
			.min = 1,                                                                  \
			.filled = true,                                                            \
			.help = "A file of certificates (PEM) that are trusted instead of the "    \
				"system's; read again when it changes."},                          \
		{.key = "verify",                                                                  \
			.type = FIELD_BOOL,                                                        \
			.offset = (base) + offsetof(struct talk_tls, verify),                      \
			.otherwise = "true",                                                       \
			.help = "Whether the certificate must be valid, from somebody trusted, "   \
				"and for the name."},                                              \
		{.key = "version",                                                                 \
			.type = FIELD_WORD,                                                        \
			.offset = (base) + offsetof(struct talk_tls, version),                     \
			.otherwise = "1.2",                                                        \
			.words = talk_versions,                                                    \
			.help = "The lowest version of TLS that will do."},                        \
	{                                                                                          \
		.key = "days", .type = FIELD_UINT,                                                 \
		.offset = (base) + offsetof(struct talk_tls, days), .otherwise = "0", .min = 0,    \
		.max = 3650,                                                                       \
		.help = "Whole days that the certificate must still be valid for; 0 asks for no "  \
			"more than now."                                                           \
	}

enum talk_next {
	TALK_ON,     /* send what talk_send() has been given, and go on listening */
	TALK_ENOUGH, /* close; then over(cookie, NULL) */
	/* With TALK_CLEAR_FIRST, once, from heard(), when nothing waits to be sent: shake hands
	 * now, then ready() again. */
	TALK_SECURE,
};

/*
 * The kind's part.  Called from the loop, never from within talk_start(), talk_send() or
 * talk_stop().  ready() and heard() may call talk_send() and nothing else of this file that changes
 * something; over() may start again or free.
 */
struct talk_part {
	/* Connected; through TLS also shaken hands and verified.  Before any heard(); once, and
	 * again after TALK_SECURE. */
	enum talk_next (*ready)(void *cookie);
	/*
	 * Octets as they come, gone when it returns.  `len` 0: the peer has closed its side; to go
	 * on then is to wait for more, and fails: "closed before an answer" or "closed before the
	 * end of the answer".
	 */
	enum talk_next (*heard)(void *cookie, const uint8_t *octets, size_t len);
	/*
	 * The last call: all is closed.  `broken` NULL: the kind had enough and gives the verdict.
	 * Otherwise why it ended before, to be handed on as it is (PASS never): connection, TLS,
	 * certificate, an end too soon, too much; or NO_VERDICT for a trouble of ours.
	 */
	void (*over)(void *cookie, const struct probe_report *broken);
};

enum talk_begin { TALK_TLS_FIRST, TALK_CLEAR_FIRST }; /* when TLS begins: STARTTLS and the like */
enum talk_first { TALK_WE_BEGIN, TALK_THEY_BEGIN };   /* in the clear: who speaks first */

struct talk_plan { /* all borrowed until talk_free() */
	const struct probe_target *target;
	const struct talk_tls *tls; /* NULL: in the clear */
	enum talk_begin begin;
	const char *alpn; /* "h2,http/1.1", most wanted first; NULL: none.  Names of at
			     most 255 octets, TALK_ALPN_MAX in all */
	enum talk_first first;
	const struct talk_part *part;
	void *cookie;
};

struct talks *talks_new(struct loop *loop) MUST_USE;
void talks_free(struct talks *talks); /* after the last talk_free() */

struct talk *talk_new(struct talks *talks, const struct talk_plan *plan) MUST_USE;
void talk_free(struct talk *talk); /* not while it is under way; NULL is fine */

/* Connects.  Ends with one over(), unless it is stopped. */
void talk_start(struct talk *talk);
/* Gives up at once, without over(); when nothing is under way, nothing happens. */
void talk_stop(struct talk *talk);
/*
 * Copied, and sent when ready() or heard() has returned TALK_ON, all in one go.  The kind bounds
 * what it sends.
 */
void talk_send(struct talk *talk, const void *octets, size_t len);

/* Of the last conversation, from ready() on; also after over(). */
const char *talk_alpn(const struct talk *talk); /* what the peer chose; "": nothing */
/*
 * Whole days that the peer's certificate is valid for, negative when it has expired.  Known
 * (talk_certified()) as soon as it was seen: also when over() says that it was no good.
 */
bool talk_certified(const struct talk *talk);
int32_t talk_days(const struct talk *talk); /* 0 when it is not known */

#endif
