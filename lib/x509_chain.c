/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains (RFC 5280 6.1).  First a way from the leaf to an anchor is searched by issuer name and
 * verifying key, depth first and within a budget; then all of it is judged, at one time.  Another
 * way is tried where the judgement is no; the error told is the one of the way that came farthest.
 */
#include "x509_internal.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "text.h"

#define DEPTH_MAX (sizeof((struct stella_chain *)0)->certs / sizeof(struct stella_cert *))
#define SIGNATURES_MAX 100 /* checked in one search */

#define INVALID "certificate chain invalid: "
#define WHO "\"%.256s\""

/* ---------------------------------------------------------------- judge */

static const struct stella_error *invalid(const struct stella_cert *cert, const char *why)
{
	return stella_error(STELLA_CHAIN_INVALID, INVALID WHO " %s", stella_cert_show(cert), why);
}

static const struct stella_error *judge_issuer(const struct stella_cert *cert)
{
	if (cert->version != 3 || !cert->has_constraints_basic || !cert->is_ca)
		return invalid(cert, "issued a certificate, but is no CA by its basic constraints");
	if (!cert->basic_critical)
		return invalid(cert, "is a CA whose basic constraints are not critical");
	if (cert->has_key_usage && !(cert->key_usage & STELLA_KU_CERT_SIGN))
		return invalid(cert, "issued a certificate, but its key usage has no keyCertSign");
	return NULL;
}

static const struct stella_error *judge_leaf(const struct stella_cert *cert)
{
	if (cert->is_ca)
		return invalid(cert, "is a CA, not a signer's certificate");
	if (cert->has_subtrees)
		return invalid(cert, "has name constraints, but is no CA");
	if (cert->has_key_usage && cert->key_usage & STELLA_KU_CERT_SIGN)
		return invalid(cert, "has keyCertSign in its key usage, but is no CA");
	return NULL;
}

static const struct stella_error *judge_code_signing(const struct stella_cert *cert)
{
	if (cert->has_key_usage && !(cert->key_usage & STELLA_KU_DIGITAL_SIGNATURE))
		return invalid(cert, "has no digitalSignature in its key usage");
	if (cert->has_eku && !cert->eku_code_signing)
		return invalid(cert, "has no codeSigning in its extended key usage");
	if (!cert->has_eku && !cert->has_key_usage)
		return invalid(cert, "has neither codeSigning nor digitalSignature as a usage");
	return NULL;
}

/* RFC 3161 2.3; RFC 5280 4.2.1.12: which key usages go with it */
static const struct stella_error *judge_time_stamping(const struct stella_cert *cert)
{
	if (cert->has_key_usage && !(cert->key_usage & (STELLA_KU_DIGITAL_SIGNATURE | STELLA_KU_NON_REPUDIATION)))
		return invalid(cert, "has neither digitalSignature nor nonRepudiation in its key usage");
	if (!cert->eku_time_stamping)
		return invalid(cert, "has no timeStamping in its extended key usage");
	if (cert->eku_count != 1)
		return invalid(cert, "has more than timeStamping in its extended key usage");
	if (!cert->eku_critical)
		return invalid(cert, "has an extended key usage timeStamping that is not critical");
	return NULL;
}

/* What the leaf is for, and what its issuers may issue certificates for. */
static const struct stella_error *judge_purpose(const struct stella_chain *chain, enum stella_purpose purpose)
{
	bool is_code = purpose == STELLA_PURPOSE_CODE_SIGNING;
	const struct stella_error *err;

	if (purpose == STELLA_PURPOSE_ANY)
		return NULL;
	err = is_code ? judge_code_signing(chain->certs[0]) :
		judge_time_stamping(chain->certs[0]);

	for (size_t i = 1; !err && i < chain->count; i++) {
		const struct stella_cert *cert = chain->certs[i];

		if (!cert->has_eku || cert->eku_any || (is_code ? cert->eku_code_signing : cert->eku_time_stamping))
			continue;
		err = invalid(cert, is_code ? "is a CA whose extended key usage has no codeSigning" :
			"is a CA whose extended key usage has no timeStamping");
	}
	return err;
}

/* RFC 5280 6.1.4 (l), (m) and 4.2.1.10: self-issued ones below the anchor count for neither rule. */
static const struct stella_error *judge_below(const struct stella_chain *chain, size_t i)
{
	const struct stella_cert *ca = chain->certs[i];
	const struct stella_error *err = NULL;
	int cas = 0;

	for (size_t below = 0; !err && below < i; below++) {
		const struct stella_cert *cert = chain->certs[below];

		if (below > 0 && stella_cert_is_self_issued(cert))
			continue;
		cas += below > 0;
		err = stella_cert_verify_names(ca, cert);
	}
	if (!err && ca->path_len >= 0 && cas > ca->path_len)
		err = stella_error(STELLA_CHAIN_INVALID, INVALID WHO " allows %d CAs below it, found %d",
			stella_cert_show(ca), ca->path_len, cas);
	return err;
}

static const struct stella_error *judge_time(const struct stella_cert *cert, int64_t at)
{
	char from[STELLA_TIME_TEXT], until[STELLA_TIME_TEXT], now[STELLA_TIME_TEXT];

	if (at >= cert->not_before && at <= cert->not_after)
		return NULL;
	stella_time_print(from, cert->not_before);
	stella_time_print(until, cert->not_after);
	stella_time_print(now, at);
	return stella_error(STELLA_CERT_EXPIRED,
		"certificate expired%s: " WHO " is valid from %s until %s, not at %s",
		at < cert->not_before ? " or not yet valid" : "", stella_cert_show(cert), from, until, now);
}

/* Time last: CERT_EXPIRED then means that nothing else is wrong. */
static const struct stella_error *judge_chain(const struct stella_chain *chain, enum stella_purpose purpose,
	int64_t at)
{
	const struct stella_error *err = judge_leaf(chain->certs[0]);

	for (size_t i = 0; !err && i < chain->count; i++)
		if (chain->certs[i]->unknown_critical)
			err = stella_error(STELLA_CHAIN_INVALID,
				INVALID WHO " has a critical extension that is not supported: %s",
				stella_cert_show(chain->certs[i]), chain->certs[i]->unknown_critical);
	for (size_t i = 1; !err && i < chain->count; i++)
		err = judge_issuer(chain->certs[i]);
	for (size_t i = 1; !err && i < chain->count; i++)
		err = judge_below(chain, i);
	if (!err)
		err = judge_purpose(chain, purpose);
	for (size_t i = 0; !err && i < chain->count; i++)
		err = judge_time(chain->certs[i], at);
	return err;
}

/* ---------------------------------------------------------------- search */

struct search {
	const struct stella_cert *const *anchors, *const *intermediates;
	size_t anchor_count, intermediate_count;
	enum stella_purpose purpose;
	int64_t at;
	struct stella_chain way;
	size_t next[DEPTH_MAX];         /* candidate to try for each certificate of the way */
	unsigned signatures;
	unsigned progress;              /* of the best failure */
	struct stella_error failure;
};

enum progress { NO_ISSUER, BAD_SIGNATURE, UNSUPPORTED, JUDGED };

/* A whole way that is not good is told before any that ends, then the longest, the first of its kind. */
static void note(struct search *s, enum progress progress, const struct stella_error *err)
{
	unsigned length = progress == JUDGED ? DEPTH_MAX + 1 : (unsigned)s->way.count;
	unsigned value = length * (JUDGED + 1) + progress;

	if (value > s->progress) {
		s->progress = value;
		s->failure = *err;
	}
}

static bool is_on_way(const struct search *s, const struct stella_cert *cert)
{
	for (size_t i = 0; i < s->way.count; i++)
		if (stella_sha256_equal(&s->way.certs[i]->fingerprint, &cert->fingerprint))
			return true;
	return false;
}

/* The next certificate that has the name of the issuer: anchors first, for the shortest way. */
static const struct stella_cert *next_candidate(struct search *s, bool *is_anchor)
{
	size_t top = s->way.count - 1;

	while (s->next[top] < s->anchor_count + s->intermediate_count) {
		size_t i = s->next[top]++;
		const struct stella_cert *cert;

		*is_anchor = i < s->anchor_count;
		cert = *is_anchor ? s->anchors[i] : s->intermediates[i - s->anchor_count];
		if (!stella_span_equal(cert->subject, s->way.certs[top]->issuer))
			continue;
		if (!*is_anchor && is_on_way(s, cert))
			continue;
		return cert;
	}
	return NULL;
}

/* No further candidate.  If there was one, what became of it came farther and is told. */
static void note_no_issuer(struct search *s)
{
	const struct stella_cert *cert = s->way.certs[s->way.count - 1];
	const struct stella_error *err;

	if (stella_cert_is_self_issued(cert))
		err = stella_error(STELLA_ANCHOR_MISSING,
			"trust anchor not found: " WHO " issued itself and is not among the anchors",
			stella_cert_show(cert));
	else if (!s->anchor_count || s->way.count > 1)
		err = stella_error(STELLA_ANCHOR_MISSING,
			"trust anchor not found: no certificate for issuer " WHO " of " WHO ", neither "
			"among the anchors nor the intermediates", cert->issuer_text, stella_cert_show(cert));
	else
		err = stella_error(STELLA_CHAIN_INVALID,
			INVALID "intermediate missing: no certificate for issuer " WHO,
			cert->issuer_text);
	note(s, NO_ISSUER, err);
}

static bool is_known_link(const struct stella_cert *cert, const struct stella_cert *issuer)
{
	const struct stella_sha256 *signer = atomic_load(&cert->memo->signer);

	return signer && stella_sha256_equal(signer, stella_pubkey_id(issuer->key));
}

static void remember_link(const struct stella_cert *cert, const struct stella_cert *issuer)
{
	struct stella_sha256 *signer = stella_alloc(sizeof *signer), *none = NULL;

	*signer = *stella_pubkey_id(issuer->key);
	if (!atomic_compare_exchange_strong(&cert->memo->signer, &none, signer))
		free(signer);
}

/* Did issuer sign the last of the way?  An error is one that ends the search. */
static const struct stella_error *check_link(struct search *s, const struct stella_cert *issuer, bool *is_good)
{
	const struct stella_cert *cert = s->way.certs[s->way.count - 1];
	const struct stella_error *err;

	*is_good = false;
	if (!cert->alg_known) {
		note(s, UNSUPPORTED, stella_error(STELLA_ALGORITHM_UNSUPPORTED,
			"algorithm not supported: " WHO " is signed with %s", stella_cert_show(cert),
			cert->alg_name));
		return NULL;
	}
	if (!issuer->key) {
		note(s, UNSUPPORTED, stella_error(STELLA_ALGORITHM_UNSUPPORTED,
			"%s, in the certificate of " WHO, issuer->key_problem, stella_cert_show(issuer)));
		return NULL;
	}
	if (++s->signatures > SIGNATURES_MAX) /* those that are remembered count too: it is the search that has an end */
		return stella_error(STELLA_LIMIT, "certificate chain: more than %d signatures to check",
			SIGNATURES_MAX);
	if (is_known_link(cert, issuer)) {
		*is_good = true;
		return NULL;
	}
	err = stella_pubkey_verify(issuer->key, cert->alg, cert->tbs, cert->signature);
	*is_good = !err;
	if (!err) {
		remember_link(cert, issuer);
		return NULL;
	}
	if (err->code != STELLA_SIGNATURE_MISMATCH && err->code != STELLA_ALGORITHM_UNSUPPORTED)
		return err;
	note(s, BAD_SIGNATURE, stella_error(STELLA_CHAIN_INVALID,
		INVALID WHO " (%s) is not signed by the key (%s) of its issuer " WHO, stella_cert_show(cert),
		cert->alg_name, stella_pubkey_type_name(issuer->key), stella_cert_show(issuer)));
	return NULL;
}

/* One step up, to a certificate that signed the last one; true for a good chain. */
static bool climb(struct search *s, const struct stella_cert *issuer, bool is_anchor)
{
	const struct stella_error *err;

	if (s->way.count == DEPTH_MAX) {
		note(s, JUDGED, stella_error(STELLA_LIMIT, "certificate chain of more than %zu certificates",
			DEPTH_MAX));
		return false;
	}
	s->next[s->way.count] = 0;
	s->way.certs[s->way.count++] = issuer;
	if (!is_anchor)
		return false;
	err = judge_chain(&s->way, s->purpose, s->at);
	if (!err)
		return true;
	note(s, JUDGED, err);
	s->way.count--;
	return false;
}

static const struct stella_error *search(struct search *s, bool *is_found)
{
	const struct stella_error *err = NULL;

	while (!err && !*is_found && s->way.count) {
		bool is_anchor, is_good;
		const struct stella_cert *issuer = next_candidate(s, &is_anchor);

		if (!issuer) {
			note_no_issuer(s);
			s->way.count--;
			continue;
		}
		err = check_link(s, issuer, &is_good);
		if (!err && is_good)
			*is_found = climb(s, issuer, is_anchor);
	}
	return err;
}

const struct stella_error *stella_chain_verify_purpose(struct stella_chain *out, enum stella_purpose purpose,
	const struct stella_cert *leaf, const struct stella_cert *const *intermediates, size_t intermediate_count,
	const struct stella_cert *const *anchors, size_t anchor_count, int64_t at)
{
	struct search s = {
		.anchors = anchors, .anchor_count = anchor_count,
		.intermediates = intermediates, .intermediate_count = intermediate_count,
		.purpose = purpose, .at = at, .way = { { leaf }, 1 },
	};
	const struct stella_error *err;
	bool is_found = false;

	*out = (struct stella_chain){ 0 };
	if (!leaf->key)
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "%s, in the certificate of " WHO,
			leaf->key_problem, stella_cert_show(leaf));
	err = search(&s, &is_found);
	if (err)
		return err;
	if (!is_found)
		return stella_error(s.failure.code, "%s", s.failure.message);
	*out = s.way;
	return NULL;
}

const struct stella_error *stella_chain_verify(struct stella_chain *out, const struct stella_cert *leaf,
	const struct stella_cert *const *intermediates, size_t intermediate_count,
	const struct stella_cert *const *anchors, size_t anchor_count, int64_t at)
{
	return stella_chain_verify_purpose(out, STELLA_PURPOSE_CODE_SIGNING, leaf, intermediates, intermediate_count,
		anchors, anchor_count, at);
}
