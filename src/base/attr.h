/* Compiler promises, spelled short.  gcc >= 12 and clang >= 14 are required. */
#ifndef LOCUM_BASE_ATTR_H
#define LOCUM_BASE_ATTR_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
