/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things lie on the attestations branch (stella-attestations(5)): the path of an attestation, by its
 * id, and the directory of a subject in the index.  Names only.
 */
#ifndef STELLA_STORE_PATH_H
#define STELLA_STORE_PATH_H

#include "digest.h"
#include "intoto.h"

/* "attestations/ab/cd/<60 digits>.json", appended. */
void stella_store_path_put(struct stella_buf *out, const struct stella_sha256 *id);
/* The id that a file "<60 digits>.json" below the directories of the first four digits stands for. */
bool stella_store_path_id(struct stella_sha256 *out, const char first[4], struct stella_span name);
/* "subjects/sha256/12/34/<rest>", appended.  false for what is no name of a file: it stays without an index. */
bool stella_store_path_put_subject(struct stella_buf *out, const struct stella_digest *subject);

#endif
