/* SPDX-License-Identifier: Apache-2.0 */
#include "url.h"

#include <string.h>

#define HTTPS "https://"
#define FILE_SCHEME "file://"

static const struct stella_error *bad(const char *text, const char *why)
{
	return stella_error(STELLA_MALFORMED, "URL \"%.256s\": %s", text, why);
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* As 0 to 255 is written: one text for a number. */
static bool is_octet(struct stella_span label)
{
	unsigned value = 0;

	if (!label.size || label.size > 3 || (label.size > 1 && label.data[0] == '0'))
		return false;
	for (size_t i = 0; i < label.size; i++) {
		if (label.data[i] < '0' || label.data[i] > '9')
			return false;
		value = value * 10 + (unsigned)(label.data[i] - '0');
	}
	return value <= 255;
}

/* The last label alone decides whether it may be an address (WHATWG URL, "ends in a number"). */
static bool is_number(struct stella_span label)
{
	bool hex = label.size > 1 && label.data[0] == '0' && label.data[1] == 'x';

	for (size_t i = hex ? 2 : 0; i < label.size; i++)
		if (!(label.data[i] >= '0' && label.data[i] <= '9') && !(hex && label.data[i] >= 'a' && label.data[i] <= 'f'))
			return false;
	return true;
}

/* No label is empty.  127.1, 0177.0.0.1 and 2130706433 are the address 127.0.0.1 to curl, and to a reviewer nothing. */
static bool valid_labels(struct stella_span host)
{
	struct stella_span label = { 0 };
	size_t count = 0, octets = 0;

	while (host.size) {
		const uint8_t *dot = memchr(host.data, '.', host.size);
		size_t size = dot ? (size_t)(dot - host.data) : host.size;

		label = stella_span(host.data, size);
		if (!size)
			return false;
		count++;
		octets += is_octet(label);
		size += dot != NULL;
		host = stella_span(host.data + size, host.size - size);
	}
	return !is_number(label) || (count == 4 && octets == 4);
}

/* A name of labels, an IPv4 address, or what stands between brackets; capitals would be a second text for a host. */
static bool valid_host(struct stella_span host, bool bracketed)
{
	if (!host.size || host.size > 253)
		return false;
	for (size_t i = 0; i < host.size; i++) {
		uint8_t c = host.data[i];

		if (bracketed ? !(c == ':' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) :
		    !(is_alnum(c) || c == '-' || c == '.'))
			return false;
	}
	return bracketed || (is_alnum(host.data[0]) && is_alnum(host.data[host.size - 1]) && valid_labels(host));
}

static bool parse_port(unsigned *out, struct stella_span text)
{
	*out = 0;
	if (!text.size || text.size > 5 || text.data[0] == '0')
		return false;
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)(text.data[i] - '0');
	}
	return *out <= 65535;
}

static const struct stella_error *parse_authority(struct stella_url *out, struct stella_span authority, const char *text)
{
	bool bracketed = authority.size && authority.data[0] == '[';
	const uint8_t *end = bracketed ? memchr(authority.data, ']', authority.size) :
		memchr(authority.data, ':', authority.size);
	size_t size;

	if (memchr(authority.data, '@', authority.size))
		return bad(text, "a user or password in it");
	if (bracketed && !end)
		return bad(text, "not a host");
	size = end ? (size_t)(end - authority.data) : authority.size;
	out->host = bracketed ? stella_span(authority.data + 1, size - 1) : stella_span(authority.data, size);
	if (!valid_host(out->host, bracketed))
		return bad(text, "not a host in lower case");
	size += bracketed;
	out->port = 443;
	if (size < authority.size && (authority.data[size] != ':' ||
	    !parse_port(&out->port, stella_span(authority.data + size + 1, authority.size - size - 1))))
		return bad(text, "not a port");
	return NULL;
}

const struct stella_error *stella_url_parse(struct stella_url *out, const char *text)
{
	struct stella_span rest = stella_span_str(text);
	const struct stella_error *err;
	size_t size = 0;

	*out = (struct stella_url){ 0 };
	if (rest.size > STELLA_URL_MAX)
		return stella_error(STELLA_MALFORMED, "URL of more than %d bytes", STELLA_URL_MAX);
	for (size_t i = 0; i < rest.size; i++)
		if (rest.data[i] <= ' ' || rest.data[i] >= 0x7f || strchr("\\\"<>^`{|}", rest.data[i]))
			return bad(text, "a character that must be written with %");
	if (memchr(rest.data, '#', rest.size))
		return bad(text, "a fragment in it");
	if (stella_span_starts(rest, FILE_SCHEME)) {
		out->file = true;
		out->path = stella_span(rest.data + strlen(FILE_SCHEME), rest.size - strlen(FILE_SCHEME));
		if (out->path.size < 2 || out->path.data[0] != '/')
			return bad(text, "expected file:///path, of this machine");
		return memchr(out->path.data, '%', out->path.size) || memchr(out->path.data, '?', out->path.size) ?
			bad(text, "% or ? in the path of a file") : NULL;
	}
	if (!stella_span_starts(rest, HTTPS))
		return bad(text, "expected https://... or file:///...");
	rest = stella_span(rest.data + strlen(HTTPS), rest.size - strlen(HTTPS));
	while (size < rest.size && rest.data[size] != '/' && rest.data[size] != '?')
		size++;
	err = parse_authority(out, stella_span(rest.data, size), text);
	out->path = stella_span(rest.data + size, rest.size - size);
	return err;
}

bool stella_url_same_origin(const struct stella_url *a, const struct stella_url *b)
{
	return !a->file && !b->file && a->port == b->port && stella_span_equal(a->host, b->host);
}
