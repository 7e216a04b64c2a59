#include "zone/target.h"

#include "dns/name.h"

#include <string.h>

/* Octets of the name in a record; 0: that is not made as its type says. */
static size_t name_in(uint16_t type, struct rdata rdata)
{
	const size_t skip = target_skip(type);
	const size_t len = rdata.len <= skip ? 0 : name_check(rdata.wire + skip, rdata.len - skip);
	const bool ends = len == rdata.len - skip;
	return ends || type == TYPE_SVCB || type == TYPE_HTTPS ? len : 0;
}

/* Octets of all keys; 0: there are to be none. */
static size_t keys_size(const struct rrset *set)
{
	if (set->count > TARGETS_MAX || set->size > UINT16_MAX)
		return 0;
	size_t size = KEY_BEHIND, at = 0;
	for (unsigned i = 0; i < set->count; i++) {
		const size_t len = name_in(set->type, rrset_each(set, &at));
		if (len == 0)
			return 0;
		size += len; /* the root label's octet is the 0 behind the key */
	}
	return size;
}

size_t targets_size(const struct rrset *set)
{
	if (!rrset_points(set->type))
		return 0;
	const size_t keys = keys_size(set), list = keys == 0 ? 0 : set->count;
	return targets_at(set) - set->size + sizeof(struct targets) + list * sizeof(struct target) +
	       keys;
}

/* Which of the targets before the last of `n` ends most as that does. */
static void compare(struct targets *targets, size_t n)
{
	struct target *const last = &targets->list[n - 1];
	const uint8_t *const key = target_key(targets, last);
	for (size_t i = 0; i + 1 < n; i++) {
		const struct target *const other = &targets->list[i];
		const size_t common =
			key_common(key, last->key_len, target_key(targets, other), other->key_len);
		const size_t shared = key_whole(key, common);
		if (shared > last->shared) {
			last->shared = (uint8_t)shared;
			last->like = (uint8_t)i;
		}
	}
}

void targets_make(struct rrset *set)
{
	if (!rrset_points(set->type) || keys_size(set) == 0)
		return;
	struct targets *const targets = (void *)(set->data + targets_at(set));
	size_t key_at = sizeof *targets + set->count * sizeof targets->list[0], at = 0;
	targets->n = set->count;
	for (unsigned i = 0; i < set->count; i++) {
		const uint8_t *const name = rrset_each(set, &at).wire + target_skip(set->type);
		struct key key;
		key_make(&key, name);
		targets->list[i] = (struct target){.name_at = (uint16_t)(name - set->data),
			.key_at = (uint16_t)key_at,
			.key_len = (uint8_t)key.len};
		memcpy((uint8_t *)targets + key_at, key.at, key.len);
		key_at += key.len + 1U;
	}
	for (size_t n = 2; n <= set->count; n++)
		compare(targets, n);
}
