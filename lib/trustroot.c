/* SPDX-License-Identifier: Apache-2.0 */
#include "trustroot.h"

#include <stdlib.h>
#include <string.h>

#include "der.h"
#include "encode.h"

#define CERTS_MAX 16
#define CERT_MAX 65536

bool stella_window_holds(const struct stella_window *window, int64_t at)
{
	return at >= window->start && at <= window->end;
}

static const struct stella_error *within(const struct stella_error *err, const char *name)
{
	return err ? stella_error_prefix(err, "\"%s\"", name) : NULL;
}

/* ---------------------------------------------------------------- parts */

/*
 * RFC 3339 in UTC, as protobuf prints it, with or without a fraction.  Times are compared in whole
 * seconds: of a start the next one, of an end the one that it lies in.
 */
static const struct stella_error *parse_time(int64_t *out, const char *text, bool is_start)
{
	const struct stella_error *err;
	struct stella_buf whole = { 0 };
	size_t digits = 0;
	bool part = false;

	if (strlen(text) > 20 && text[19] == '.') {
		while (text[20 + digits] >= '0' && text[20 + digits] <= '9')
			part |= text[20 + digits++] != '0';
		if (digits < 1 || digits > 9)
			return stella_error(STELLA_MALFORMED, "\"%.64s\" is not a time", text);
		stella_buf_put(&whole, text, 19);
		stella_buf_put_str(&whole, text + 20 + digits);
	} else {
		stella_buf_put_str(&whole, text);
	}
	err = stella_time_parse(out, stella_buf_span(&whole));
	if (!err && part && is_start)
		++*out;
	stella_buf_free(&whole);
	return err;
}

/* sigstore_common.proto TimeRange: a start must be there, without an end it is open. */
static const struct stella_error *parse_window(struct stella_window *out, const struct stella_json *owner)
{
	static const char *const names[] = { "end", "start", NULL };
	const struct stella_json *range;
	const struct stella_error *err;
	const char *start, *end;

	*out = (struct stella_window){ INT64_MIN, INT64_MAX };
	err = stella_json_want(&range, owner, "validFor", STELLA_JSON_OBJECT);
	if (err || !range)
		return err;
	err = stella_json_closed(range, names);
	if (!err)
		err = stella_json_need_text(&start, range, "start");
	if (!err)
		err = within(parse_time(&out->start, start, true), "start");
	if (!err && stella_json_find(range, "end") &&
	    stella_json_type(stella_json_find(range, "end")) != STELLA_JSON_NULL) {
		err = stella_json_need_text(&end, range, "end");
		if (!err)
			err = within(parse_time(&out->end, end, false), "end");
	}
	if (!err && out->start > out->end)
		err = stella_error(STELLA_MALFORMED, "ends before it starts");
	return within(err, "validFor");
}

static const struct stella_error *parse_text(char **out, const struct stella_json *v, const char *name)
{
	const char *text;
	const struct stella_error *err = stella_json_want_text(&text, v, name);

	if (!err && text)
		*out = stella_strdup(text);
	return err;
}

static const struct stella_error *parse_bytes(struct stella_buf *out, const struct stella_json *v, const char *name)
{
	const char *text;
	const struct stella_error *err = stella_json_need_text(&text, v, name);

	if (err)
		return err;
	err = stella_base64_parse(out, stella_span_str(text), STELLA_BASE64_ANY);
	if (err)
		return within(err, name);
	return out->size ? NULL : stella_error(STELLA_MALFORMED, "\"%s\": empty", name);
}

/* ---------------------------------------------------------------- logs */

/* sigstore_common.proto PublicKeyDetails, those that are supported. */
static const struct details {
	const char *name;
	enum stella_keytype type;
	enum stella_sigalg alg;
	unsigned bits;               /* 0: any that is strong enough */
	bool pkcs1;                  /* RSAPublicKey (RFC 8017 A.1.1), no SubjectPublicKeyInfo */
} details[] = {
	{ "PKIX_ECDSA_P256_SHA_256", STELLA_KEY_P256, STELLA_SIG_ECDSA_SHA256, 0, false },
	{ "PKIX_ECDSA_P384_SHA_384", STELLA_KEY_P384, STELLA_SIG_ECDSA_SHA384, 0, false },
	{ "PKIX_ECDSA_P521_SHA_512", STELLA_KEY_P521, STELLA_SIG_ECDSA_SHA512, 0, false },
	{ "PKIX_ED25519", STELLA_KEY_ED25519, STELLA_SIG_ED25519, 0, false },
	{ "PKCS1_RSA_PKCS1V5", STELLA_KEY_RSA, STELLA_SIG_RSA_SHA256, 0, true },
	{ "PKIX_RSA_PKCS1V5", STELLA_KEY_RSA, STELLA_SIG_RSA_SHA256, 0, false },
	{ "PKIX_RSA_PKCS1V15_2048_SHA256", STELLA_KEY_RSA, STELLA_SIG_RSA_SHA256, 2048, false },
	{ "PKIX_RSA_PKCS1V15_3072_SHA256", STELLA_KEY_RSA, STELLA_SIG_RSA_SHA256, 3072, false },
	{ "PKIX_RSA_PKCS1V15_4096_SHA256", STELLA_KEY_RSA, STELLA_SIG_RSA_SHA256, 4096, false },
};

/* RSAPublicKey ::= SEQUENCE { modulus, publicExponent } */
static const struct stella_error *parse_pkcs1(struct stella_pubkey **out, struct stella_span der)
{
	struct stella_keyform form = { .type = STELLA_KEY_RSA };
	struct stella_cursor outer = stella_cursor(der), c;
	const struct stella_error *err;
	struct stella_buf spki = { 0 };

	if (!stella_der_enter(&outer, STELLA_DER_SEQUENCE, &c) || outer.left > 0 ||
	    !stella_der_take_uint(&c, &form.modulus) || !stella_der_take_uint(&c, &form.exponent) || c.left > 0)
		return stella_error(STELLA_MALFORMED, "no RSAPublicKey");
	stella_keyform_print_spki(&spki, &form);
	err = stella_pubkey_parse_spki(out, stella_buf_span(&spki));
	stella_buf_free(&spki);
	return err;
}

/* A key that cannot be used is none, and that is no error. */
static struct stella_pubkey *usable_key(enum stella_sigalg *alg, const char *name, struct stella_span der)
{
	const struct stella_error *err;
	struct stella_pubkey *key = NULL;
	const struct details *d = NULL;

	for (size_t i = 0; i < sizeof details / sizeof *details; i++)
		if (strcmp(details[i].name, name) == 0)
			d = &details[i];
	if (!d)
		return NULL;
	err = d->pkcs1 ? parse_pkcs1(&key, der) : stella_pubkey_parse_spki(&key, der);
	if (err)
		return NULL;
	*alg = d->alg;
	if (stella_pubkey_type(key) == d->type && (!d->bits || stella_pubkey_bits(key) == d->bits))
		return key;
	stella_pubkey_free(key);
	return NULL;
}

/* The object at name, with no other members than these. */
static const struct stella_error *open_object(const struct stella_json **out, const struct stella_json *v,
	const char *name, const char *const *names)
{
	const struct stella_error *err = stella_json_need(out, v, name, STELLA_JSON_OBJECT);

	return err ? err : within(stella_json_closed(*out, names), name);
}

static const struct stella_error *parse_log(struct stella_log *log, const struct stella_json *v)
{
	static const char *const names[] = { "baseUrl", "checkpointKeyId", "hashAlgorithm", "logId", "operator",
		"publicKey", NULL };
	static const char *const key_names[] = { "keyDetails", "rawBytes", "validFor", NULL };
	static const char *const id_names[] = { "keyId", NULL };
	const struct stella_json *key, *id;
	const struct stella_error *err = stella_json_closed(v, names);
	struct stella_buf der = { 0 };

	if (!err)
		err = parse_text(&log->base_url, v, "baseUrl");
	if (!err)
		err = open_object(&key, v, "publicKey", key_names);
	if (err)
		goto done;
	err = parse_text(&log->key_details, key, "keyDetails");
	if (!err)
		err = parse_bytes(&der, key, "rawBytes");
	if (!err)
		err = parse_window(&log->window, key);
	if (err) {
		err = within(err, "publicKey");
		goto done;
	}
	err = open_object(&id, v, "logId", id_names);
	if (!err)
		err = within(parse_bytes(&log->id, id, "keyId"), "logId");
	if (!err && log->key_details)
		log->key = usable_key(&log->alg, log->key_details, stella_buf_span(&der));
done:
	stella_buf_free(&der);
	return err;
}

/* ---------------------------------------------------------------- authorities */

static const struct stella_error *parse_cert(struct stella_cert **out, const struct stella_json *v)
{
	static const char *const names[] = { "rawBytes", NULL };
	const struct stella_error *err;
	struct stella_buf der = { 0 };

	if (stella_json_type(v) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not a JSON object");
	err = stella_json_closed(v, names);
	if (!err)
		err = parse_bytes(&der, v, "rawBytes");
	if (!err && der.size > CERT_MAX)
		err = stella_error(STELLA_LIMIT, "%zu bytes, at most %d are allowed", der.size, CERT_MAX);
	if (!err)
		err = stella_cert_parse(out, stella_buf_span(&der));
	stella_buf_free(&der);
	return err;
}

static const struct stella_error *parse_chain(struct stella_authority *out, const struct stella_json *v)
{
	static const char *const names[] = { "certificates", NULL };
	const struct stella_json *chain, *certs;
	const struct stella_error *err;
	size_t count;

	err = open_object(&chain, v, "certChain", names);
	if (!err)
		err = stella_json_need(&certs, chain, "certificates", STELLA_JSON_ARRAY);
	if (err)
		return err;
	count = stella_json_count(certs);
	if (!count)
		return stella_error(STELLA_MALFORMED, "\"certificates\": empty");
	if (count > CERTS_MAX)
		return stella_error(STELLA_LIMIT, "\"certificates\": %zu, at most %d are allowed", count, CERTS_MAX);
	out->certs = stella_alloc_array(count, sizeof *out->certs);
	for (size_t i = 0; i < count; i++) {
		err = parse_cert(&out->certs[i], stella_json_at(certs, i));
		if (err)
			return stella_error_prefix(err, "certificate %zu", i + 1);
		out->cert_count++;
	}
	return NULL;
}

static const struct stella_error *parse_authority(struct stella_authority *out, const struct stella_json *v)
{
	static const char *const names[] = { "certChain", "operator", "subject", "uri", "validFor", NULL };
	static const char *const subject_names[] = { "commonName", "organization", NULL };
	const struct stella_json *subject;
	const struct stella_error *err = stella_json_closed(v, names);

	if (!err)
		err = parse_text(&out->uri, v, "uri");
	if (!err)
		err = stella_json_want(&subject, v, "subject", STELLA_JSON_OBJECT);
	if (!err && subject)
		err = within(stella_json_closed(subject, subject_names), "subject");
	if (!err && subject)
		err = parse_text(&out->organization, subject, "organization");
	if (!err && subject)
		err = parse_text(&out->common_name, subject, "commonName");
	if (!err)
		err = parse_window(&out->window, v);
	return err ? err : parse_chain(out, v);
}

/* ---------------------------------------------------------------- the whole */

static const struct stella_error *open_list(const struct stella_json **out, size_t *count,
	const struct stella_json *document, const char *name)
{
	const struct stella_error *err = stella_json_want(out, document, name, STELLA_JSON_ARRAY);

	*count = err || !*out ? 0 : stella_json_count(*out);
	if (!err && *count > STELLA_TRUSTROOT_ENTRIES_MAX)
		err = stella_error(STELLA_LIMIT, "\"%s\": %zu entries, at most %d are allowed", name, *count,
			STELLA_TRUSTROOT_ENTRIES_MAX);
	for (size_t i = 0; !err && i < *count; i++)
		if (stella_json_type(stella_json_at(*out, i)) != STELLA_JSON_OBJECT)
			err = stella_error(STELLA_MALFORMED, "\"%s\": entry %zu is not a JSON object", name, i + 1);
	return err;
}

static const struct stella_error *parse_logs(struct stella_log **out, size_t *out_count,
	const struct stella_json *document, const char *name)
{
	const struct stella_json *list;
	size_t count;
	const struct stella_error *err = open_list(&list, &count, document, name);

	if (err || !count)
		return err;
	*out = stella_alloc_array(count, sizeof **out);
	for (*out_count = 0; !err && *out_count < count; ++*out_count)
		err = parse_log(&(*out)[*out_count], stella_json_at(list, *out_count));
	return err ? stella_error_prefix(err, "\"%s\": entry %zu", name, *out_count) : NULL;
}

static const struct stella_error *parse_authorities(struct stella_authority **out, size_t *out_count,
	const struct stella_json *document, const char *name)
{
	const struct stella_json *list;
	size_t count;
	const struct stella_error *err = open_list(&list, &count, document, name);

	if (err || !count)
		return err;
	*out = stella_alloc_array(count, sizeof **out);
	for (*out_count = 0; !err && *out_count < count; ++*out_count)
		err = parse_authority(&(*out)[*out_count], stella_json_at(list, *out_count));
	return err ? stella_error_prefix(err, "\"%s\": entry %zu", name, *out_count) : NULL;
}

static const struct stella_error *parse_media_type(char **out, const struct stella_json *document)
{
	static const char *const types[] = {
		"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		"application/vnd.dev.sigstore.trustedroot.v0.1+json",
		"application/vnd.dev.sigstore.trustedroot.v0.2+json",
	};
	const char *text;
	const struct stella_error *err = stella_json_need_text(&text, document, "mediaType");

	for (size_t i = 0; !err && i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i], text) == 0)
			*out = stella_strdup(text);
	if (!err && !*out)
		err = stella_error(STELLA_POLICY_UNSUPPORTED,
			"\"mediaType\": \"%.200s\" is not a Sigstore trusted root 0.1 or 0.2", text);
	return err;
}

static const struct stella_error *parse_root(struct stella_trustroot *root, const struct stella_json *document)
{
	static const char *const names[] = { "certificateAuthorities", "ctlogs", "mediaType", "timestampAuthorities",
		"tlogs", NULL };
	const struct stella_error *err;

	if (stella_json_type(document) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not a JSON object");
	err = parse_media_type(&root->media_type, document); /* first: another version may have other fields */
	if (!err)
		err = stella_json_closed(document, names);
	if (!err)
		err = parse_authorities(&root->cas, &root->ca_count, document, "certificateAuthorities");
	if (!err)
		err = parse_authorities(&root->tsas, &root->tsa_count, document, "timestampAuthorities");
	if (!err)
		err = parse_logs(&root->tlogs, &root->tlog_count, document, "tlogs");
	return err ? err : parse_logs(&root->ctlogs, &root->ctlog_count, document, "ctlogs");
}

const struct stella_error *stella_trustroot_parse(struct stella_trustroot **out, struct stella_span text)
{
	struct stella_trustroot *root = stella_alloc(sizeof *root);
	struct stella_json *document = NULL;
	const struct stella_error *err = NULL;

	*out = NULL;
	if (text.size > STELLA_TRUSTROOT_MAX)
		err = stella_error(STELLA_LIMIT, "%zu bytes, at most %u are allowed", text.size, STELLA_TRUSTROOT_MAX);
	if (!err)
		err = stella_json_parse(&document, text);
	if (!err)
		err = parse_root(root, document);
	if (err) {
		err = stella_error_prefix(err, "trusted root");
		goto done;
	}
	*out = root;
	root = NULL;
done:
	stella_json_free(document);
	stella_trustroot_free(root);
	return err;
}

static void free_logs(struct stella_log *logs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(logs[i].base_url);
		free(logs[i].key_details);
		stella_buf_free(&logs[i].id);
		stella_pubkey_free(logs[i].key);
	}
	free(logs);
}

static void free_authorities(struct stella_authority *authorities, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(authorities[i].uri);
		free(authorities[i].organization);
		free(authorities[i].common_name);
		for (size_t k = 0; k < authorities[i].cert_count; k++)
			stella_cert_free(authorities[i].certs[k]);
		free(authorities[i].certs);
	}
	free(authorities);
}

void stella_trustroot_free(struct stella_trustroot *root)
{
	if (!root)
		return;
	free(root->media_type);
	free_authorities(root->cas, root->ca_count);
	free_authorities(root->tsas, root->tsa_count);
	free_logs(root->tlogs, root->tlog_count);
	free_logs(root->ctlogs, root->ctlog_count);
	free(root);
}
