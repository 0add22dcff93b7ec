/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An evidence pack: a directory with an attestation, the verdict on it, and every git object that the
 * verdict was computed from, so that it can be computed again without the repository
 * (format: stella-evidence(5)).  It proves nothing by itself: whoever checks it names the root, and
 * everything is judged again.  Not here: judging.
 */
#ifndef STELLA_PACK_H
#define STELLA_PACK_H

#include "judged.h"

#define STELLA_PACK_REF "refs/heads/trust"

/* pack.json: what was asked, of which state; claims. */
struct stella_pack {
	struct stella_sha256 attestation, state;
	struct stella_oid root, tip;
	int64_t time;                /* of the verdict */
	char *predicate_type, *issuer; /* that were asked for; NULL: any */
	struct stella_digest *artifact; size_t artifact_count;
};
/* MALFORMED; POLICY_UNSUPPORTED for a newer version. */
const struct stella_error *stella_pack_parse(struct stella_pack **out, struct stella_span text) STELLA_MUST_USE;
void stella_pack_print(struct stella_buf *out, const struct stella_pack *pack);
void stella_pack_free(struct stella_pack *pack);

/* Everything that is read from this repository between start and end; duplicates are left out. */
struct stella_pack_objects;
struct stella_pack_objects *stella_pack_watch(struct stella_repo *repo);
void stella_pack_unwatch(struct stella_pack_objects *objects);
size_t stella_pack_count(struct stella_pack_objects *objects);
void stella_pack_objects_free(struct stella_pack_objects *objects); /* unwatches, too */
/* A new bare repository at path with just these objects, and STELLA_PACK_REF at tip. */
const struct stella_error *stella_pack_write(const char *path, struct stella_pack_objects *objects,
	const struct stella_oid *tip) STELLA_MUST_USE;

#endif
