/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where attestations live: an ordinary branch, content-addressed, one file each, with an index by
 * subject (format: stella-attestations(5)).  It only grows; writers race by compare-and-swap and
 * retry, none is lost.  What is read is checked against its id.  Not here: trust.
 */
#ifndef STELLA_STORE_H
#define STELLA_STORE_H

#include "commit.h"
#include "evidence.h"
#include "refs.h"

#define STELLA_STORE_REF "refs/heads/attestations"

struct stella_store; /* a branch at one commit; read again after each write */
/* ref NULL: git config stella.attestationsRef, else refs/heads/attestations.  A branch that does not exist is empty. */
const struct stella_error *stella_store_open(struct stella_store **out, struct stella_repo *repo, const char *ref) STELLA_MUST_USE;
void stella_store_free(struct stella_store *store);
const char *stella_store_ref(const struct stella_store *store);
bool stella_store_exists(const struct stella_store *store); /* is there such a branch */
struct stella_repo *stella_store_repo(const struct stella_store *store); /* borrowed */
const struct stella_oid *stella_store_tip(const struct stella_store *store); /* NULL: it does not exist */

/* A whole id, or an unambiguous prefix of 7 or more hex digits.  NOT_FOUND, also for what can be no id; USAGE where
 * ambiguous (names some). */
const struct stella_error *stella_store_find(struct stella_sha256 *out, struct stella_store *store, const char *prefix) STELLA_MUST_USE;
/* The bytes, checked against the id.  NOT_FOUND, INCOMPLETE. */
const struct stella_error *stella_store_load(struct stella_buf *out, struct stella_store *store, const struct stella_sha256 *id) STELLA_MUST_USE;
/* Ids of a subject's attestations, as the branch has them (a hint: the statement decides); a false from each stops. */
const struct stella_error *stella_store_each_of(struct stella_store *store, const struct stella_digest *subject,
	bool (*each)(void *context, const struct stella_sha256 *id), void *context) STELLA_MUST_USE;
const struct stella_error *stella_store_each(struct stella_store *store,
	bool (*each)(void *context, const struct stella_sha256 *id), void *context) STELLA_MUST_USE;

/*
 * Adds these in one unsigned commit; added gets the number that were new.  Idempotent.  Retries when
 * another writer was faster; CONFLICT only after many tries.  A working tree that has this branch
 * checked out follows.
 */
struct stella_store_commit {
	const char *who;             /* "Name <mail>" */
	const char *message;
	int64_t time;
};
const struct stella_error *stella_store_add(struct stella_store *store, struct stella_evidence *const *items, size_t count,
	const struct stella_store_commit *commit, size_t *added) STELLA_MUST_USE;

/*
 * The same by a commit of the caller's, perhaps a signed one: make gets tree and parents, anew at each try,
 * and gives the raw commit.  It is made also where nothing is added, if there is such a branch.
 */
struct stella_store_maker {
	const struct stella_error *(*make)(void *context, struct stella_buf *raw, const struct stella_commit_links *links);
	void *context;
	const char *message;         /* for the reflog */
};
const struct stella_error *stella_store_add_made(struct stella_store *store, struct stella_evidence *const *items,
	size_t count, const struct stella_store_maker *maker, size_t *added) STELLA_MUST_USE;

#endif
