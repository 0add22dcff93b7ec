/* SPDX-License-Identifier: Apache-2.0 */
#include "oid.h"

#include <string.h>

bool stella_oid_equal(const struct stella_oid *a, const struct stella_oid *b)
{
	return stella_oid_compare(a, b) == 0;
}

bool stella_oid_is_zero(const struct stella_oid *id)
{
	static const struct stella_oid zero;

	return stella_oid_equal(id, &zero);
}

int stella_oid_compare(const struct stella_oid *a, const struct stella_oid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

void stella_oid_hex(char out[STELLA_OID_HEX], const struct stella_oid *id)
{
	stella_hex_text(out, stella_span(id->bytes, sizeof id->bytes));
}

bool stella_oid_parse(struct stella_oid *out, struct stella_span hex)
{
	return stella_hex_fixed(out->bytes, sizeof out->bytes, hex);
}
