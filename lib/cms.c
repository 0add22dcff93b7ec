/* SPDX-License-Identifier: Apache-2.0 */
#include "cms.h"

#include "der.h"

#define BYTES(text) { (const uint8_t *)(text), sizeof(text) - 1 }
#define PKCS "\x2a\x86\x48\x86\xf7\x0d\x01"

static const struct stella_span signed_data = BYTES(PKCS "\x07\x02");
static const struct stella_span plain_data = BYTES(PKCS "\x07\x01");
static const struct stella_span attr_content_type = BYTES(PKCS "\x09\x03");
static const struct stella_span attr_message_digest = BYTES(PKCS "\x09\x04");
static const struct stella_span attr_signing_cert_v2 = BYTES(PKCS "\x09\x10\x02\x2f");
static const struct stella_span rsa_encryption = BYTES("\x30\x0d\x06\x09" PKCS "\x01\x01\x05\x00");
static const struct stella_span key_identifier = BYTES("\x55\x1d\x0e");

static const struct stella_error *bad(const char *what)
{
	return stella_error(STELLA_MALFORMED, "invalid SignedData: %s", what);
}

static const struct stella_error *no(const char *what)
{
	return stella_error(STELLA_SIGNATURE_MISMATCH, "%s", what);
}

/* ---------------------------------------------------------------- algorithms */

static const struct stella_error *unsupported(const char *what, struct stella_span identifier)
{
	struct stella_cursor in = stella_cursor(identifier), inside;
	const struct stella_error *err;
	struct stella_buf name = { 0 };
	struct stella_span oid;

	if (stella_der_enter(&in, STELLA_DER_SEQUENCE, &inside) && stella_der_take(&inside, STELLA_DER_OID, &oid))
		stella_der_print_oid(&name, oid);
	err = stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: %s %.128s", what,
		name.data ? (const char *)name.data : "without a name");
	stella_buf_free(&name);
	return err;
}

const struct stella_error *stella_cms_find_hash(enum stella_hash *out, struct stella_span identifier)
{
	static const struct stella_span oids[STELLA_HASH_COUNT] = {
		[STELLA_HASH_SHA256] = BYTES("\x60\x86\x48\x01\x65\x03\x04\x02\x01"),
		[STELLA_HASH_SHA384] = BYTES("\x60\x86\x48\x01\x65\x03\x04\x02\x02"),
		[STELLA_HASH_SHA512] = BYTES("\x60\x86\x48\x01\x65\x03\x04\x02\x03"),
	};
	struct stella_cursor all = stella_cursor(identifier), in;
	struct stella_span oid, null;
	bool good = stella_der_enter(&all, STELLA_DER_SEQUENCE, &in) && stella_der_take(&in, STELLA_DER_OID, &oid);

	if (good && in.left)
		good = stella_der_take(&in, STELLA_DER_NULL, &null) && !in.left;
	for (unsigned i = 0; good && i < STELLA_HASH_COUNT; i++)
		if (stella_span_equal(oid, oids[i])) {
			*out = (enum stella_hash)i;
			return NULL;
		}
	return unsupported("digest", identifier);
}

/* RFC 3370 3.2: rsaEncryption too, which leaves the hash to the signer's digest algorithm. */
static const struct stella_error *find_alg(enum stella_sigalg *out, const struct stella_cms *cms, enum stella_hash hash)
{
	static const enum stella_sigalg rsa[STELLA_HASH_COUNT] = {
		[STELLA_HASH_SHA256] = STELLA_SIG_RSA_SHA256, [STELLA_HASH_SHA384] = STELLA_SIG_RSA_SHA384,
		[STELLA_HASH_SHA512] = STELLA_SIG_RSA_SHA512,
	};

	if (stella_span_equal(cms->alg, rsa_encryption))
		*out = rsa[hash];
	else if (!stella_cert_sigalg_find(out, cms->alg))
		return unsupported("signature", cms->alg);
	if (stella_sigalg_hash(*out) != hash) /* RFC 8419 3: Ed25519 has SHA-512 */
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
			"algorithm not supported: signature %s with digest %s, expected digest %s", stella_sigalg_name(*out),
			stella_hash_name(hash), stella_hash_name(stella_sigalg_hash(*out)));
	return NULL;
}

/* ---------------------------------------------------------------- parsing */

/* Is it the number of this version of a structure? */
static bool take_version(struct stella_cursor *in, uint8_t wanted)
{
	struct stella_span number;

	return stella_der_take_uint(in, &number) && number.size == 1 && number.data[0] == wanted;
}

/* CertificateSet (10.2.2), of X.509 certificates only. */
static const struct stella_error *parse_certs(struct stella_cms *cms, struct stella_cursor in)
{
	struct stella_span der;

	while (stella_der_take_whole(&in, STELLA_DER_SEQUENCE, &der)) {
		const struct stella_error *err;

		if (cms->cert_count == STELLA_CMS_CERTS_MAX)
			return stella_error(STELLA_LIMIT, "SignedData with more than %d certificates",
				STELLA_CMS_CERTS_MAX);
		err = stella_cert_parse(&cms->certs[cms->cert_count], der);
		if (err)
			return stella_error_prefix(err, "invalid SignedData: certificate %zu", cms->cert_count + 1);
		cms->cert_count++;
	}
	return in.left ? bad("a certificate of another kind than X.509") : NULL;
}

/* 5.3, 11.1, 11.2: what is judged is there once, with one value. */
static const struct stella_error *take_value(struct stella_span *out, struct stella_cursor values, uint8_t tag,
	const char *name)
{
	if (out->data)
		return stella_error(STELLA_MALFORMED, "invalid SignedData: signed attribute %s stands there twice", name);
	if (!stella_der_take(&values, tag, out) || values.left)
		return stella_error(STELLA_MALFORMED, "invalid SignedData: signed attribute %s is not what it should be",
			name);
	return NULL;
}

static const struct stella_error *parse_attribute(struct stella_cms *cms, struct stella_cursor in)
{
	struct stella_span oid, certs, list;
	struct stella_cursor values;

	if (!stella_der_take(&in, STELLA_DER_OID, &oid) || !stella_der_enter(&in, STELLA_DER_SET, &values) || in.left ||
	    !values.left)
		return bad("a signed attribute is not what it should be");
	if (stella_span_equal(oid, attr_content_type))
		return take_value(&cms->signed_type, values, STELLA_DER_OID, "content-type");
	if (stella_span_equal(oid, attr_message_digest))
		return take_value(&cms->signed_digest, values, STELLA_DER_OCTET_STRING, "message-digest");
	if (stella_span_equal(oid, attr_signing_cert_v2)) {
		const struct stella_error *err;

		certs = cms->signed_certs;
		err = take_value(&certs, values, STELLA_DER_SEQUENCE, "signing-certificate-v2");
		if (err)
			return err;
		in = stella_cursor(certs); /* RFC 5035 3: the certificates, and perhaps policies */
		if (!stella_der_take(&in, STELLA_DER_SEQUENCE, &cms->signed_certs) || !cms->signed_certs.size ||
		    (in.left && !stella_der_take(&in, STELLA_DER_SEQUENCE, &list)) || in.left)
			return bad("signed attribute signing-certificate-v2 is not what it should be");
	}
	return NULL;
}

static const struct stella_error *parse_attributes(struct stella_cms *cms)
{
	struct stella_cursor in = stella_cursor(cms->attributes), one;
	struct stella_span whole, last = { 0 };
	const struct stella_error *err = NULL;

	while (!err && stella_der_take_whole(&in, STELLA_DER_SEQUENCE, &whole)) {
		struct stella_cursor again = stella_cursor(whole);

		if (last.data && stella_span_compare(last, whole) >= 0)
			return bad("the signed attributes are not in the order of DER"); /* 5.4, X.690 11.6 */
		last = whole;
		if (!stella_der_enter(&again, STELLA_DER_SEQUENCE, &one))
			return bad("a signed attribute is not what it should be");
		err = parse_attribute(cms, one);
	}
	if (err)
		return err;
	if (in.left)
		return bad("a signed attribute is not what it should be");
	if (!cms->signed_type.data)
		return bad("no signed attribute content-type");
	if (!cms->signed_digest.data)
		return bad("no signed attribute message-digest");
	if (!cms->signed_certs.data && !cms->detached)
		return bad("no signed attribute signing-certificate-v2, which binds the signer's certificate");
	return NULL;
}

/* 5.3: version 1 names issuer and serial number, 3 the key's identifier. */
static bool take_signer(struct stella_cms *cms, struct stella_cursor *in)
{
	struct stella_cursor try = *in, id;

	if (take_version(&try, 1)) {
		*in = try;
		return stella_der_enter(in, STELLA_DER_SEQUENCE, &id) &&
			stella_der_take_whole(&id, STELLA_DER_SEQUENCE, &cms->issuer) &&
			stella_der_take_uint(&id, &cms->serial) && !id.left;
	}
	return take_version(in, 3) && stella_der_take(in, STELLA_DER_CONTEXT | 0, &cms->key_id) && cms->key_id.size;
}

static const struct stella_error *parse_signer(struct stella_cms *cms, struct stella_cursor in)
{
	if (!take_signer(cms, &in))
		return bad("the signer is neither issuer and serial number (version 1) nor key identifier (version 3)");
	if (!stella_der_take_whole(&in, STELLA_DER_SEQUENCE, &cms->hash))
		return bad("no digest algorithm");
	if (!stella_der_take(&in, STELLA_DER_CONSTRUCTED | 0, &cms->attributes))
		return bad("no signed attributes");
	if (!stella_der_take_whole(&in, STELLA_DER_SEQUENCE, &cms->alg) ||
	    !stella_der_take(&in, STELLA_DER_OCTET_STRING, &cms->signature))
		return bad("no signature");
	if (in.left && (!stella_der_take(&in, STELLA_DER_CONSTRUCTED | 1, &cms->unsigned_attributes) || in.left))
		return bad("something after the signature that is no unsigned attributes");
	return parse_attributes(cms);
}

/* 5.2: inside, or nothing but its type. */
static const struct stella_error *parse_content(struct stella_cms *cms, struct stella_cursor in)
{
	struct stella_cursor octets;

	if (!stella_der_take(&in, STELLA_DER_OID, &cms->content_type))
		return bad("no content inside");
	if (cms->detached && in.left)
		return bad("content inside, expected a signature of content that is elsewhere");
	if (cms->detached)
		return stella_span_equal(cms->content_type, plain_data) ? NULL : bad("its content is not plain data");
	if (!stella_der_enter(&in, STELLA_DER_CONSTRUCTED | 0, &octets) || in.left ||
	    !stella_der_take(&octets, STELLA_DER_OCTET_STRING, &cms->content) || octets.left)
		return bad("no content inside");
	return NULL;
}

/*
 * RFC 5652 5.1; the version is 3 where the content is not plain data, or the signer is named by a key identifier, and
 * nothing newer is in it, else 1.
 */
static const struct stella_error *parse_signed_data(struct stella_cms *cms, struct stella_cursor in)
{
	struct stella_cursor old = in, content, certs, signers, signer;
	const struct stella_error *err = NULL;
	struct stella_span skipped;

	if (cms->detached && take_version(&old, 1))
		in = old;
	else if (!take_version(&in, 3))
		return bad(cms->detached ? "its version is neither 1 nor 3" : "its version is not 3");
	if (!stella_der_take(&in, STELLA_DER_SET, &skipped)) /* digest algorithms: the signer's says it */
		return bad("no digest algorithms");
	if (!stella_der_enter(&in, STELLA_DER_SEQUENCE, &content))
		return bad("no content inside");
	err = parse_content(cms, content);
	if (!err && stella_der_enter(&in, STELLA_DER_CONSTRUCTED | 0, &certs))
		err = parse_certs(cms, certs);
	if (err)
		return err;
	(void)stella_der_take(&in, STELLA_DER_CONSTRUCTED | 1, &skipped); /* revocation lists */
	if (!stella_der_enter(&in, STELLA_DER_SET, &signers) || in.left)
		return bad("no signers");
	if (!stella_der_enter(&signers, STELLA_DER_SEQUENCE, &signer))
		return bad("no signer, expected one");
	if (signers.left)
		return bad("more than one signer, expected one");
	return parse_signer(cms, signer);
}

static const struct stella_error *parse(struct stella_cms *out, struct stella_span der)
{
	struct stella_cursor all = stella_cursor(der), in, outer, data;
	struct stella_span type;

	if (!stella_der_enter(&all, STELLA_DER_SEQUENCE, &in) || all.left || !stella_der_take(&in, STELLA_DER_OID, &type) ||
	    !stella_span_equal(type, signed_data) || !stella_der_enter(&in, STELLA_DER_CONSTRUCTED | 0, &outer) ||
	    in.left || !stella_der_enter(&outer, STELLA_DER_SEQUENCE, &data) || outer.left)
		return bad("it is not a ContentInfo of SignedData");
	return parse_signed_data(out, data);
}

const struct stella_error *stella_cms_parse(struct stella_cms *out, struct stella_span der)
{
	*out = (struct stella_cms){ 0 };
	return parse(out, der);
}

const struct stella_error *stella_cms_parse_detached(struct stella_cms *out, struct stella_span der)
{
	*out = (struct stella_cms){ .detached = true };
	return parse(out, der);
}

void stella_cms_free(struct stella_cms *cms)
{
	for (size_t i = 0; i < cms->cert_count; i++)
		stella_cert_free(cms->certs[i]);
	*cms = (struct stella_cms){ 0 };
}

/* ---------------------------------------------------------------- the signer's certificate */

bool stella_cms_is_signer(const struct stella_cms *cms, const struct stella_cert *cert)
{
	struct stella_span value, id;
	struct stella_cursor in;

	if (cms->issuer.data)
		return stella_span_equal(cms->issuer, stella_cert_issuer_der(cert)) &&
			stella_span_equal(cms->serial, stella_cert_serial(cert));
	if (!stella_cert_extension(cert, key_identifier, &value))
		return false;
	in = stella_cursor(value);
	return stella_der_take(&in, STELLA_DER_OCTET_STRING, &id) && !in.left && stella_span_equal(id, cms->key_id);
}

/* RFC 5035 4: IssuerSerial, its issuer one directoryName. */
static bool is_issuer_serial(struct stella_cursor in, const struct stella_cert *cert)
{
	struct stella_cursor names, name;
	struct stella_span issuer, serial;

	return stella_der_enter(&in, STELLA_DER_SEQUENCE, &names) && stella_der_take_uint(&in, &serial) && !in.left &&
		stella_der_enter(&names, STELLA_DER_CONSTRUCTED | 4, &name) && !names.left &&
		stella_der_take_whole(&name, STELLA_DER_SEQUENCE, &issuer) && !name.left &&
		stella_span_equal(issuer, stella_cert_issuer_der(cert)) &&
		stella_span_equal(serial, stella_cert_serial(cert));
}

/* Does this ESSCertIDv2 name cert?  Its hash is SHA-256 where it names none. */
static bool names_cert(struct stella_cursor in, const struct stella_cert *cert)
{
	enum stella_hash hash = STELLA_HASH_SHA256;
	uint8_t digest[STELLA_DIGEST_MAX];
	struct stella_cursor issuer_serial;
	struct stella_span identifier, found;

	if (stella_der_take_whole(&in, STELLA_DER_SEQUENCE, &identifier) && stella_cms_find_hash(&hash, identifier))
		return false;
	stella_hash(hash, stella_cert_der(cert), digest);
	if (!stella_der_take(&in, STELLA_DER_OCTET_STRING, &found) ||
	    !stella_span_equal(found, stella_span(digest, stella_hash_size(hash))))
		return false;
	if (!in.left)
		return true;
	return stella_der_enter(&in, STELLA_DER_SEQUENCE, &issuer_serial) && !in.left &&
		is_issuer_serial(issuer_serial, cert);
}

/* The first of the ESSCertIDv2 is the signer's. */
static bool is_bound(const struct stella_cms *cms, const struct stella_cert *cert)
{
	struct stella_cursor list = stella_cursor(cms->signed_certs), first;

	return stella_der_enter(&list, STELLA_DER_SEQUENCE, &first) && names_cert(first, cert);
}

/* Without an ESSCertIDv2: one of two would be a choice, and nobody signed it. */
static const struct stella_error *find_unbound_signer(const struct stella_cert **out, const struct stella_cms *cms,
	const struct stella_cert *const *certs, size_t count)
{
	*out = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!stella_cms_is_signer(cms, certs[i]))
			continue;
		if (*out)
			return no("two certificates are the signer's by issuer and serial number or key identifier");
		*out = certs[i];
	}
	return *out ? NULL : stella_error(STELLA_KEY_UNKNOWN, "no certificate of the signer among the %zu inside",
		cms->cert_count);
}

/* By what the signer says of it, never by its place; of two with that issuer and serial the bound one. */
static const struct stella_error *find_signer(const struct stella_cert **out, const struct stella_cms *cms,
	const struct stella_cert *const *known, size_t known_count)
{
	bool is_named = false;

	for (size_t i = 0; i < known_count + cms->cert_count; i++) {
		const struct stella_cert *cert = i < known_count ? known[i] : cms->certs[i - known_count];

		if (!stella_cms_is_signer(cms, cert))
			continue;
		is_named = true;
		if (is_bound(cms, cert)) {
			*out = cert;
			return NULL;
		}
	}
	if (is_named)
		return no("the signed attribute signing-certificate-v2 names another certificate than the signer's");
	return stella_error(STELLA_KEY_UNKNOWN,
		"no certificate of the signer, neither among the %zu inside nor the %zu known", cms->cert_count, known_count);
}

/* ---------------------------------------------------------------- verifying */

static const struct stella_error *verify_content(const struct stella_cms *cms, enum stella_hash hash,
	struct stella_span content)
{
	uint8_t digest[STELLA_DIGEST_MAX];

	if (!stella_span_equal(cms->signed_type, cms->content_type))
		return no("the signed attribute content-type is not the type of the content");
	stella_hash(hash, content, digest);
	if (!stella_span_equal(cms->signed_digest, stella_span(digest, stella_hash_size(hash))))
		return no("the signed attribute message-digest is not the digest of the content");
	return NULL;
}

const struct stella_error *stella_cms_find_alg(enum stella_sigalg *out, const struct stella_cms *cms)
{
	enum stella_hash hash;
	const struct stella_error *err = stella_cms_find_hash(&hash, cms->hash);

	return err ? err : find_alg(out, cms, hash);
}

void stella_cms_print_signed(struct stella_buf *out, const struct stella_cms *cms)
{
	stella_der_put(out, STELLA_DER_SET, cms->attributes); /* 5.4: not with the tag that they have there */
}

static const struct stella_error *verify(const struct stella_cms *cms, struct stella_span content,
	const struct stella_cert *const *known, size_t known_count, const struct stella_cert **signer)
{
	const struct stella_error *err;
	const struct stella_cert *cert = NULL;
	struct stella_buf set = { 0 };
	enum stella_sigalg alg;

	*signer = NULL;
	err = stella_cms_find_alg(&alg, cms);
	if (!err)
		err = verify_content(cms, stella_sigalg_hash(alg), content);
	if (!err)
		err = cms->signed_certs.data ? find_signer(&cert, cms, known, known_count) :
			find_unbound_signer(&cert, cms, (const struct stella_cert *const *)cms->certs, cms->cert_count);
	if (stella_error_is(err, STELLA_KEY_UNKNOWN) && known_count && !cms->signed_certs.data)
		err = find_unbound_signer(&cert, cms, known, known_count);
	if (err)
		return err;
	if (!stella_cert_key(cert))
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: the key of the signer \"%.256s\"",
			stella_cert_subject(cert));
	stella_cms_print_signed(&set, cms);
	err = stella_pubkey_verify(stella_cert_key(cert), alg, stella_buf_span(&set), cms->signature);
	stella_buf_free(&set);
	if (!err)
		*signer = cert;
	return err;
}

const struct stella_error *stella_cms_verify(const struct stella_cms *cms, const struct stella_cert *const *known,
	size_t known_count, const struct stella_cert **signer)
{
	return verify(cms, cms->content, known, known_count, signer);
}

const struct stella_error *stella_cms_verify_detached(const struct stella_cms *cms, struct stella_span content,
	const struct stella_cert *const *known, size_t known_count, const struct stella_cert **signer)
{
	return verify(cms, content, known, known_count, signer);
}

const struct stella_error *stella_cms_find_unsigned(bool *is_there, struct stella_cursor *values,
	const struct stella_cms *cms, struct stella_span oid)
{
	struct stella_cursor in = stella_cursor(cms->unsigned_attributes), one, set;
	struct stella_span name;

	*is_there = false;
	while (in.left) {
		if (!stella_der_enter(&in, STELLA_DER_SEQUENCE, &one) || !stella_der_take(&one, STELLA_DER_OID, &name) ||
		    !stella_der_enter(&one, STELLA_DER_SET, &set) || one.left || !set.left)
			return bad("an unsigned attribute is not what it should be");
		if (!stella_span_equal(name, oid))
			continue;
		if (*is_there)
			return bad("an unsigned attribute stands there twice");
		*is_there = true;
		*values = set;
	}
	return NULL;
}

static bool is_listed(const struct stella_cms *cms, const struct stella_cert *cert)
{
	struct stella_cursor list = stella_cursor(cms->signed_certs), one;

	while (stella_der_enter(&list, STELLA_DER_SEQUENCE, &one))
		if (names_cert(one, cert))
			return true;
	return false;
}

const struct stella_error *stella_cms_verify_chain(const struct stella_cms *cms, const struct stella_chain *chain)
{
	struct stella_cursor list = stella_cursor(cms->signed_certs), first;

	if (!stella_der_enter(&list, STELLA_DER_SEQUENCE, &first) || !list.left)
		return NULL;
	for (size_t i = 1; i + 1 < chain->count; i++)
		if (!is_listed(cms, chain->certs[i]))
			return stella_error(STELLA_CHAIN_INVALID,
				"certificate chain invalid: \"%.256s\" is not among the certificates that the signer named",
				stella_cert_subject(chain->certs[i]));
	return NULL;
}
