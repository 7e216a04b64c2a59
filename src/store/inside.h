/* Between the parts of the store: the database and its statements. */
#ifndef LOCUM_STORE_INSIDE_H
#define LOCUM_STORE_INSIDE_H

#include "store/store.h"

#include <sqlite3.h>

enum { STORE_FORMAT = 1, HASH_OCTETS = 32, PATH_ROOM = 4096 };

/* Seals stand among the meta data: 'seal ZONE'. */
#define STORE_UNSEAL "DELETE FROM meta WHERE key > 'seal ' AND key < 'seal!';"

struct store {
	char *dir, *path, *good, *fresh; /* journal.db, journal.good.db, journal.db.new */
	sqlite3 *db;                     /* NULL: none could be opened ... */
	struct err trouble;              /* ... and this is why */
	bool suspect;                    /* the disk failed under it: nothing is written any more */
	int tries;                       /* to make a new one of it */
	bool frozen;                     /* opened for reading alone */
	bool locked;   /* the last store_attach() failed because another has it open */
	bool damaged;  /* the last store_attach() failed because of what is there */
	uint64_t last; /* number of the last entry */
	uint8_t hash[HASH_OCTETS];
	uint32_t epoch;
};

/* Opens and checks the file at `path`, or makes one; false and `err`: it is no good. */
bool store_attach(struct store *store, struct err *err) MUST_USE;
void store_detach(struct store *store);
/* Whether all of it is in one file now. */
bool store_is_closed(const struct store *store, struct err *err) MUST_USE;
/* `path` and its -wal are out of the way: journal.db.damaged-N, which the
 * caller frees. */
char *store_put_aside(struct store *store);
bool store_error(const struct store *store, struct err *err, const char *what);
bool store_set_epoch(struct store *store, uint32_t epoch, struct err *err);
bool store_run_sql(struct store *store, const char *sql, struct err *err);
/* NULL and `err`: it cannot be prepared. */
sqlite3_stmt *store_prepare(struct store *store, const char *sql, struct err *err) MUST_USE;
/* The hash of an entry that follows one with the hash `prev`. */
void store_hash(const uint8_t prev[HASH_OCTETS], const struct store_entry *entry,
	uint8_t hash[HASH_OCTETS]);
/* A database file, whole, 0600: made beside and renamed. */
bool store_copy(const char *from, const char *to, struct err *err) MUST_USE;

#endif
