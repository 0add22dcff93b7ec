/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Sigstore instance of our own, made on the spot with keys that are thrown away: a certificate authority like Fulcio
 * with a CT log, a Rekor v1 and two Rekor v2 (Ed25519 and P-256), two timestamp authorities; and what they make: bundles
 * of every version and kind, good ones, and such where one thing is of another bundle.  Link $(GNUTLS_LIBS).
 */
#ifndef STELLA_TESTS_SIGSTOREKIT_H
#define STELLA_TESTS_SIGSTOREKIT_H

#include "bundle.h"
#include "signkit.h"
#include "sigstore.h"

#define SK_TIME 1760000000 /* when all is signed */
#define SK_IDENTITY "https://git.example/org/repo/.github/workflows/release.yml@refs/heads/main"
#define SK_ISSUER "https://oidc.example"

enum { SK_REKOR1, SK_REKOR2, SK_REKOR2_P256, SK_LOGS }; /* logs */
enum { SK_TSA, SK_TSA_OTHER, SK_TSAS };

struct sk_cert {                      /* what a leaf says; zero: as Fulcio makes them */
	int64_t from, until;          /* 0: SK_TIME, ten minutes */
	bool no_sct, as_email;        /* as_email: the identity as another kind of name */
	const struct kit_key *ct;     /* NULL: the CT log of the instance */
	const struct stella_buf *other_tbs; /* SCT over this precertificate instead of its own */
};

struct sk {
	struct kit_key ca_root, ca, ct, logs[SK_LOGS], tsa_root[SK_TSAS], tsa[SK_TSAS], witness;
	struct stella_buf ca_root_cert, ca_cert, tsa_root_cert[SK_TSAS], tsa_cert[SK_TSAS];
	uint64_t serial;
	struct sk_cert leaf;          /* of sk_sign */
};
void sk_open(struct sk *sk);
void sk_close(struct sk *sk);
struct stella_json *sk_root(const struct sk *sk); /* the trusted root; yours */
struct stella_trustroot *sk_parse_root(const struct stella_json *root);

/* ---- certificates */
void sk_leaf(struct stella_buf *der, struct sk *sk, const struct kit_key *key, const struct sk_cert *what);

/* ---- what is in a bundle */
struct sk_shape {
	const char *name;
	unsigned minor, log;
	bool dsse, intoto, key;       /* intoto: entry intoto 0.0.2, not dsse 0.0.1 */
};
extern const struct sk_shape sk_shapes[];
extern const size_t sk_shape_count;

struct sk_parts {
	struct stella_buf artifact, payload, digest, signature, verifier; /* digest: SHA-256 of what was signed */
	struct stella_buf envelope_hash;
	char *cert;                   /* not NULL: verifier is a certificate */
};
/* Signs "artifact NAME" with the key; a certificate is made for it where the shape has one. */
void sk_sign(struct sk_parts *out, struct sk *sk, const struct sk_shape *shape, const struct kit_key *key, const char *name);
void sk_parts_free(struct sk_parts *parts);
/* The log records these parts: a genuine entry, yours. */
struct stella_json *sk_log(const struct sk *sk, const struct sk_shape *shape, const struct sk_parts *recorded, int64_t at);
/* Another text into the same log. */
struct stella_json *sk_log_body(const struct sk *sk, const struct sk_shape *shape, const char *kind, const char *version,
	struct stella_span body, int64_t at);
/* A timestamp over message; hash "sha256" "sha384" "sha512". */
void sk_stamp(struct stella_buf *der, const struct sk *sk, unsigned tsa, struct stella_span message, int64_t at,
	bool embed);
/* Takes entry over; stamp may be NULL. */
struct stella_json *sk_bundle(const struct sk_shape *shape, const struct sk_parts *parts, struct stella_json *entry,
	const struct stella_buf *stamp);
/* All of it, good; parts may be NULL. */
struct stella_json *sk_make(struct sk *sk, const struct sk_shape *shape, const struct kit_key *key, const char *name,
	struct sk_parts *parts);

#endif
