/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes from an HTTPS URL: the wall around libcurl, and the only place that opens a connection.  The library
 * is loaded when something is fetched, so that no other command has network code in its process.  TLS 1.2 or
 * newer, the host's name in a certificate that chains to the system's authorities (or only to the given ones),
 * redirects within the origin, limits of size and time; no proxy, cookie, user, compression or other protocol,
 * whatever the environment says.  Not here: what the bytes mean.
 */
#ifndef STELLA_FETCH_H
#define STELLA_FETCH_H

#include "url.h"

#define STELLA_FETCH_REDIRECTS 3
#define STELLA_FETCH_CONNECT_SECONDS 10
#define STELLA_FETCH_SECONDS 30 /* for all of it */

struct stella_fetch_options {
	unsigned seconds;            /* for all of it; 0: STELLA_FETCH_SECONDS */
	size_t max;                  /* bytes of the answer; LIMIT beyond */
	const char *cacert;          /* a PEM file of the only authorities to believe; NULL: the system's */
	const uint8_t *pin;          /* SHA-256 of the server's SubjectPublicKeyInfo, 32 bytes; NULL: any */
	const char *proxy;           /* "http://host:port"; NULL: none */
};
/* Appends what url gives.  MALFORMED for the URL; NOT_FOUND (404, 410); LIMIT; SYSTEM for the rest. */
const struct stella_error *stella_fetch(struct stella_buf *out, const char *url,
	const struct stella_fetch_options *options) STELLA_MUST_USE;

#endif
