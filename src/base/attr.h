/* Compiler promises, spelled short.  gcc >= 12 and clang >= 14 are required. */
#ifndef LOCUM_BASE_ATTR_H
#define LOCUM_BASE_ATTR_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/* Off the path that most queries take: kept out of the frames of the functions on it. */
#define COLD __attribute__((cold, noinline))
/* On that path, with one or two callers: a call would cost as much as the work. */
#define HOT static inline __attribute__((always_inline))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
