/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transparency log entry in protobuf (sigstore_rekor.proto, TransparencyLogEntry), as gitsign keeps it in commits, made
 * into the JSON that bundles have.  Closed: a field that is not known, or stands there twice, is refused.  Names the
 * parts, judges none.
 */
#ifndef STELLA_TLOG_PROTO_H
#define STELLA_TLOG_PROTO_H

#include "json.h"

#define STELLA_TLOG_PROTO_MAX (256u << 10)

/* body: the canonicalized body where the entry has none of its own (gitsign leaves it out).  MALFORMED, LIMIT. */
const struct stella_error *stella_tlog_proto_parse(struct stella_json **out, struct stella_span entry,
	struct stella_span body) STELLA_MUST_USE;

#endif
