/* SPDX-License-Identifier: Apache-2.0 */
#include "identities_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- names */

static const char *find_name(const struct stella_cert *cert, const struct stella_identity *identity)
{
	enum stella_san type;
	const char *value;

	for (size_t i = 0; stella_cert_san(cert, i, &type, &value); i++) {
		if (stella_identity_has_name(identity, type, value))
			return value;
	}
	return NULL;
}

void stella_identities_print(struct stella_buf *out, const struct stella_cert *cert)
{
	enum stella_san type;
	const char *value;
	size_t i;

	for (i = 0; stella_cert_san(cert, i, &type, &value); i++)
		stella_buf_printf(out, "%s%s:%s", i ? ", " : "", stella_san_name(type), value);
	if (!i)
		stella_buf_put_str(out, "no name");
}

/* ---------------------------------------------------------------- who asserts it */

/* All of it under one root: chain, times, logs, certificate timestamps, and the signature they are about. */
static const struct stella_error *ask_root(const struct stella_sigstore_result **out, struct stella_identities *ids,
	const struct stella_sigstore_root *root, const struct stella_identity_asked *asked)
{
	const struct stella_sigstore_thresholds thresholds = {
		.logs = root->logs, .scts = root->scts, .times = root->times, .now = asked->now,
	};
	const struct stella_sigstore_signed verified = { asked->leaf, asked->message, asked->signature };
	struct stella_sigstore_result *result;
	const struct stella_error *err;

	*out = NULL;
	if (!asked->bundle)
		return stella_error(STELLA_TIMESTAMP_INVALID, "no signed time: a certificate under sigstore/%s.json counts only "
			"in a Sigstore bundle, which says when it was used", root->name);
	STELLA_GROW(ids->results, ids->result_count, ids->result_cap);
	result = ids->results[ids->result_count++] = stella_alloc(sizeof *result);
	err = stella_sigstore_verify_signed(result, asked->bundle, root->root, &verified, &thresholds);
	if (!err && result->cert != asked->leaf)
		err = stella_error(STELLA_CHAIN_INVALID, "certificate chain invalid: the bundle was signed with another certificate "
			"than the one whose name is looked at");
	if (err)
		return stella_error(err->code, "%.900s (by sigstore/%s.json)", err->message, root->name);
	*out = result;
	return NULL;
}

static const struct stella_error *by_sigstore(struct stella_identity_match *out, struct stella_identities *ids,
	const struct stella_identity_asked *asked)
{
	const struct stella_error *err = NULL;
	struct stella_error best = { 0 };

	for (size_t i = 0; i < out->identity->sigstore_count; i++) {
		const char *name = out->identity->sigstore[i];

		err = stella_roots_find(&out->root, ids->roots, name);
		if (!err && !out->root)
			err = stella_error(STELLA_ANCHOR_MISSING, "trust anchor not found: sigstore/%s.json, which "
				"issuers/%s.json names", name, out->issuer->id);
		else if (!err)
			err = ask_root(&out->result, ids, out->root, asked);
		if (!err) {
			out->chain = out->result->chain;
			return NULL;
		}
		if (stella_code_exit(err->code) != STELLA_EXIT_REFUSED && err->code != STELLA_MALFORMED)
			return err;
		if (!*best.message || stella_report_rank(err->code) > stella_report_rank(best.code))
			best = *err;
	}
	out->root = NULL;
	return stella_error(best.code, "%s", best.message);
}

static const struct stella_error *assert_it(struct stella_identity_match *out, struct stella_identities *ids,
	const struct stella_fulcio *fulcio, const struct stella_identity_asked *asked)
{
	const struct stella_error *err = stella_identity_verify_claims(out->identity, fulcio);
	struct stella_error first = { 0 };

	if (err)
		return stella_error(err->code, "identity not known: issuers/%s.json asks for more than the name: %.800s",
			out->issuer->id, err->message);
	if (out->identity->anchor_count) {
		err = stella_identities_by_anchors(out, ids, asked);
		if (!err || !out->identity->sigstore_count || stella_code_exit(err->code) != STELLA_EXIT_REFUSED)
			return err;
		first = *err;
	}
	err = by_sigstore(out, ids, asked);
	if (err && *first.message && stella_report_rank(first.code) > stella_report_rank(err->code))
		return stella_error(first.code, "%s", first.message);
	return err;
}

static const struct stella_error *match(struct stella_identity_match *out, struct stella_identities *ids,
	const struct stella_fulcio *fulcio, const struct stella_identity_asked *asked)
{
	const struct stella_error *err = assert_it(out, ids, fulcio, asked);

	out->good = !err;
	if (!err)
		return NULL;
	out->chain.count = 0;
	out->why = *err;
	return stella_code_exit(err->code) == STELLA_EXIT_REFUSED ? NULL : err;
}

/* ---------------------------------------------------------------- nobody's name */

/* NULL: at least one Sigstore root vouches for it. */
static const struct stella_error *stranger_to_roots(struct stella_identities *ids, const struct stella_identity_asked *asked)
{
	const struct stella_sigstore_root *const *roots;
	const struct stella_sigstore_result *result;
	size_t count;
	const struct stella_error *err = stella_roots_load(&roots, &count, ids->roots);
	struct stella_error best = { 0 };

	for (size_t i = 0; !err && i < count; i++) {
		const struct stella_error *why = ask_root(&result, ids, roots[i], asked);

		if (!why)
			return NULL;
		if (!*best.message || stella_report_rank(why->code) > stella_report_rank(best.code))
			best = *why;
	}
	if (err)
		return err;
	return *best.message ? stella_error(best.code, "%s", best.message) :
		stella_error(STELLA_ANCHOR_MISSING, "trust anchor not found: sigstore/ has no root");
}

/* Nobody has this name: is anything else wrong with the certificate, under any anchor or root that there is? */
static const struct stella_error *explain_stranger(struct stella_identities *ids, const char *only,
	const struct stella_identity_asked *asked, const struct stella_fulcio *fulcio)
{
	const struct stella_error *err = stella_identities_by_any_anchor(ids, asked);
	const char *oidc = stella_fulcio_oidc_issuer(fulcio);
	struct stella_buf names = { 0 };
	struct stella_error first;

	if (err) {
		first = *err;
		err = stranger_to_roots(ids, asked);
		if (err && stella_report_rank(err->code) > stella_report_rank(first.code))
			return err;
		if (err)
			return stella_error(first.code, "%s", first.message);
	}
	stella_identities_print(&names, asked->leaf);
	err = stella_error(STELLA_IDENTITY_MISMATCH, "identity not known: %s%s has the identity %.500s%s%.300s",
		only ? "not issuer " : "no issuer", only ? only : "", (char *)names.data,
		oidc ? " of OIDC issuer " : "", oidc ? oidc : "");
	stella_buf_free(&names);
	return err;
}

/* Every identity that has the name. */
static const struct stella_error *find_all(struct stella_identity_match **out, size_t *count,
	struct stella_identities *ids, const struct stella_fulcio *fulcio, const struct stella_identity_asked *asked)
{
	const struct stella_error *err = NULL;
	size_t cap = 0;

	for (size_t i = 0; !err && i < ids->issuer_count; i++) {
		const struct stella_issuer *issuer = ids->issuers[i];

		for (size_t k = 0; !err && k < issuer->identity_count; k++) {
			const char *value = find_name(asked->leaf, &issuer->identities[k]);

			if (!value)
				continue;
			STELLA_GROW(*out, *count, cap);
			(*out)[*count] = (struct stella_identity_match){ .issuer = issuer,
				.identity = &issuer->identities[k], .value = value };
			err = match(&(*out)[(*count)++], ids, fulcio, asked);
		}
	}
	return err;
}

const struct stella_error *stella_identities_need_times(bool *out, struct stella_identities *ids,
	const char *only_issuer, const struct stella_cert *leaf)
{
	const struct stella_error *err = stella_identities_load(ids, only_issuer);

	*out = false;
	for (size_t i = 0; !err && i < ids->issuer_count; i++) {
		for (size_t k = 0; k < ids->issuers[i]->identity_count; k++)
			*out |= ids->issuers[i]->identities[k].anchor_count && find_name(leaf, &ids->issuers[i]->identities[k]);
	}
	return err;
}

const struct stella_error *stella_identities_find(struct stella_identity_match **out, size_t *count,
	struct stella_identities *ids, const char *only_issuer, const struct stella_identity_asked *asked)
{
	struct stella_fulcio *fulcio = NULL;
	const struct stella_error *err;

	*out = NULL;
	*count = 0;
	err = stella_identities_load(ids, only_issuer);
	if (!err)
		err = stella_fulcio_parse(&fulcio, asked->leaf);
	if (!err)
		err = find_all(out, count, ids, fulcio, asked);
	if (!err && !*count)
		err = explain_stranger(ids, only_issuer, asked, fulcio);
	stella_fulcio_free(fulcio);
	if (err) {
		free(*out);
		*out = NULL;
		*count = 0;
	}
	return err;
}
