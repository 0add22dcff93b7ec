/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkcs11: URIs (RFC 7512): which token and object, and where the PIN and the module are.  Stricter
 * than the RFC: each attribute once and from its list, no vendor attributes, a PIN never in the URI
 * itself, a pin-source that is a file and no command.  Not here: finding what it names (signer).
 */
#ifndef STELLA_P11URI_H
#define STELLA_P11URI_H

#include "buf.h"

#define STELLA_P11URI_MAX 4096 /* bytes */

struct stella_p11uri {
	char *path;       /* "pkcs11:token=..." as written, without what follows '?' */
	char *type;       /* "private" "cert" ...; NULL: not given */
	char *pin_source; /* a path; NULL: not given */
	char *module;     /* module-path, absolute; NULL: not given */
	bool one_object;  /* object or id is given */
};

bool stella_p11uri_is(const char *text); /* begins with "pkcs11:" */
/* USAGE; LIMIT. */
const struct stella_error *stella_p11uri_parse(struct stella_p11uri **out, struct stella_span text) STELLA_MUST_USE;
void stella_p11uri_free(struct stella_p11uri *uri);

#endif
