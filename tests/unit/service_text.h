/* Services for tests, from text. */
#ifndef LOCUM_TESTS_SERVICE_TEXT_H
#define LOCUM_TESTS_SERVICE_TEXT_H

#include "failover/service.h"

#include <stdlib.h>
#include <string.h>

static inline mono_t at(int64_t s) { return mono_after((mono_t){0}, span_ms(s * 1000)); }

static inline void read_sets(const char *text, struct pick *pick)
{
	struct endpoint_set *set = &pick->on;
	for (; *text != '\0'; text++)
		if (*text == '|')
			set = &pick->withdrawn;
		else
			endpoint_add(set, (size_t)(*text - 'a'));
}

static inline const char *print_sets(const struct pick *pick, char room[60])
{
	size_t n = 0;
	const struct endpoint_set lost = endpoint_either(&pick->withdrawn, &pick->deposed);
	for (size_t i = 0; i < 26; i++)
		if (endpoint_has(&pick->on, i))
			room[n++] = (char)('a' + i);
	if (endpoint_count(&lost) > 0)
		room[n++] = '|';
	for (size_t i = 0; i < 26; i++)
		if (endpoint_has(&lost, i))
			room[n++] = (char)('a' + i);
	room[n] = '\0';
	return room;
}

static inline enum health_state read_state(char letter)
{
	return letter == 'U' ? HEALTH_UP : letter == 'D' ? HEALTH_DOWN : HEALTH_UNKNOWN;
}

/*
 * Endpoints as "U0 D5 ?3": a state and since when.  Two states, "DU5": DOWN, and UP as a standby.
 * Behind the time: o offline, x out, g a gate shut, ? a gate unknown, s shaky, p maintenance begins
 * (at 100), f a gate shuts by itself (at 150), /UD the state of its IPv4 and of its IPv6 address.
 */
static inline size_t read_ends(const char *text, struct contender ends[26])
{
	size_t n = 0;
	while (*text != '\0') {
		enum health_state states[2];
		size_t k = 0;
		for (; *text != '\0' && strchr("UD?", *text) != NULL; text++)
			states[k++] = read_state(*text);
		char *rest;
		const mono_t since = at(strtol(text, &rest, 10));
		struct contender *const end = &ends[n++];
		*end = (struct contender){.health = {.state = states[0], .since = since},
			.ready = {.state = states[k - 1], .since = since}};
		for (text = rest; *text != ' ' && *text != '\0'; text++) {
			switch (*text) {
			case 'o': end->admin = ADMIN_OFFLINE; break;
			case 'x': end->admin = ADMIN_OUT; break;
			case 'g': end->gate = GATE_SHUT; break;
			case '?': end->gate = GATE_UNKNOWN; break;
			case 's': end->shaky = true; break;
			case 'f': end->shuts = at(150); break;
			case 'p': end->planned = at(100); break;
			default:
				for (size_t f = 0; f < FAMILIES_MAX; f++) {
					end->has[f] = true;
					end->health.family[f] = read_state(*++text);
				}
			}
		}
		text += *text == ' ';
	}
	return n;
}

static const struct about nobody_said = {.pinned = ENDPOINT_NONE};

#endif
