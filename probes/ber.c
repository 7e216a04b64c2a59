#include "probes/ber.h"

#include <assert.h>
#include <string.h>

enum {
	LENGTH_LONG = 0x80, /* the low bits are how many octets of length follow */
	LENGTH_OF_2 = LENGTH_LONG | 2,
	TAG_LONG = 0x1f,
	HEAD = 4, /* of what ber_begin() writes: tag, LENGTH_OF_2, two octets */
};

static void put_raw(struct ber_out *out, const void *octets, size_t len)
{
	if (out->full || len > out->room - out->len) {
		out->full = true;
		return;
	}
	if (len > 0)
		memcpy(out->to + out->len, octets, len);
	out->len += len;
}

static void put_head(struct ber_out *out, uint8_t tag, size_t len)
{
	const uint8_t head[HEAD] = {tag, LENGTH_OF_2, (uint8_t)(len >> 8), (uint8_t)len};
	out->full = out->full || len > UINT16_MAX;
	put_raw(out, head, sizeof head);
}

void ber_put(struct ber_out *out, uint8_t tag, const void *octets, size_t len)
{
	put_head(out, tag, len);
	put_raw(out, octets, len);
}

void ber_put_text(struct ber_out *out, uint8_t tag, const char *text)
{
	ber_put(out, tag, text, text == NULL ? 0 : strlen(text));
}

void ber_put_number(struct ber_out *out, uint8_t tag, uint16_t number)
{
	/* Two's complement: a leading octet keeps it positive, and must not stand there in vain. */
	const uint8_t octets[] = {0, (uint8_t)(number >> 8), (uint8_t)number};
	const size_t skip = number < 0x80 ? 2 : number < 0x8000 ? 1 : 0;
	ber_put(out, tag, octets + skip, sizeof octets - skip);
}

size_t ber_begin(struct ber_out *out, uint8_t tag)
{
	put_head(out, tag, 0);
	return out->len;
}

void ber_end(struct ber_out *out, size_t begun)
{
	if (out->full)
		return;
	assert(begun >= HEAD && begun <= out->len);
	const size_t len = out->len - begun;
	out->full = len > UINT16_MAX;
	out->to[begun - 2] = (uint8_t)(len >> 8);
	out->to[begun - 1] = (uint8_t)len;
}

enum ber_whole ber_next(struct ber *from, uint8_t *tag, struct ber *inside)
{
	if (from->len < 2)
		return BER_CUT;
	if ((from->at[0] & TAG_LONG) == TAG_LONG)
		return BER_ODD;
	size_t head = 2, len = from->at[1];
	if (len >= LENGTH_LONG) {
		const size_t more = len - LENGTH_LONG;
		if (more == 0 || more > sizeof(uint32_t)) /* indefinite, or longer than anything */
			return BER_ODD;
		if (from->len < head + more)
			return BER_CUT;
		len = 0;
		for (size_t i = 0; i < more; i++)
			len = len << 8 | from->at[head + i];
		head += more;
	}
	if (len > from->len - head)
		return BER_CUT;
	*tag = from->at[0];
	*inside = (struct ber){from->at + head, len};
	*from = (struct ber){from->at + head + len, from->len - head - len};
	return BER_WHOLE;
}

bool ber_get(struct ber *from, uint8_t tag, struct ber *inside)
{
	uint8_t found;
	return ber_next(from, &found, inside) == BER_WHOLE && found == tag;
}

bool ber_get_number(struct ber *from, uint8_t tag, uint32_t *number)
{
	struct ber octets;
	if (!ber_get(from, tag, &octets) || octets.len == 0 || octets.len > sizeof *number ||
		(octets.at[0] & 0x80) != 0)
		return false;
	*number = 0;
	for (size_t i = 0; i < octets.len; i++)
		*number = *number << 8 | octets.at[i];
	return true;
}
