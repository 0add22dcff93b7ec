/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An evidence pack: a directory with one question, its attestations, the verdict on them, and every git
 * object that the verdict was computed from, so that it can be computed again without the repository
 * (format: stella-evidence(5)).  It proves nothing by itself: whoever checks it names the root, and
 * everything is judged again.  Whoever made it may be hostile: of its directory only these files are read
 * (below.h), and of its git directory only the objects, from a copy.  Not here: judging.
 */
#ifndef STELLA_PACK_H
#define STELLA_PACK_H

#include "judged.h"

#define STELLA_PACK_REF "refs/heads/trust"
#define STELLA_PACK_RECORDINGS_REF "refs/heads/attestations"
#define STELLA_PACK_FILES_MAX 100000                 /* of its git directory */
#define STELLA_PACK_PACKS_MAX 1000                   /* entries of its objects/pack */
#define STELLA_PACK_BYTES_MAX (UINT64_C(2) << 30)    /* of all of them */

/* pack.json: what was asked, of which state, about which attestations; claims. */
struct stella_pack {
	bool about_artifact;         /* what an artifact needs; else one attestation */
	struct stella_sha256 *attestations; size_t attestation_count; /* exactly one, unless about an artifact */
	struct stella_sha256 state;
	struct stella_oid root, tip;
	bool has_recordings;
	struct stella_oid recordings; /* the attestations branch that recorded times were judged by */
	int64_t time;                /* of the verdict */
	char *predicate_type, *issuer; /* that were asked for; NULL: any */
	char *gate;                  /* about an artifact; NULL: as without --gate */
	struct stella_digest *artifact; size_t artifact_count; /* at least one, if about an artifact */
};
/* MALFORMED, also for an older version; LIMIT; POLICY_UNSUPPORTED for a newer version. */
const struct stella_error *stella_pack_parse(struct stella_pack **out, struct stella_span text) STELLA_MUST_USE;
void stella_pack_print(struct stella_buf *out, const struct stella_pack *pack);
void stella_pack_free(struct stella_pack *pack);

/* Where an attestation lies in a pack: "attestations/<id>.json". */
#define STELLA_PACK_NAME (sizeof "attestations/.json" + STELLA_SHA256_HEX)
void stella_pack_name(char out[STELLA_PACK_NAME], const struct stella_sha256 *id);
/* An attestation of the pack at dir, checked against its id. */
const struct stella_error *stella_pack_load(struct stella_evidence **out, const char *dir,
	const struct stella_sha256 *id) STELLA_MUST_USE;

/* Everything that is read from these repositories between watch and unwatch; duplicates are left out. */
#define STELLA_PACK_REPOS_MAX 2
struct stella_pack_objects;
struct stella_pack_objects *stella_pack_objects_new(void);
void stella_pack_watch(struct stella_pack_objects *objects, struct stella_repo *repo); /* again: no effect */
void stella_pack_unwatch(struct stella_pack_objects *objects);
size_t stella_pack_count(struct stella_pack_objects *objects);
void stella_pack_objects_free(struct stella_pack_objects *objects); /* unwatches, too */
/* A new bare repository at path with just these objects, and the refs that pack says. */
const struct stella_error *stella_pack_write(const char *path, struct stella_pack_objects *objects,
	const struct stella_pack *pack) STELLA_MUST_USE;

/* The objects of the pack at dir, copied to a repository of our own; free takes that away. */
struct stella_pack_copy {
	struct stella_repo *repo;
	char *dir;
};
const struct stella_error *stella_pack_copy_objects(struct stella_pack_copy *out, const char *dir) STELLA_MUST_USE;
void stella_pack_copy_free(struct stella_pack_copy *copy); /* frees the content */

#endif
