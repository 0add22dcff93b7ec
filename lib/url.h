/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The URLs from which keys are fetched (RFC 3986): "https://host[:port]/path" and "file:///path", and no
 * other.  No user or password in it, no fragment, no character and no number as host that another parser could read differently.
 * Not here: fetching.
 */
#ifndef STELLA_URL_H
#define STELLA_URL_H

#include "buf.h"

#define STELLA_URL_MAX 2048 /* bytes */

struct stella_url {             /* borrowed from the text */
	bool file;
	struct stella_span host;     /* lower case, without the brackets of IPv6; empty for a file */
	unsigned port;               /* 443 where none is given */
	struct stella_span path;     /* from its '/' on, with the query; of a file without %XX */
};

/* MALFORMED */
const struct stella_error *stella_url_parse(struct stella_url *out, const char *text) STELLA_MUST_USE;
bool stella_url_same_origin(const struct stella_url *a, const struct stella_url *b); /* RFC 6454 4 */

#endif
