/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject alternative names (RFC 5280 4.2.1.6) and name constraints (4.2.1.10).  Constraints are
 * judged here and not by GnuTLS, whose own judgement lets a URI outside the permitted ones pass.
 * Where this file cannot tell, the answer is no.
 */
#include "x509_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "der.h"

#define NAMES_MAX 256
#define SUBTREES_MAX 128
#define KIND 0x1f

#define BAD(...) stella_error(STELLA_MALFORMED, "invalid certificate: " __VA_ARGS__)

static const struct {
	enum stella_san type;
	uint8_t kind;
	const char *name;
} types[] = {
	{ STELLA_SAN_EMAIL, STELLA_NAME_EMAIL, "email" },
	{ STELLA_SAN_URI, STELLA_NAME_URI, "uri" },
	{ STELLA_SAN_DNS, STELLA_NAME_DNS, "dns" },
	{ STELLA_SAN_OTHERNAME, STELLA_NAME_OTHER, "othername" },
};
#define TYPES (sizeof types / sizeof *types)

const char *stella_san_name(enum stella_san type)
{
	return types[type].name;
}

bool stella_san_find(enum stella_san *out, const char *name)
{
	for (size_t i = 0; i < TYPES; i++)
		if (!strcmp(types[i].name, name)) {
			*out = types[i].type;
			return true;
		}
	return false;
}

static bool find_type(uint8_t kind, enum stella_san *type)
{
	for (size_t i = 0; i < TYPES; i++)
		if (types[i].kind == kind) {
			*type = types[i].type;
			return true;
		}
	return false;
}

/* The kinds that are an IA5String. */
static bool is_text(uint8_t kind, enum stella_san *type)
{
	return kind != STELLA_NAME_OTHER && find_type(kind, type);
}

static bool is_printable(struct stella_span text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < 0x20 || text.data[i] >= 0x7f)
			return false;
	return true;
}

/* otherName: an OID and one value; directoryName: a Name; the rest has no form to be checked here */
static bool has_form(uint8_t tag, struct stella_span value)
{
	struct stella_cursor in = stella_cursor(value), inside;
	struct stella_span part;
	uint8_t any;

	switch (tag) {
	case STELLA_DER_CONSTRUCTED | STELLA_NAME_OTHER:
		return stella_der_take(&in, STELLA_DER_OID, &part) &&
		       stella_der_enter(&in, STELLA_DER_CONSTRUCTED, &inside) && !in.left &&
		       stella_der_next(&inside, &any, &part) && !inside.left;
	case STELLA_DER_CONSTRUCTED | STELLA_NAME_DIRECTORY:
		return stella_der_take(&in, STELLA_DER_SEQUENCE, &part) && !in.left;
	case STELLA_DER_CONTEXT | STELLA_NAME_EMAIL:
	case STELLA_DER_CONTEXT | STELLA_NAME_DNS:
	case STELLA_DER_CONTEXT | STELLA_NAME_URI:
		return true;
	case STELLA_DER_CONTEXT | STELLA_NAME_ADDRESS:
	case STELLA_DER_CONTEXT | STELLA_NAME_REGISTERED:
		return value.size > 0;
	default: /* also x400Address and ediPartyName, which nobody uses */
		return false;
	}
}

/* GeneralName (RFC 5280 4.2.1.6); the kinds that are text are IA5String, here without controls. */
static const struct stella_error *take_name(struct stella_cursor *in, uint8_t *kind, struct stella_span *value)
{
	enum stella_san type;
	uint8_t tag;

	if (!stella_der_next(in, &tag, value) || !has_form(tag, *value))
		return BAD("name of no known kind and form");
	*kind = tag & KIND;
	if (is_text(*kind, &type) && !is_printable(*value))
		return BAD("name (%s) is not printable ASCII", stella_san_name(type));
	return NULL;
}

/* ---------------------------------------------------------------- parse */

/* Fulcio's user names: otherName 1.3.6.1.4.1.57264.1.7, UTF8String.  Any other is nobody's name here. */
static char *other_name(struct stella_span value)
{
	static const uint8_t fulcio[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, 0x07 };
	struct stella_cursor in = stella_cursor(value), inside;
	struct stella_span oid, text;

	if (!stella_der_take(&in, STELLA_DER_OID, &oid) || !stella_span_equal(oid, stella_span(fulcio, sizeof fulcio)) ||
	    !stella_der_enter(&in, STELLA_DER_CONSTRUCTED, &inside) || !stella_der_take(&inside, 0x0c, &text))
		return NULL;
	return text.size && is_printable(text) ? stella_span_strdup(text) : NULL;
}

const struct stella_error *stella_cert_parse_names(struct stella_cert *cert, struct stella_span der)
{
	struct stella_cursor all = stella_cursor(der), in;
	const struct stella_error *err;
	enum stella_san type;

	cert->has_san = true;
	if (!stella_der_enter(&all, STELLA_DER_SEQUENCE, &in) || !in.left)
		return BAD("alternative names are empty");
	while (in.left) {
		struct stella_cert_name name = { 0 };

		if (cert->name_count == NAMES_MAX)
			return stella_error(STELLA_LIMIT, "certificate with more than %d names", NAMES_MAX);
		err = take_name(&in, &name.kind, &name.value);
		if (err)
			return err;
		if (is_text(name.kind, &type)) {
			if (!name.value.size)
				return BAD("name (%s) is empty", stella_san_name(type));
			name.text = stella_span_strdup(name.value);
		} else if (name.kind == STELLA_NAME_OTHER) {
			name.text = other_name(name.value);
		}
		STELLA_GROW(cert->names, cert->name_count, cert->name_cap);
		cert->names[cert->name_count++] = name;
	}
	return NULL;
}

bool stella_cert_san(const struct stella_cert *cert, size_t i, enum stella_san *type, const char **value)
{
	for (size_t n = 0; n < cert->name_count; n++)
		if (cert->names[n].text && find_type(cert->names[n].kind, type) && i-- == 0) {
			*value = cert->names[n].text;
			return true;
		}
	return false;
}

size_t stella_cert_san_count(const struct stella_cert *cert)
{
	return cert->name_count;
}

const char *stella_cert_show(const struct stella_cert *cert)
{
	const char *name = cert->subject_text;
	enum stella_san type;

	if (!*name && !stella_cert_san(cert, 0, &type, &name))
		name = "(no name)";
	return name;
}

static const struct stella_error *parse_subtrees(struct stella_cert *cert, struct stella_cursor in,
	bool excluded)
{
	const struct stella_error *err;

	while (in.left) {
		struct stella_cert_subtree tree = { .excluded = excluded };
		struct stella_cursor one;

		if (cert->subtree_count == SUBTREES_MAX)
			return stella_error(STELLA_LIMIT, "certificate with more than %d name constraints",
				SUBTREES_MAX);
		if (!stella_der_enter(&in, STELLA_DER_SEQUENCE, &one))
			return BAD("name constraint is no sequence");
		err = take_name(&one, &tree.kind, &tree.base);
		if (err)
			return err;
		if (one.left) /* minimum 0 is not written, maximum is not to be used */
			return BAD("name constraint with a minimum or maximum");
		STELLA_GROW(cert->subtrees, cert->subtree_count, cert->subtree_cap);
		cert->subtrees[cert->subtree_count++] = tree;
	}
	return NULL;
}

const struct stella_error *stella_cert_parse_constraints(struct stella_cert *cert, struct stella_span der)
{
	struct stella_cursor all = stella_cursor(der), in, list;
	const struct stella_error *err = NULL;

	cert->has_subtrees = true;
	if (!stella_der_enter(&all, STELLA_DER_SEQUENCE, &in))
		return BAD("name constraints are no sequence");
	for (unsigned i = 0; !err && i < 2; i++)
		if (stella_der_enter(&in, STELLA_DER_CONSTRUCTED | i, &list))
			err = parse_subtrees(cert, list, i == 1);
	if (!err && (in.left || !cert->subtree_count))
		err = BAD("name constraints are empty or too many");
	return err;
}

void stella_cert_free_names(struct stella_cert *cert)
{
	for (size_t i = 0; i < cert->name_count; i++)
		free(cert->names[i].text);
	free(cert->names);
	free(cert->subtrees);
}

/* ---------------------------------------------------------------- judge */

enum answer { NO, YES, CANNOT_TELL };

/* A host name of labels; anything else (an address, a wildcard, a port) is none. */
static bool is_host(struct stella_span s)
{
	bool label = false;

	for (size_t i = 0; i < s.size; i++) {
		uint8_t c = s.data[i], lower = c | 32;
		bool good = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';

		if (!good && (c != '.' || !label))
			return false;
		label = good;
	}
	return label;
}

static bool same_text(struct stella_span a, struct stella_span b)
{
	return a.size == b.size && !strncasecmp((const char *)a.data, (const char *)b.data, a.size);
}

static struct stella_span from(struct stella_span s, size_t start)
{
	return stella_span(s.data + start, s.size - start);
}

/* below: a longer name that ends in "." and the domain */
static bool is_below(struct stella_span host, struct stella_span domain)
{
	return host.size > domain.size + 1 && host.data[host.size - domain.size - 1] == '.' &&
	       same_text(from(host, host.size - domain.size), domain);
}

/* email and URI: "host" is that host alone, ".domain" every host below it */
static enum answer match_host(struct stella_span host, struct stella_span base)
{
	bool below = base.size && base.data[0] == '.';

	if (below)
		base = from(base, 1);
	if (!is_host(base) || !is_host(host))
		return CANNOT_TELL;
	return (below ? is_below(host, base) : same_text(host, base)) ? YES : NO;
}

static enum answer match_dns(struct stella_span name, struct stella_span base)
{
	bool wild = stella_span_starts(name, "*.");

	if (wild)
		name = from(name, 2);
	if (!is_host(name) || (base.size && !is_host(base)))
		return CANNOT_TELL;
	if (!base.size || same_text(name, base) || is_below(name, base))
		return YES;
	return wild && is_below(base, name) ? CANNOT_TELL : NO; /* some of what it stands for */
}

static const uint8_t *last(struct stella_span s, char c)
{
	return s.size ? memrchr(s.data, c, s.size) : NULL;
}

/* The part before @ differs by case (RFC 5321 2.4), but what is excluded is excluded in any case. */
static enum answer match_email(struct stella_span name, struct stella_span base, bool excluded)
{
	const uint8_t *at = last(name, '@'), *base_at = last(base, '@');
	struct stella_span local, base_local;
	enum answer host;

	if (!at || at == name.data)
		return CANNOT_TELL;
	local = stella_span(name.data, (size_t)(at - name.data));
	if (!base_at)
		return match_host(from(name, local.size + 1), base);
	base_local = stella_span(base.data, (size_t)(base_at - base.data));
	base = from(base, base_local.size + 1);
	if (!base_local.size || !base.size || base.data[0] == '.')
		return CANNOT_TELL;
	host = match_host(from(name, local.size + 1), base);
	if (host != YES)
		return host;
	return (excluded ? same_text(local, base_local) : stella_span_equal(local, base_local)) ? YES : NO;
}

/* RFC 3986 3.2: scheme "://" [userinfo "@"] host [":" port], up to "/", "?", "#" or the end */
static enum answer match_uri(struct stella_span name, struct stella_span base)
{
	const uint8_t *colon = name.size ? memchr(name.data, ':', name.size) : NULL, *mark;
	struct stella_span host;

	if (!colon || !stella_span_starts(from(name, (size_t)(colon - name.data)), "://"))
		return CANNOT_TELL;
	host = from(name, (size_t)(colon - name.data) + 3);
	for (size_t i = 0; i < host.size; i++)
		if (memchr("/?#", host.data[i], 3))
			host.size = i;
	mark = last(host, '@');
	if (mark)
		host = from(host, (size_t)(mark - host.data) + 1);
	mark = last(host, ':');
	if (mark)
		host.size = (size_t)(mark - host.data);
	return match_host(host, base);
}

/* Permitted: a prefix, byte for byte.  Excluded would need every way to write the same name. */
static enum answer match_directory(struct stella_span name, struct stella_span base, bool excluded)
{
	struct stella_cursor a = stella_cursor(name), b = stella_cursor(base), in, base_in;

	if (excluded || !stella_der_enter(&a, STELLA_DER_SEQUENCE, &in) ||
	    !stella_der_enter(&b, STELLA_DER_SEQUENCE, &base_in))
		return CANNOT_TELL;
	return base_in.left <= in.left && !memcmp(in.at, base_in.at, base_in.left) ? YES : NO;
}

static enum answer match(const struct stella_cert_name *name, const struct stella_cert_subtree *tree)
{
	switch (name->kind) {
	case STELLA_NAME_EMAIL:
		return match_email(name->value, tree->base, tree->excluded);
	case STELLA_NAME_DNS:
		return match_dns(name->value, tree->base);
	case STELLA_NAME_URI:
		return match_uri(name->value, tree->base);
	case STELLA_NAME_DIRECTORY:
		return match_directory(name->value, tree->base, tree->excluded);
	default:
		return CANNOT_TELL;
	}
}

static const struct stella_error *refuse(const struct stella_cert *ca, const struct stella_cert *cert,
	const char *why, const struct stella_cert_name *name)
{
	const char *text = name->text;

	if (!text)
		text = name->kind == STELLA_NAME_DIRECTORY ? cert->subject_text : "name of another kind";
	return stella_error(STELLA_CHAIN_INVALID,
		"certificate chain invalid: the name constraints of \"%.200s\" %s: \"%.200s\" of \"%.200s\"",
		stella_cert_show(ca), why, text, stella_cert_show(cert));
}

static const struct stella_error *judge(const struct stella_cert *ca, const struct stella_cert *cert,
	const struct stella_cert_name *name)
{
	bool constrained = false, permitted = false;

	for (size_t i = 0; i < ca->subtree_count; i++) {
		const struct stella_cert_subtree *tree = &ca->subtrees[i];
		enum answer answer;

		if (tree->kind != name->kind)
			continue;
		answer = match(name, tree);
		if (answer == CANNOT_TELL)
			return refuse(ca, cert, "cannot be judged", name);
		if (tree->excluded && answer == YES)
			return refuse(ca, cert, "exclude it", name);
		constrained |= !tree->excluded;
		permitted |= !tree->excluded && answer == YES;
	}
	return constrained && !permitted ? refuse(ca, cert, "do not permit it", name) : NULL;
}

/* RFC 5280 4.2.1.10: emailAddress attributes in the subject are email names too. */
static const struct stella_error *judge_subject_emails(const struct stella_cert *ca,
	const struct stella_cert *cert)
{
	static const char email_oid[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";
	struct stella_cursor all = stella_cursor(cert->subject), names, set, one;
	const struct stella_error *err = NULL;
	struct stella_span oid;
	uint8_t tag;

	if (!stella_der_enter(&all, STELLA_DER_SEQUENCE, &names))
		return NULL;
	while (!err && stella_der_enter(&names, STELLA_DER_SET, &set))
		while (!err && stella_der_enter(&set, STELLA_DER_SEQUENCE, &one)) {
			struct stella_cert_name name = { .kind = STELLA_NAME_EMAIL };

			if (stella_der_take(&one, STELLA_DER_OID, &oid) && stella_span_is(oid, email_oid) &&
			    stella_der_next(&one, &tag, &name.value))
				err = judge(ca, cert, &name);
		}
	return err;
}

const struct stella_error *stella_cert_verify_names(const struct stella_cert *ca,
	const struct stella_cert *cert)
{
	struct stella_cert_name subject = { .kind = STELLA_NAME_DIRECTORY, .value = cert->subject };
	const struct stella_error *err = NULL;

	if (!ca->subtree_count)
		return NULL;
	if (*cert->subject_text)
		err = judge(ca, cert, &subject);
	if (!err)
		err = judge_subject_emails(ca, cert);
	for (size_t i = 0; !err && i < cert->name_count; i++)
		err = judge(ca, cert, &cert->names[i]);
	return err;
}
