/* SPDX-License-Identifier: Apache-2.0 */
/* The structure is read here and not by GnuTLS, which takes a path length of -1 for 255. */
#include "x509_internal.h"

#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "der.h"
#include "encode.h"
#include "text.h"

#define CERT_MAX (64u << 10)
#define EXTENSIONS_MAX 128
#define SERIAL_MAX 20 /* octets, RFC 5280 4.1.2.2 */

#define BYTES(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static const struct stella_error *bad(const char *what)
{
	return stella_error(STELLA_MALFORMED, "invalid certificate: %s", what);
}

/* ---------------------------------------------------------------- algorithms */

#define OID_PKCS1 "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define OID_SHA2 "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02"
/* RFC 4055 3.1: RSASSA-PSS, hash, MGF1 with it, salt as long as it; with and without the hash's NULL */
#define PSS(hash, salt) \
	"\x30\x41" OID_PKCS1 "\x0a\x30\x34\xa0\x0f\x30\x0d" OID_SHA2 hash "\x05\x00" \
	"\xa1\x1c\x30\x1a" OID_PKCS1 "\x08\x30\x0d" OID_SHA2 hash "\x05\x00\xa2\x03\x02\x01" salt
#define PSS_BARE(hash, salt) \
	"\x30\x3d" OID_PKCS1 "\x0a\x30\x30\xa0\x0d\x30\x0b" OID_SHA2 hash \
	"\xa1\x1a\x30\x18" OID_PKCS1 "\x08\x30\x0b" OID_SHA2 hash "\xa2\x03\x02\x01" salt
#define ECDSA(hash) "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" hash

/* The whole AlgorithmIdentifier, so that no parameter goes unread. */
static const struct {
	struct stella_span der;
	enum stella_sigalg alg;
} algorithms[] = {
	{ BYTES("\x30\x05\x06\x03\x2b\x65\x70"), STELLA_SIG_ED25519 },
	{ BYTES(ECDSA("\x02")), STELLA_SIG_ECDSA_SHA256 },
	{ BYTES(ECDSA("\x03")), STELLA_SIG_ECDSA_SHA384 },
	{ BYTES(ECDSA("\x04")), STELLA_SIG_ECDSA_SHA512 },
	{ BYTES("\x30\x0d" OID_PKCS1 "\x0b\x05\x00"), STELLA_SIG_RSA_SHA256 },
	{ BYTES("\x30\x0d" OID_PKCS1 "\x0c\x05\x00"), STELLA_SIG_RSA_SHA384 },
	{ BYTES("\x30\x0d" OID_PKCS1 "\x0d\x05\x00"), STELLA_SIG_RSA_SHA512 },
	{ BYTES(PSS("\x01", "\x20")), STELLA_SIG_PSS_SHA256 },
	{ BYTES(PSS("\x02", "\x30")), STELLA_SIG_PSS_SHA384 },
	{ BYTES(PSS("\x03", "\x40")), STELLA_SIG_PSS_SHA512 },
	{ BYTES(PSS_BARE("\x01", "\x20")), STELLA_SIG_PSS_SHA256 },
	{ BYTES(PSS_BARE("\x02", "\x30")), STELLA_SIG_PSS_SHA384 },
	{ BYTES(PSS_BARE("\x03", "\x40")), STELLA_SIG_PSS_SHA512 },
};

bool stella_cert_sigalg_find(enum stella_sigalg *out, struct stella_span identifier)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if (stella_span_equal(identifier, algorithms[i].der)) {
			*out = algorithms[i].alg;
			return true;
		}
	return false;
}

static void find_algorithm(struct stella_cert *cert, struct stella_span identifier)
{
	struct stella_cursor in = stella_cursor(identifier), inside;
	struct stella_buf name = { 0 };
	struct stella_span oid;

	cert->alg_known = stella_cert_sigalg_find(&cert->alg, identifier);
	if (cert->alg_known) {
		stella_buf_put_str(&name, stella_sigalg_name(cert->alg));
	} else if (stella_der_enter(&in, STELLA_DER_SEQUENCE, &inside) &&
	    stella_der_take(&inside, STELLA_DER_OID, &oid)) {
		const char *known;

		stella_der_print_oid(&name, oid);
		known = gnutls_sign_get_name(gnutls_oid_to_sign((char *)name.data));
		if (known)
			stella_buf_printf(&name, " (%s)", known);
	}
	cert->alg_name = stella_buf_take_str(&name);
}

/* ---------------------------------------------------------------- names and times */

/* What has no text that GnuTLS can print: "#" and the hex of its DER (RFC 4514 2.4). */
static char *print_name_hex(struct stella_span der)
{
	struct stella_buf text = { 0 };

	stella_buf_put_str(&text, "#");
	stella_hex_print(&text, der);
	return stella_buf_take_str(&text);
}

/* RFC 4514 text of a Name; an empty one gives "". */
static const struct stella_error *print_name(char **out, struct stella_span der)
{
	const struct stella_error *err = NULL;
	const gnutls_datum_t in = { (unsigned char *)(uintptr_t)der.data, (unsigned)der.size };
	gnutls_datum_t text = { 0 };
	gnutls_x509_dn_t dn = NULL;
	int code;

	if (stella_span_equal(der, (struct stella_span)BYTES("\x30\x00"))) {
		*out = stella_strdup("");
		return NULL;
	}
	code = gnutls_x509_dn_init(&dn);
	if (code >= 0)
		code = gnutls_x509_dn_import(dn, &in);
	if (code < 0) {
		err = code == GNUTLS_E_MEMORY_ERROR ? stella_error(STELLA_SYSTEM, "out of memory") :
			bad("a distinguished name that cannot be read");
		goto done;
	}
	if (gnutls_x509_dn_get_str2(dn, &text, 0) < 0) {
		*out = print_name_hex(der); /* an attribute with an empty value, as Sigstore's staging instance has */
		goto done;
	}
	if (!text.data || stella_span_has_nul(stella_span(text.data, text.size)))
		err = bad("a distinguished name that cannot be read");
	if (err)
		goto done;
	*out = stella_span_strdup(stella_span(text.data, text.size));
done:
	gnutls_free(text.data);
	if (dn)
		gnutls_x509_dn_deinit(dn);
	return err;
}

/* RFC 5280 4.1.2.5: UTCTime is of 1950 to 2049; both have seconds and end in Z. */
static const struct stella_error *take_time(int64_t *out, struct stella_cursor *in)
{
	struct stella_buf text = { 0 };
	struct stella_span s, year;
	const struct stella_error *err = NULL;
	struct stella_cursor digits;
	bool utc = stella_der_take(in, STELLA_DER_UTC_TIME, &s);

	if ((!utc && !stella_der_take(in, STELLA_DER_GENERALIZED_TIME, &s)) || s.size != (utc ? 13 : 15))
		return bad("a validity time is neither YYMMDDHHMMSSZ nor YYYYMMDDHHMMSSZ");
	digits = stella_cursor(s);
	if (utc)
		stella_buf_put_str(&text, s.data[0] >= '5' ? "19" : "20");
	if (stella_cursor_take(&digits, utc ? 2 : 4, &year))
		stella_buf_put_span(&text, year);
	stella_buf_printf(&text, "-%.2s-%.2sT%.2s:%.2s:%.3s", digits.at, digits.at + 2, digits.at + 4,
		digits.at + 6, digits.at + 8);
	err = stella_time_parse(out, stella_buf_span(&text));
	stella_buf_free(&text);
	return err ? stella_error_prefix(err, "invalid certificate: validity") : NULL;
}

static const struct stella_error *take_validity(struct stella_cert *cert, struct stella_cursor *tbs)
{
	const struct stella_error *err;
	struct stella_cursor in;

	if (!stella_der_enter(tbs, STELLA_DER_SEQUENCE, &in))
		return bad("no validity");
	err = take_time(&cert->not_before, &in);
	if (!err)
		err = take_time(&cert->not_after, &in);
	if (err)
		return err;
	if (in.left || cert->not_before > cert->not_after)
		return bad("it ends before it begins to be valid");
	return NULL;
}

/* ---------------------------------------------------------------- extensions */

/* BOOLEAN DEFAULT FALSE: absent, or true (X.690 11.5). */
static bool take_flag(struct stella_cursor *in, bool *out)
{
	struct stella_span flag;

	*out = stella_der_take(in, STELLA_DER_BOOLEAN, &flag);
	return !*out || flag.data[0] == 0xff;
}

/* RFC 5280 4.2.1.9 */
static const struct stella_error *parse_basic_constraints(struct stella_cert *cert, struct stella_span der)
{
	struct stella_cursor all = stella_cursor(der), in;
	struct stella_span number;

	cert->has_constraints_basic = true;
	if (!stella_der_enter(&all, STELLA_DER_SEQUENCE, &in) || !take_flag(&in, &cert->is_ca))
		return bad("basic constraints are not what they should be");
	if (stella_der_take_uint(&in, &number)) {
		if (!cert->is_ca)
			return bad("a path length without being a CA");
		/* 255 is as good as more */
		cert->path_len = number.size > 1 ? 255 : number.size ? number.data[0] : 0;
	}
	return in.left ? bad("basic constraints are not what they should be") : NULL;
}

/* RFC 5280 4.2.1.3; X.690 11.2.2: no trailing zero bits */
static const struct stella_error *parse_key_usage(struct stella_cert *cert, struct stella_span der)
{
	struct stella_cursor in = stella_cursor(der);
	struct stella_span bits;

	cert->has_key_usage = true;
	if (!stella_der_take(&in, STELLA_DER_BIT_STRING, &bits) || bits.size < 2 || bits.size > 3 ||
	    !(bits.data[bits.size - 1] >> bits.data[0] & 1))
		return bad("key usage is not what it should be");
	for (unsigned i = 0; i < 8; i++)
		cert->key_usage |= (bits.data[1] >> (7 - i) & 1u) << i;
	return NULL;
}

/* RFC 5280 4.2.1.12 */
static const struct stella_error *parse_eku(struct stella_cert *cert, struct stella_span der)
{
	static const struct stella_span code_signing = BYTES("\x2b\x06\x01\x05\x05\x07\x03\x03");
	static const struct stella_span email = BYTES("\x2b\x06\x01\x05\x05\x07\x03\x04");
	static const struct stella_span time_stamping = BYTES("\x2b\x06\x01\x05\x05\x07\x03\x08");
	static const struct stella_span any = BYTES("\x55\x1d\x25\x00");
	struct stella_cursor all = stella_cursor(der), in;
	struct stella_span oid;

	cert->has_eku = true;
	if (!stella_der_enter(&all, STELLA_DER_SEQUENCE, &in) || !in.left)
		return bad("extended key usage is not what it should be");
	while (stella_der_take(&in, STELLA_DER_OID, &oid)) {
		cert->eku_count++;
		cert->eku_code_signing |= stella_span_equal(oid, code_signing);
		cert->eku_email |= stella_span_equal(oid, email);
		cert->eku_time_stamping |= stella_span_equal(oid, time_stamping);
		cert->eku_any |= stella_span_equal(oid, any);
	}
	return in.left ? bad("extended key usage is not what it should be") : NULL;
}

/* The extensions that are judged; any other one that is critical ends a chain (RFC 5280 4.2). */
static const struct {
	struct stella_span oid;
	const struct stella_error *(*parse)(struct stella_cert *cert, struct stella_span der);
} judged[] = {
	{ BYTES("\x55\x1d\x13"), parse_basic_constraints },
	{ BYTES("\x55\x1d\x0f"), parse_key_usage },
	{ BYTES("\x55\x1d\x25"), parse_eku },
	{ BYTES("\x55\x1d\x11"), stella_cert_parse_names },
	{ BYTES("\x55\x1d\x1e"), stella_cert_parse_constraints },
};

static const struct stella_error *parse_extension(struct stella_cert *cert, struct stella_span oid,
	bool critical, struct stella_span value)
{
	for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
		const struct stella_error *err;

		if (!stella_span_equal(oid, judged[i].oid))
			continue;
		err = stella_der_check(value);
		if (err)
			return stella_error_prefix(err, "invalid certificate: extension");
		if (judged[i].parse == parse_basic_constraints)
			cert->basic_critical = critical;
		if (judged[i].parse == parse_eku)
			cert->eku_critical = critical;
		if (judged[i].parse == stella_cert_parse_names)
			cert->san_critical = critical;
		return judged[i].parse(cert, value);
	}
	if (critical && !cert->unknown_critical) {
		struct stella_buf text = { 0 };

		stella_der_print_oid(&text, oid);
		cert->unknown_critical = stella_buf_take_str(&text);
	}
	return NULL;
}

static const struct stella_error *parse_extensions(struct stella_cert *cert, struct stella_cursor in)
{
	struct stella_span seen[EXTENSIONS_MAX], value;
	const struct stella_error *err = NULL;
	struct stella_cursor list, one;
	size_t count = 0;
	bool critical;

	if (!stella_der_enter(&in, STELLA_DER_SEQUENCE, &list) || in.left || !list.left)
		return bad("extensions are not what they should be");
	cert->extensions = stella_span(list.at, list.left);
	for (; !err && list.left; count++) {
		if (count == EXTENSIONS_MAX)
			return stella_error(STELLA_LIMIT, "certificate with more than %d extensions",
				EXTENSIONS_MAX);
		if (!stella_der_enter(&list, STELLA_DER_SEQUENCE, &one) ||
		    !stella_der_take(&one, STELLA_DER_OID, &seen[count]) || !take_flag(&one, &critical) ||
		    !stella_der_take(&one, STELLA_DER_OCTET_STRING, &value) || one.left)
			return bad("an extension is not what it should be");
		for (size_t i = 0; i < count; i++)
			if (stella_span_equal(seen[i], seen[count]))
				return bad("an extension stands there twice");
		err = parse_extension(cert, seen[count], critical, value);
	}
	return err;
}

/* ---------------------------------------------------------------- the certificate */

/* RFC 5280 4.1.2.1, 4.1.2.2 */
static const struct stella_error *take_version_and_serial(struct stella_cert *cert, struct stella_cursor *tbs)
{
	struct stella_cursor in;
	struct stella_span number;

	cert->version = 1;
	if (stella_der_enter(tbs, STELLA_DER_CONSTRUCTED, &in)) {
		if (!stella_der_take_uint(&in, &number) || in.left || number.size != 1 || number.data[0] > 2)
			return bad("its version is none of 1, 2, 3");
		cert->version = number.data[0] + 1;
	}
	if (!stella_der_take_uint(tbs, &number) ||
	    number.size + (number.size && number.data[0] >= 0x80) > SERIAL_MAX)
		return bad("the serial number is not positive and of at most 20 bytes");
	cert->serial = number;
	return NULL;
}

static const struct stella_error *take_key(struct stella_cert *cert, struct stella_cursor *tbs)
{
	const struct stella_error *err;
	struct stella_span spki;

	if (!stella_der_take_whole(tbs, STELLA_DER_SEQUENCE, &spki))
		return bad("no public key");
	err = stella_pubkey_parse_spki(&cert->key, spki);
	if (stella_error_is(err, STELLA_ALGORITHM_UNSUPPORTED)) {
		cert->key_problem = stella_strdup(err->message);
		return NULL;
	}
	return err ? stella_error_prefix(err, "invalid certificate") : NULL;
}

/* RFC 5280 4.1.2.4, 4.1.2.6: who issued it, and who it is, in the subject or in a critical SAN */
static const struct stella_error *check_names(const struct stella_cert *cert)
{
	if (!*cert->issuer_text)
		return bad("no issuer name");
	if (!*cert->subject_text && (!cert->has_san || !cert->san_critical))
		return bad("no subject name and no critical alternative name");
	if (!cert->serial.size && !stella_cert_is_self_issued(cert)) /* well-known roots have it */
		return bad("the serial number is zero");
	return NULL;
}

static const struct stella_error *parse_tbs(struct stella_cert *cert, struct stella_cursor tbs,
	struct stella_span algorithm)
{
	const struct stella_error *err;
	struct stella_cursor extensions;
	struct stella_span inner;

	err = take_version_and_serial(cert, &tbs);
	if (err)
		return err;
	if (!stella_der_take_whole(&tbs, STELLA_DER_SEQUENCE, &inner) || !stella_span_equal(inner, algorithm))
		return bad("the signature algorithm inside is not the one outside");
	if (!stella_der_take_whole(&tbs, STELLA_DER_SEQUENCE, &cert->issuer))
		return bad("no issuer name");
	err = take_validity(cert, &tbs);
	if (err)
		return err;
	if (!stella_der_take_whole(&tbs, STELLA_DER_SEQUENCE, &cert->subject))
		return bad("no subject name");
	err = print_name(&cert->issuer_text, cert->issuer);
	if (!err)
		err = print_name(&cert->subject_text, cert->subject);
	if (!err)
		err = take_key(cert, &tbs);
	if (err)
		return err;
	if (cert->version == 3 && stella_der_enter(&tbs, STELLA_DER_CONSTRUCTED | 3, &extensions))
		err = parse_extensions(cert, extensions);
	if (!err && tbs.left)
		err = bad("unique identifiers, or extensions before version 3");
	return err ? err : check_names(cert);
}

const struct stella_error *stella_cert_parse(struct stella_cert **out, struct stella_span der)
{
	struct stella_cert *cert = stella_alloc(sizeof *cert);
	const struct stella_error *err = NULL;
	struct stella_cursor all, in, tbs;
	struct stella_span algorithm, bits;

	*out = NULL;
	cert->memo = stella_alloc(sizeof *cert->memo);
	cert->path_len = -1;
	if (der.size > CERT_MAX) {
		err = stella_error(STELLA_LIMIT, "certificate of more than %u bytes", CERT_MAX);
		goto done;
	}
	err = stella_der_check(der);
	if (err) {
		err = stella_error_prefix(err, "invalid certificate");
		goto done;
	}
	stella_buf_put_span(&cert->der, der);
	cert->fingerprint = stella_sha256(der);
	all = stella_cursor(stella_buf_span(&cert->der));
	if (!stella_der_enter(&all, STELLA_DER_SEQUENCE, &in) ||
	    !stella_der_take_whole(&in, STELLA_DER_SEQUENCE, &cert->tbs) ||
	    !stella_der_take_whole(&in, STELLA_DER_SEQUENCE, &algorithm) ||
	    !stella_der_take(&in, STELLA_DER_BIT_STRING, &bits) || bits.data[0] || in.left) {
		err = bad("it is not to-be-signed part, algorithm and signature");
		goto done;
	}
	cert->signature = stella_span(bits.data + 1, bits.size - 1);
	find_algorithm(cert, algorithm);
	all = stella_cursor(cert->tbs);
	stella_der_enter(&all, STELLA_DER_SEQUENCE, &tbs);
	err = parse_tbs(cert, tbs, algorithm);
	if (err)
		goto done;
	*out = cert;
	cert = NULL;
done:
	stella_cert_free(cert);
	return err;
}

const struct stella_error *stella_cert_parse_pem(struct stella_cert **out, struct stella_span pem)
{
	struct stella_buf der = { 0 };
	const struct stella_error *err;

	*out = NULL;
	if (pem.size > 2 * CERT_MAX)
		return stella_error(STELLA_LIMIT, "certificate of more than %u bytes", CERT_MAX);
	err = stella_pem_parse(&der, pem, "CERTIFICATE");
	if (!err)
		err = stella_cert_parse(out, stella_buf_span(&der));
	stella_buf_free(&der);
	return err;
}

void stella_cert_free(struct stella_cert *cert)
{
	if (!cert)
		return;
	stella_cert_free_names(cert);
	free(atomic_load(&cert->memo->signer));
	free(cert->memo);
	stella_pubkey_free(cert->key);
	free(cert->key_problem);
	free(cert->unknown_critical);
	free(cert->alg_name);
	free(cert->subject_text);
	free(cert->issuer_text);
	stella_buf_free(&cert->der);
	free(cert);
}

/* ---------------------------------------------------------------- what it says */

struct stella_span stella_cert_der(const struct stella_cert *cert)
{
	return stella_buf_span(&cert->der);
}

const struct stella_sha256 *stella_cert_fingerprint(const struct stella_cert *cert)
{
	return &cert->fingerprint;
}

struct stella_span stella_cert_tbs(const struct stella_cert *cert)
{
	return cert->tbs;
}

struct stella_span stella_cert_issuer_der(const struct stella_cert *cert)
{
	return cert->issuer;
}

struct stella_span stella_cert_serial(const struct stella_cert *cert)
{
	return cert->serial;
}

bool stella_cert_extension(const struct stella_cert *cert, struct stella_span oid, struct stella_span *value)
{
	struct stella_cursor list = stella_cursor(cert->extensions), one;
	struct stella_span id, critical;

	while (stella_der_enter(&list, STELLA_DER_SEQUENCE, &one))
		if (stella_der_take(&one, STELLA_DER_OID, &id) && stella_span_equal(id, oid)) {
			stella_der_take(&one, STELLA_DER_BOOLEAN, &critical);
			return stella_der_take(&one, STELLA_DER_OCTET_STRING, value);
		}
	return false;
}

bool stella_cert_authority_key_id(const struct stella_cert *cert, struct stella_span *id)
{
	static const struct stella_span oid = BYTES("\x55\x1d\x23");
	struct stella_cursor in, fields;
	struct stella_span value;

	if (!stella_cert_extension(cert, oid, &value) || stella_der_check(value))
		return false;
	in = stella_cursor(value);
	return stella_der_enter(&in, STELLA_DER_SEQUENCE, &fields) && stella_der_take(&fields, STELLA_DER_CONTEXT, id);
}

bool stella_cert_names_issuer(const struct stella_cert *cert, const struct stella_cert *issuer)
{
	return stella_span_equal(cert->issuer, issuer->subject);
}

bool stella_cert_is_signed_by(const struct stella_cert *cert, const struct stella_cert *issuer)
{
	return cert->alg_known && issuer->key && !stella_pubkey_verify(issuer->key, cert->alg, cert->tbs, cert->signature);
}

const char *stella_cert_subject(const struct stella_cert *cert)
{
	return cert->subject_text;
}

const char *stella_cert_issuer(const struct stella_cert *cert)
{
	return cert->issuer_text;
}

int64_t stella_cert_not_before(const struct stella_cert *cert)
{
	return cert->not_before;
}

int64_t stella_cert_not_after(const struct stella_cert *cert)
{
	return cert->not_after;
}

bool stella_cert_is_ca(const struct stella_cert *cert)
{
	return cert->is_ca;
}

bool stella_cert_is_self_issued(const struct stella_cert *cert)
{
	return stella_span_equal(cert->subject, cert->issuer);
}

const struct stella_pubkey *stella_cert_key(const struct stella_cert *cert)
{
	return cert->key;
}

const char *stella_cert_key_problem(const struct stella_cert *cert)
{
	return cert->key_problem;
}
