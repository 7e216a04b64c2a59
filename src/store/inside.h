/* Between the parts of the store: the database and its statements. */
#ifndef LOCUM_STORE_INSIDE_H
#define LOCUM_STORE_INSIDE_H

#include "store/store.h"

#include <sqlite3.h>

enum { STORE_FORMAT = 2, INCREMENT_FORMAT = 1002, HASH_OCTETS = 32, PATH_ROOM = 4096 };

/* Seals stand among the meta data: 'seal ZONE', and 'seal at' when they were made (no zone is
 * called that: it has no dot at its end). */
#define STORE_UNSEAL "DELETE FROM meta WHERE key > 'seal ' AND key < 'seal!';"

struct store {
	char *dir, *path, *good, *fresh; /* journal.db, journal.good.db, journal.db.new */
	sqlite3 *db;                     /* NULL: none could be opened ... */
	struct err trouble;              /* ... and this is why */
	bool suspect;                    /* the disk failed under it: nothing is written any more */
	int64_t swept;                   /* checks up to this one were looked at by store_trim() */
	int tries;                       /* to make a new one of it */
	bool frozen;                     /* opened for reading alone */
	bool unread;     /* it was there and could not be read since it was opened */
	bool away;       /* it is to be opened again */
	bool locked;     /* the last store_attach() failed because another has it open */
	bool damaged;    /* the last store_attach() failed because of what is there ... */
	bool shaky;      /* ... or that it could not be read, which may have been for once */
	uint64_t opened; /* how often a file was */
	struct store_backup *backup; /* under way; NULL: none */
	uint64_t last;               /* number of the last entry */
	uint8_t hash[HASH_OCTETS];
	uint32_t epoch;
};

struct store_mark {      /* how far a backup reaches */
	uint64_t number; /* of its last entry; 0: none */
	int64_t run;     /* ... and of its last run */
	uint8_t hash[HASH_OCTETS];
};

struct store_backup {
	struct store *store; /* whose it is; NULL: nobody's, or it was closed meanwhile */
	sqlite3 *db;         /* `part`; without journal and sync: before it is `to` it is nothing */
	sqlite3_backup *pages; /* NULL: it is an increment */
	char *to, *part;
	int fd;                      /* of `part` */
	struct store_mark since, at; /* of an increment: what it follows, and how far it is */
	bool is_increment, is_last;  /* the next increment follows it */
	bool done, abandoned;
};

bool store_backup_failed(const struct store_backup *backup, struct err *err, const char *why);
/* What the next increment beside `to` follows; false: nothing that it could. */
bool store_mark_find(
	struct store *store, const char *to, struct store_mark *mark, struct err *err) MUST_USE;
bool store_mark_set(struct store *store, const char *to, struct err *err) MUST_USE;
/* A copy knows of no backup, since what follows it is another journal, and has no seal, since the
 * original is served from meanwhile. */
bool store_marks_clear(sqlite3 *db) MUST_USE;
bool store_increment_open(struct store_backup *backup, struct err *err) MUST_USE;
enum store_progress store_increment_slice(
	struct store_backup *backup, int pages, struct err *err) MUST_USE;
/* Puts what an increment has behind what is in `store`, if it follows. */
bool store_increment_apply(struct store *store, const char *file, struct err *err) MUST_USE;
/* After an error of the disk nobody knows what is on it; a full one is an honest no. */
void store_note_failure(struct store *store);
bool store_make_tables(sqlite3 *db) MUST_USE;
/* The number, hash and epoch of what is there. */
bool store_read_last(struct store *store, struct err *err) MUST_USE;

/* Opens and checks the file at `path`, or makes one; false and `err`: it is no good. */
bool store_attach(struct store *store, struct err *err) MUST_USE;
void store_detach(struct store *store);
/* Whether all of it is in one file now. */
bool store_is_closed(const struct store *store, struct err *err) MUST_USE;
/* `path` and its -wal are out of the way: journal.db.damaged-N, which the
 * caller frees. */
char *store_put_aside(struct store *store);
bool store_error(const struct store *store, struct err *err, const char *what);
bool store_sync(const char *path, int flags, struct err *err) MUST_USE;
bool store_set_epoch(struct store *store, uint32_t epoch, struct err *err);
bool store_run_sql(struct store *store, const char *sql, struct err *err);
/* NULL and `err`: it cannot be prepared. */
sqlite3_stmt *store_prepare(struct store *store, const char *sql, struct err *err) MUST_USE;
/* The hash of an entry that follows one with the hash `prev`. */
void store_hash(const uint8_t prev[HASH_OCTETS], const struct store_entry *entry,
	uint8_t hash[HASH_OCTETS]);
/* Nothing comes of it: what it copies is closed. */
void store_backup_abandon(struct store_backup *backup);
/* A database file, whole, 0600: made beside and renamed. */
bool store_copy(const char *from, const char *to, struct err *err) MUST_USE;

#endif
