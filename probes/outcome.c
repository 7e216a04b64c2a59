#include "base/attr.h"
#include "base/text.h"
#include "probes/probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool probe_watch(const void *options)
{
	(void)options;
	return true;
}

bool probe_valueless(const void *options)
{
	(void)options;
	return true;
}

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

struct probe_report probe_fault(enum probe_fault fault, const char *fmt, ...)
{
	struct probe_report report = {.outcome = PROBE_NO_VERDICT, .fault = fault};
	va_list args;
	va_start(args, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): as above */
	(void)vsnprintf(report.why, sizeof report.why, fmt, args);
	va_end(args);
	return report;
}

void probe_value(struct probe_report *report, const void *octets, size_t len)
{
	(void)text_escape(octets, len, report->value, sizeof report->value);
}

void probe_aged(struct probe_report *report, span_t age)
{
	report->age.ns = age.ns > 0 ? age.ns : 1;
}

void probe_step(const struct probe_target *target, const char *fmt, ...)
{
	char line[256];
	va_list args;
	if (target->trace == NULL)
		return;
	va_start(args, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): as above */
	(void)vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	target->trace->say(target->trace->cookie, line);
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

static struct probe_report with_words(struct probe_report report, const char *words)
{
	(void)snprintf(report.why, sizeof report.why, "%s", words);
	return report;
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
	struct probe_report report = {.outcome = whose(error, when)};
	if (report.outcome == PROBE_NO_VERDICT)
		report.fault = FAULT_LOCAL;
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (error == known[i].error)
			return with_words(report, known[i].words);
	const char *const words = strerrordesc_np(error);
	if (words != NULL)
		return with_words(report, words);
	(void)snprintf(report.why, sizeof report.why, "error %d", error);
	return report;
}
