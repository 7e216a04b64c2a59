#include "base/attr.h"
#include "probes/probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct probe_report probe_says(enum probe_outcome outcome, const char *fmt, ...)
{
	struct probe_report report = {.outcome = outcome};
	va_list args;
	va_start(args, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 misses va_start */
	(void)vsnprintf(report.why, sizeof report.why, fmt, args);
	va_end(args);
	return report;
}

static enum probe_outcome whose(int error, enum probe_when when)
{
	/* 1. What never left this host says nothing about the other one. */
	if (when == PROBE_AT_ONCE)
		return error == ECONNREFUSED || error == ECONNRESET ? PROBE_FAIL : PROBE_NO_VERDICT;
	/* 2. No packet brings these.  ECONNABORTED: somebody here destroyed the socket. */
	static const int ours[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, ENETDOWN, EADDRNOTAVAIL,
		EADDRINUSE, EPERM, ECONNABORTED};
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		if (error == ours[i])
			return PROBE_NO_VERDICT;
	/* 3. */
	return PROBE_FAIL;
}

struct probe_report probe_errno(int error, enum probe_when when)
{
	static const struct {
		int error;
		const char *words;
	} known[] = {
		{ECONNREFUSED, "connection refused"},
		{ECONNRESET, "connection reset"},
		{EPIPE, "connection reset"},
		{ETIMEDOUT, "timed out"},
		{EHOSTUNREACH, "host unreachable"},
		{ENETUNREACH, "network unreachable"},
		{EMFILE, "out of descriptors"},
		{ENFILE, "out of descriptors"},
		{ENOBUFS, "out of buffers"},
		{ENOMEM, "out of memory"},
		{EADDRNOTAVAIL, "no free local port"},
		{EAGAIN, "no free local port"},
		{ENETDOWN, "local network down"},
	};
	const enum probe_outcome outcome = whose(error, when);
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (error == known[i].error)
			return probe_says(outcome, "%s", known[i].words);
	const char *const words = strerrordesc_np(error);
	if (words == NULL)
		return probe_says(outcome, "error %d", error);
	return probe_says(outcome, "%s", words);
}
