/* SPDX-License-Identifier: Apache-2.0 */
#include "records_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- read and written */

/*
 * What may stand for several names must say whose they are: only a URI, and '*' only behind the host.
 */
static bool pattern_valid(const char *pattern)
{
	const char *star = strchr(pattern, '*'), *host = strstr(pattern, "://"), *path;

	path = host && host > pattern && host[3] && host[3] != '/' ? strchr(host + 3, '/') : NULL;
	return star && path && path < star;
}

static const struct stella_error *parse_san(struct stella_identity *identity, const struct stella_json *san)
{
	static const char *const names[] = { "type", "value", "pattern", NULL };
	const struct stella_error *err = stella_json_closed(san, names);
	const char *type;

	if (err)
		return err;
	err = stella_json_need_text(&type, san, "type");
	if (err)
		return err;
	if (!stella_san_find(&identity->type, type))
		return stella_error(STELLA_MALFORMED, "\"type\": \"%s\" is not known", type);
	err = stella_fields_want_text(&identity->pattern, san, "pattern", STELLA_FIELDS_TEXT_MAX);
	if (err)
		return err;
	if (!identity->pattern)
		return stella_fields_need_text(&identity->value, san, "value", STELLA_FIELDS_TEXT_MAX);
	if (stella_json_find(san, "value"))
		return stella_error(STELLA_MALFORMED, "\"value\" and \"pattern\": one of the two");
	if (identity->type != STELLA_SAN_URI || !pattern_valid(identity->pattern))
		return stella_error(STELLA_MALFORMED, "\"pattern\": only of a URI, and '*' only behind its host");
	return NULL;
}

static const struct stella_error *parse_extensions(struct stella_identity *identity, const struct stella_json *v)
{
	const struct stella_json *object, *value;
	const struct stella_error *err = stella_json_want(&object, v, "extensions", STELLA_JSON_OBJECT);
	const char *name;
	unsigned arc;

	for (size_t i = 0; !err && i < stella_json_count(object); i++) {
		stella_json_member(object, i, &name, &value);
		if (!stella_fulcio_find(&arc, name))
			err = stella_error(STELLA_MALFORMED, "unknown key \"%.100s\"", name);
		else if (arc == STELLA_FULCIO_ISSUER || arc == STELLA_FULCIO_ISSUER_V1)
			err = stella_error(STELLA_MALFORMED, "\"%s\": say \"oidc_issuer\" beside it", name);
		else
			err = stella_fields_need_text(&identity->extensions[arc], object, name, STELLA_FULCIO_VALUE_MAX);
		if (err)
			err = stella_error_prefix(err, "\"extensions\"");
	}
	return err;
}

const struct stella_error *stella_identity_parse(struct stella_identity *identity, const struct stella_json *v)
{
	static const char *const names[] = { "anchors", "sigstore", "san", "oidc_issuer", "extensions", NULL };
	const struct stella_error *err;
	const struct stella_json *san;

	if (stella_json_type(v) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not an object");
	err = stella_json_closed(v, names);
	if (!err)
		err = stella_fields_want_texts(&identity->anchors, &identity->anchor_count, v, "anchors", stella_id_valid);
	if (!err)
		err = stella_fields_want_texts(&identity->sigstore, &identity->sigstore_count, v, "sigstore",
			stella_id_valid);
	if (!err)
		err = stella_fields_want_text(&identity->oidc_issuer, v, "oidc_issuer", STELLA_FULCIO_VALUE_MAX);
	if (!err)
		err = stella_json_need(&san, v, "san", STELLA_JSON_OBJECT);
	if (!err)
		err = parse_san(identity, san);
	if (!err)
		err = parse_extensions(identity, v);
	if (err)
		return err;
	if (!identity->anchor_count && !identity->sigstore_count)
		return stella_error(STELLA_MALFORMED, "\"anchors\", \"sigstore\": names nobody who may assert it");
	/* A Sigstore root believes many who say who somebody is. */
	if (identity->sigstore_count && !identity->oidc_issuer)
		return stella_error(STELLA_MALFORMED, "\"oidc_issuer\": missing, and \"sigstore\" needs it");
	return NULL;
}

void stella_identity_print(struct stella_json *item, const struct stella_identity *identity)
{
	struct stella_json *san, *extensions = NULL;

	stella_fields_set_texts(item, "anchors", identity->anchors, identity->anchor_count);
	stella_fields_set_texts(item, "sigstore", identity->sigstore, identity->sigstore_count);
	stella_fields_set_text(item, "oidc_issuer", identity->oidc_issuer);
	san = stella_json_set(item, "san", stella_json_new_object());
	stella_json_set_text(san, "type", stella_san_name(identity->type));
	stella_fields_set_text(san, "value", identity->value);
	stella_fields_set_text(san, "pattern", identity->pattern);
	for (unsigned arc = 0; arc < STELLA_FULCIO_ARCS; arc++) {
		if (!identity->extensions[arc])
			continue;
		if (!extensions)
			extensions = stella_json_set(item, "extensions", stella_json_new_object());
		stella_json_set_text(extensions, stella_fulcio_name(arc), identity->extensions[arc]);
	}
}

void stella_identity_free(struct stella_identity *identity)
{
	stella_fields_free_texts(identity->anchors, identity->anchor_count);
	stella_fields_free_texts(identity->sigstore, identity->sigstore_count);
	free(identity->value);
	free(identity->pattern);
	free(identity->oidc_issuer);
	for (unsigned arc = 0; arc < STELLA_FULCIO_ARCS; arc++)
		free(identity->extensions[arc]);
}

/* ---------------------------------------------------------------- judged */

bool stella_identity_has_name(const struct stella_identity *identity, enum stella_san type, const char *value)
{
	if (type != identity->type)
		return false;
	return identity->pattern ? stella_records_match(identity->pattern, value, "/@") :
		strcmp(identity->value, value) == 0;
}

bool stella_identity_has_claims(const struct stella_identity *identity)
{
	bool any = identity->oidc_issuer != NULL;

	for (unsigned arc = 0; arc < STELLA_FULCIO_ARCS; arc++)
		any |= identity->extensions[arc] != NULL;
	return any;
}

static const struct stella_error *verify_claim(const char *name, const char *expected, const char *found)
{
	if (!expected || (found && strcmp(expected, found) == 0))
		return NULL;
	if (!found)
		return stella_error(STELLA_IDENTITY_MISMATCH, "the certificate says nothing of %s, expected \"%.300s\"", name,
			expected);
	return stella_error(STELLA_IDENTITY_MISMATCH, "%s is \"%.300s\", expected \"%.300s\"", name, found, expected);
}

const struct stella_error *stella_identity_verify_claims(const struct stella_identity *identity,
	const struct stella_fulcio *fulcio)
{
	const struct stella_error *err;

	err = verify_claim("oidc_issuer", identity->oidc_issuer, stella_fulcio_oidc_issuer(fulcio));
	for (unsigned arc = 0; !err && arc < STELLA_FULCIO_ARCS; arc++)
		err = verify_claim(stella_fulcio_name(arc), identity->extensions[arc], fulcio->values[arc]);
	return err;
}
