/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A git object id.  An address, never an authority: what is trusted is bound by SHA-256
 * (trust-model: manifest, state id).
 */
#ifndef STELLA_OID_H
#define STELLA_OID_H

#include "encode.h"

#define STELLA_OID_SIZE 20
#define STELLA_OID_HEX 41 /* room for its hex with the NUL */

struct stella_oid {
	uint8_t bytes[STELLA_OID_SIZE];
};

bool stella_oid_equal(const struct stella_oid *a, const struct stella_oid *b);
bool stella_oid_is_zero(const struct stella_oid *id);
int stella_oid_compare(const struct stella_oid *a, const struct stella_oid *b);
void stella_oid_hex(char out[STELLA_OID_HEX], const struct stella_oid *id);
bool stella_oid_parse(struct stella_oid *out, struct stella_span hex); /* 40 lower-case digits */

#endif
