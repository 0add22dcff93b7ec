/* SPDX-License-Identifier: Apache-2.0 */
#include "p11uri.h"

#include <stdlib.h>
#include <string.h>

#define SCHEME "pkcs11:"

/* RFC 7512 2.3; module-name would be looked for in a folder that p11-kit chooses. */
static const char *const path_names[] = { "token", "manufacturer", "serial", "model", "library-manufacturer",
	"library-version", "library-description", "object", "type", "id", "slot-manufacturer", "slot-description",
	"slot-id" };
static const char *const query_names[] = { "pin-source", "module-path" };
#define COUNT(names) (sizeof (names) / sizeof *(names))

static const struct stella_error *bad(const char *why, struct stella_span what)
{
	return stella_error(STELLA_USAGE, "pkcs11 URI: %s \"%.*s\"", why, (int)(what.size < 64 ? what.size : 64),
		(const char *)what.data);
}

bool stella_p11uri_is(const char *text)
{
	return !strncmp(text, SCHEME, strlen(SCHEME));
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3986 2.1; id alone may hold any byte, so a NUL is the business of who wants text. */
static const struct stella_error *decode(struct stella_buf *out, struct stella_span value)
{
	static const char plain[] = "-._~:[]@!$'()*+,=&/?"; /* RFC 7512 2.3, both places */

	for (size_t i = 0; i < value.size; i++) {
		uint8_t c = value.data[i];

		if (c == '%') {
			if (value.size - i < 3 || digit(value.data[i + 1]) < 0 || digit(value.data[i + 2]) < 0)
				return bad("not two hex digits after % in", value);
			stella_buf_put_u8(out, (uint8_t)(digit(value.data[i + 1]) << 4 | digit(value.data[i + 2])));
			i += 2;
		} else if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			   (c && strchr(plain, c))) {
			stella_buf_put_u8(out, c);
		} else {
			return bad("a character that must be written with % in", value);
		}
	}
	return NULL;
}

static const struct stella_error *take_text(char **out, struct stella_buf *value, struct stella_span name)
{
	if (!value->size || stella_span_has_nul(stella_buf_span(value)))
		return bad("no text for", name);
	*out = stella_buf_take_str(value);
	return NULL;
}

static const struct stella_error *check_type(const char *type)
{
	static const char *const types[] = { "public", "private", "cert", "secret-key", "data" };

	for (size_t i = 0; i < COUNT(types); i++)
		if (!strcmp(types[i], type))
			return NULL;
	return stella_error(STELLA_USAGE, "pkcs11 URI: type=%s, expected private or cert", type);
}

/* RFC 7512 2.4: "|" would be a program to run; a file may be written as URI or as path. */
static const struct stella_error *check_pin_source(char **source)
{
	const char *path = *source;

	if (!strncmp(path, "file:", 5))
		path += strncmp(path, "file:///", 8) ? 5 : 7;
	if (!strncmp(path, "//", 2) || *path != '/')
		return stella_error(STELLA_USAGE, "pkcs11 URI: pin-source \"%s\": expected the absolute path of a file", *source);
	memmove(*source, path, strlen(path) + 1);
	return NULL;
}

static const struct stella_error *keep(struct stella_p11uri *uri, struct stella_span name, struct stella_buf *value)
{
	const struct stella_error *err = NULL;

	if (stella_span_is(name, "type")) {
		err = take_text(&uri->type, value, name);
		return err ? err : check_type(uri->type);
	}
	if (stella_span_is(name, "pin-source")) {
		err = take_text(&uri->pin_source, value, name);
		return err ? err : check_pin_source(&uri->pin_source);
	}
	if (stella_span_is(name, "module-path")) {
		err = take_text(&uri->module, value, name);
		if (!err && uri->module[0] != '/')
			err = stella_error(STELLA_USAGE, "pkcs11 URI: module-path \"%s\": not an absolute path", uri->module);
		return err;
	}
	if (!value->size)
		return bad("no value for", name);
	uri->one_object |= stella_span_is(name, "object") || stella_span_is(name, "id");
	return NULL;
}

static const struct stella_error *parse_one(struct stella_p11uri *uri, struct stella_span text,
	const char *const *names, size_t count, unsigned *seen)
{
	const uint8_t *equals = memchr(text.data, '=', text.size);
	struct stella_span name = stella_span(text.data, equals ? (size_t)(equals - text.data) : text.size);
	struct stella_buf value = { 0 };
	const struct stella_error *err;
	size_t i = 0;

	if (stella_span_is(name, "pin-value"))
		return stella_error(STELLA_USAGE, "pkcs11 URI: a PIN in a URI is seen by everybody: "
			"--pin-file FILE, STELLA_PKCS11_PIN, or be asked for it");
	while (i < count && !stella_span_is(name, names[i]))
		i++;
	if (i == count || !equals)
		return bad("not known here:", name);
	if (*seen & 1u << i)
		return bad("given twice:", name);
	*seen |= 1u << i;
	stella_buf_put_str(&value, ""); /* so that there is a text even of nothing */
	err = decode(&value, stella_span(equals + 1, (size_t)(text.data + text.size - (equals + 1))));
	if (!err)
		err = keep(uri, name, &value);
	stella_buf_wipe(&value);
	return err;
}

static const struct stella_error *parse_list(struct stella_p11uri *uri, struct stella_span list, char divider,
	const char *const *names, size_t count)
{
	const struct stella_error *err = NULL;
	unsigned seen = 0;

	while (!err && list.size) {
		const uint8_t *end = memchr(list.data, divider, list.size);
		size_t size = end ? (size_t)(end - list.data) : list.size;

		err = parse_one(uri, stella_span(list.data, size), names, count, &seen);
		if (!err && end && size + 1 == list.size)
			err = bad("something is missing at its end:", list);
		size += end != NULL;
		list = stella_span(list.data + size, list.size - size);
	}
	return err;
}

const struct stella_error *stella_p11uri_parse(struct stella_p11uri **out, struct stella_span text)
{
	struct stella_p11uri *uri = stella_alloc(sizeof *uri);
	const struct stella_error *err;
	const uint8_t *query;
	struct stella_span path;

	*out = NULL;
	if (text.size > STELLA_P11URI_MAX) {
		err = stella_error(STELLA_LIMIT, "pkcs11 URI of more than %d bytes", STELLA_P11URI_MAX);
		goto done;
	}
	if (!stella_span_starts(text, SCHEME) || text.size == strlen(SCHEME) || stella_span_has_nul(text)) {
		err = bad("expected pkcs11:token=...;object=..., found", text);
		goto done;
	}
	query = memchr(text.data, '?', text.size);
	path = stella_span(text.data, query ? (size_t)(query - text.data) : text.size);
	if (path.size == strlen(SCHEME)) { /* whatever a module has would match */
		err = bad("names nothing:", text);
		goto done;
	}
	err = parse_list(uri, stella_span(path.data + strlen(SCHEME), path.size - strlen(SCHEME)), ';',
		path_names, COUNT(path_names));
	if (!err && query)
		err = parse_list(uri, stella_span(query + 1, text.size - path.size - 1), '&', query_names, COUNT(query_names));
	if (err)
		goto done;
	uri->path = stella_span_strdup(path);
	*out = uri;
	uri = NULL;
done:
	stella_p11uri_free(uri);
	return err;
}

void stella_p11uri_free(struct stella_p11uri *uri)
{
	if (!uri)
		return;
	free(uri->path);
	free(uri->type);
	free(uri->pin_source);
	free(uri->module);
	free(uri);
}
