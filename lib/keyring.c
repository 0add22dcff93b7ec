/* SPDX-License-Identifier: Apache-2.0 */
#include "keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "text.h"

struct stella_keyring {
	struct stella_shelf *shelf;
	struct stella_report *report;
	struct stella_sigmemo *memo; /* may be NULL */
	const struct stella_shelved **told; size_t told_count, told_cap; /* named by a hint, and cannot be used */
	const struct stella_shelved *const *all; size_t count;
	bool complete;               /* all was asked for */
	unsigned tries;
};

struct stella_keyring *stella_keyring_new(struct stella_shelf *shelf, struct stella_report *report)
{
	struct stella_keyring *ring = stella_alloc(sizeof *ring);

	ring->shelf = shelf;
	ring->report = report;
	return ring;
}

void stella_keyring_remember(struct stella_keyring *ring, struct stella_sigmemo *memo)
{
	ring->memo = memo;
}

void stella_keyring_free(struct stella_keyring *ring)
{
	if (!ring)
		return;
	free(ring->told);
	free(ring);
}

bool stella_keyring_hint(char keyid[STELLA_SHA256_HEX], const char *hint)
{
	struct stella_span text = stella_span_str(hint);
	struct stella_sha256 digest;
	struct stella_buf bytes = { 0 };
	bool found;

	if (stella_sha256_parse(&digest, text)) {
		stella_sha256_hex(keyid, &digest);
		return true;
	}
	if (stella_span_starts(text, "SHA256:"))
		text = stella_span(text.data + 7, text.size - 7);
	found = !stella_base64_parse(&bytes, text, STELLA_BASE64_ANY) && bytes.size == sizeof digest.bytes;
	if (found) {
		memcpy(digest.bytes, bytes.data, sizeof digest.bytes);
		stella_sha256_hex(keyid, &digest);
	}
	stella_buf_free(&bytes);
	return found;
}

static bool was_told(const struct stella_keyring *ring, const struct stella_shelved *entry)
{
	for (size_t i = 0; i < ring->told_count; i++)
		if (ring->told[i] == entry)
			return true;
	return false;
}

/* The key that a hint names; *out NULL: there is none, or it cannot be used. */
static const struct stella_error *load_named(const struct stella_key **out, struct stella_keyring *ring, const char *keyid)
{
	const struct stella_shelved *entry;
	const struct stella_error *err = stella_shelf_find(&entry, ring->shelf, STELLA_SHELF_KEY, keyid);

	if (err || !entry)
		return err;
	*out = entry->record.key;
	if (!entry->why || ring->complete || was_told(ring, entry))
		return NULL;
	STELLA_GROW(ring->told, ring->told_count, ring->told_cap);
	ring->told[ring->told_count++] = entry;
	stella_report_trouble(ring->report, entry->path, entry->why);
	return NULL;
}

static const struct stella_error *load_all(struct stella_keyring *ring)
{
	const struct stella_error *err;

	if (ring->complete)
		return NULL;
	err = stella_shelf_all(&ring->all, &ring->count, ring->shelf, STELLA_SHELF_KEY);
	ring->complete = !err;
	for (size_t i = 0; i < ring->count; i++)
		if (ring->all[i]->why && !was_told(ring, ring->all[i]))
			stella_report_trouble(ring->report, ring->all[i]->path, ring->all[i]->why);
	return err;
}

/* Cheap, before any arithmetic: could a key of this type have made a signature of this size? */
static bool fits(const struct stella_key *key, struct stella_span sig)
{
	switch (stella_pubkey_type(key->key)) {
	case STELLA_KEY_ED25519:
		return sig.size == 64;
	case STELLA_KEY_P256:
	case STELLA_KEY_P384:
	case STELLA_KEY_P521: /* a DER sequence of two integers */
		return sig.size >= 8 && sig.size <= 2 * ((stella_pubkey_bits(key->key) + 7) / 8) + 9
			&& sig.data[0] == 0x30;
	case STELLA_KEY_RSA:
		return sig.size == (stella_pubkey_bits(key->key) + 7) / 8;
	default:
		return false;
	}
}

/* The key that a hint named did not verify it: is it another algorithm than its record fixes? */
static const struct stella_error *explain_mismatch(const struct stella_key *key, struct stella_span message,
	struct stella_span sig)
{
	for (unsigned alg = 0; alg < STELLA_SIG_COUNT; alg++) {
		if (alg != key->algorithm && stella_pubkey_allows(key->key, (enum stella_sigalg)alg)
			&& !stella_pubkey_verify(key->key, (enum stella_sigalg)alg, message, sig))
			return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
				"algorithm not supported: signed with %s, keys/%s.json says %s",
				stella_sigalg_name((enum stella_sigalg)alg), key->id,
				stella_sigalg_name(key->algorithm));
	}
	return stella_error(STELLA_SIGNATURE_MISMATCH,
		"signature verification failed: key %s, which is named, "
		"did not sign these bytes: the attestation was altered, or another key signed it",
		key->id);
}

static const struct stella_error *try_all(const struct stella_key **out, struct stella_keyring *ring,
	const struct stella_key *named, struct stella_span message, struct stella_span sig)
{
	const struct stella_error *err = load_all(ring);

	for (size_t i = 0; !err && i < ring->count && !*out; i++) {
		const struct stella_key *key = ring->all[i]->record.key;

		if (!key || key == named || !fits(key, sig))
			continue;
		if (ring->tries++ == STELLA_KEY_TRIES_MAX)
			return stella_error(STELLA_LIMIT,
				"more than %d keys to be tried: "
				"the attestation does not say by a key id which one signed it",
				STELLA_KEY_TRIES_MAX);
		if (!stella_sigmemo_verify(ring->memo, key->key, key->algorithm, message, sig))
			*out = key;
	}
	return err;
}

const struct stella_error *stella_keyring_find(const struct stella_key **out,
	const struct stella_key **named, struct stella_keyring *ring, const char *hint,
	struct stella_span message, struct stella_span sig)
{
	const struct stella_error *err = NULL;
	char keyid[STELLA_SHA256_HEX];

	*out = *named = NULL;
	if (hint && stella_keyring_hint(keyid, hint))
		err = load_named(named, ring, keyid);
	if (err)
		return err;
	if (*named && !stella_sigmemo_verify(ring->memo, (*named)->key, (*named)->algorithm, message, sig)) {
		*out = *named;
		return NULL;
	}
	err = try_all(out, ring, *named, message, sig);
	if (err || *out)
		return err;
	if (*named)
		return explain_mismatch(*named, message, sig);
	if (hint)
		return stella_error(STELLA_KEY_UNKNOWN,
			"key not known: \"%.200s\" is not the id of a known key, "
			"and none of the %zu known keys signed these bytes",
			hint, ring->count);
	return stella_error(STELLA_KEY_UNKNOWN,
		"key not known: none of the %zu known keys signed these bytes, "
		"and no key id came with the signature",
		ring->count);
}

const struct stella_error *stella_key_verify_time(const struct stella_key *key, int64_t at)
{
	enum stella_code code = key->status == STELLA_KEY_RETIRED ? STELLA_KEY_EXPIRED : STELLA_KEY_REVOKED;
	char since[STELLA_TIME_TEXT], then[STELLA_TIME_TEXT];

	stella_time_print(then, at);
	if (key->status != STELLA_KEY_ACTIVE && key->revoked_since == STELLA_TIME_NONE)
		return stella_error(code, "key %s: keys/%s.json: %.300s", stella_key_status_name(key->status),
			key->id, key->reason);
	if (key->status != STELLA_KEY_ACTIVE && at >= key->revoked_since) {
		stella_time_print(since, key->revoked_since);
		return stella_error(code, "key %s: keys/%s.json: since %s, judged at %s: %.300s",
			stella_key_status_name(key->status), key->id, since, then, key->reason);
	}
	if (key->valid_from != STELLA_TIME_NONE && at < key->valid_from) {
		stella_time_print(since, key->valid_from);
		return stella_error(STELLA_KEY_EXPIRED,
			"key not yet valid: keys/%s.json: from %s, judged at %s", key->id, since, then);
	}
	if (key->expires != STELLA_TIME_NONE && at > key->expires) {
		stella_time_print(since, key->expires);
		return stella_error(STELLA_KEY_EXPIRED, "key expired: keys/%s.json: until %s, judged at %s",
			key->id, since, then);
	}
	return NULL;
}
