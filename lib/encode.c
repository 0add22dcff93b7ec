/* SPDX-License-Identifier: Apache-2.0 */
#include "encode.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- hex */

void stella_hex_text(char *out, struct stella_span in)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < in.size; i++) {
		*out++ = digits[in.data[i] >> 4];
		*out++ = digits[in.data[i] & 15];
	}
	*out = 0;
}

void stella_hex_print(struct stella_buf *out, struct stella_span in)
{
	stella_buf_reserve(out, in.size);
	stella_buf_reserve(out, 2 * in.size); /* cannot wrap: half of it has just fitted */
	stella_hex_text((char *)out->data + out->size, in);
	out->size += 2 * in.size;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool hex_decode(uint8_t *out, struct stella_span in, size_t *bad)
{
	for (size_t i = 0; i < in.size; i++) {
		int digit = hex_digit(in.data[i]);

		if (digit < 0) {
			*bad = i;
			return false;
		}
		out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | digit : digit << 4);
	}
	return true;
}

const struct stella_error *stella_hex_parse(struct stella_buf *out, struct stella_span in)
{
	size_t bad;

	if (in.size % 2)
		return stella_error(STELLA_MALFORMED, "hex: odd number of digits, %zu", in.size);
	stella_buf_reserve(out, in.size / 2);
	if (!hex_decode(out->data + out->size, in, &bad)) {
		out->data[out->size] = 0;
		return stella_error(STELLA_MALFORMED, "hex: byte %zu is not one of 0-9 a-f", bad);
	}
	out->size += in.size / 2;
	out->data[out->size] = 0;
	return NULL;
}

bool stella_hex_fixed(uint8_t *out, size_t size, struct stella_span in)
{
	size_t bad;

	return in.size / 2 == size && in.size % 2 == 0 && hex_decode(out, in, &bad);
}

/* ---------------------------------------------------------------- base64 */

/* nettle passes over white space and the alphabet is ours to judge, so the shape is checked first. */
static const struct stella_error *base64_shape(struct stella_span in, enum stella_base64 form, bool *url,
	size_t *missing)
{
	size_t digits = in.size, pad, need;
	bool standard = false;

	*url = false;
	while (digits > 0 && in.data[digits - 1] == '=')
		digits--;
	for (size_t i = 0; i < digits; i++) {
		uint8_t c = in.data[i];
		bool dash = c == '-' || c == '_', plus = c == '+' || c == '/';

		if (!dash && !plus && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
			!(c >= '0' && c <= '9'))
			return stella_error(STELLA_MALFORMED, "base64: byte %zu is not of the alphabet", i);
		if (dash && form == STELLA_BASE64_STRICT)
			return stella_error(STELLA_MALFORMED, "base64: byte %zu is of the URL alphabet", i);
		*url |= dash;
		standard |= plus;
		if (*url && standard)
			return stella_error(STELLA_MALFORMED, "base64: byte %zu mixes the two alphabets", i);
	}
	pad = in.size - digits;
	need = (4 - digits % 4) % 4;
	if (need == 3 || (pad != need && !(pad == 0 && form == STELLA_BASE64_ANY)))
		return stella_error(
			STELLA_MALFORMED, "base64: wrong padding, %zu digits and %zu '='", digits, pad);
	*missing = need - pad;
	return NULL;
}

const struct stella_error *stella_base64_parse(struct stella_buf *out, struct stella_span in,
	enum stella_base64 form)
{
	struct base64_decode_ctx ctx;
	const struct stella_error *err;
	size_t missing, size = 0, tail = 0;
	uint8_t *at, rest[BASE64_DECODE_LENGTH(2)];
	bool url, good;

	err = base64_shape(in, form, &url, &missing);
	if (err)
		return err;
	if (url)
		base64url_decode_init(&ctx);
	else
		base64_decode_init(&ctx);
	stella_buf_reserve(out, BASE64_DECODE_LENGTH(in.size));
	at = out->data + out->size;
	good = base64_decode_update(&ctx, &size, at, in.size, (const char *)in.data) &&
		base64_decode_update(&ctx, &tail, rest, missing, "==") && base64_decode_final(&ctx);
	if (!good)
		size = 0;
	out->size += size;
	out->data[out->size] = 0;
	return good ? NULL
		    : stella_error(STELLA_MALFORMED, "base64: the bits beside the last byte are not zero");
}

void stella_base64_print(struct stella_buf *out, struct stella_span in)
{
	stella_buf_reserve(out, in.size);
	stella_buf_reserve(out, BASE64_ENCODE_RAW_LENGTH(in.size));
	base64_encode_raw((char *)out->data + out->size, in.size, in.data);
	out->size += BASE64_ENCODE_RAW_LENGTH(in.size);
	out->data[out->size] = 0;
}

/* ---------------------------------------------------------------- PEM */

#define PEM_LABEL_MAX 64

struct pem_reader {
	struct stella_cursor in;
	size_t line;
	bool open;     /* between its BEGIN and its END */
	bool crlf;     /* how the line of BEGIN ended; all of the block must */
	bool bare_end; /* the last line had no end of line */
};

static const struct stella_error *pem_error(const struct pem_reader *r, const char *what)
{
	return stella_error(STELLA_MALFORMED, "PEM line %zu: %s", r->line, what);
}

/* The next line without its end; false where nothing is left. */
static bool pem_line(struct pem_reader *r, struct stella_span *line, bool *crlf)
{
	if (r->in.left == 0)
		return false;
	r->line++;
	r->bare_end = !stella_cursor_line(&r->in, line) && stella_cursor_take(&r->in, r->in.left, line);
	*crlf = !r->bare_end && line->size > 0 && line->data[line->size - 1] == '\r';
	line->size -= *crlf;
	return true;
}

/* Is the line `-----<word> <label>-----`? */
static bool pem_boundary(struct stella_span line, const char *word, struct stella_span *label)
{
	char head[16];
	int size = snprintf(head, sizeof head, "-----%s ", word);

	if (!stella_span_starts(line, head) || line.size < (size_t)size + 6 ||
	    memcmp(line.data + line.size - 5, "-----", 5) != 0)
		return false;
	*label = stella_span(line.data + size, line.size - (size_t)size - 5);
	if (label->size > PEM_LABEL_MAX || label->data[0] == ' ' || label->data[label->size - 1] == ' ')
		return false;
	for (size_t i = 0; i < label->size; i++)
		if (label->data[i] < ' ' || label->data[i] > '~' || label->data[i] == '-')
			return false;
	return true;
}

/* ssh-keygen writes 70 characters a line; Go programs write 64, others 76, and ssh takes them all. */
static bool pem_line_fits(struct stella_span line, struct stella_span label, size_t width, size_t previous)
{
	bool ssh = stella_span_is(label, "SSH SIGNATURE") || stella_span_is(label, "OPENSSH PRIVATE KEY");

	if (line.size == 0 || line.size > (ssh ? 76 : 64))
		return false;
	if (!width)
		return true;
	return previous == width && line.size <= width &&
	       (width == 64 || (ssh && (width == 70 || width == 76)));
}

/* The lines after BEGIN, to and with END. */
static const struct stella_error *pem_body(struct stella_buf *out, struct pem_reader *r,
	struct stella_span label, bool crlf)
{
	const struct stella_error *err = NULL;
	struct stella_buf text = { 0 };
	struct stella_span line, end;
	size_t width = 0, previous = 0;
	bool this_crlf;

	for (;;) {
		if (!pem_line(r, &line, &this_crlf)) {
			err = pem_error(r, "the text ends before the END line");
			goto done;
		}
		if (this_crlf != crlf && !r->bare_end) {
			err = pem_error(r, "LF and CRLF are mixed");
			goto done;
		}
		if (stella_span_starts(line, "-"))
			break;
		if (!pem_line_fits(line, label, width, previous)) {
			err = pem_error(r, "not of the width of its block");
			goto done;
		}
		previous = line.size;
		if (!width)
			width = line.size;
		stella_buf_put_span(&text, line);
	}
	if (!pem_boundary(line, "END", &end) || !stella_span_equal(label, end))
		err = pem_error(r, "not the END line of this block");
	else if (text.size == 0)
		err = pem_error(r, "the block is empty");
	if (err)
		goto done;
	err = stella_base64_parse(out, stella_buf_span(&text), STELLA_BASE64_STRICT);
	if (err)
		err = stella_error_prefix(err, "PEM block that ends in line %zu", r->line);
done:
	stella_buf_wipe(&text); /* it may be a private key */
	return err;
}

const struct stella_error *stella_pem_parse(struct stella_buf *out, struct stella_span in, const char *label)
{
	struct pem_reader r = { .in = stella_cursor(in) };
	struct stella_span line, found;
	size_t before = out->size;
	const struct stella_error *err;
	bool crlf;

	if (!pem_line(&r, &line, &crlf) || !pem_boundary(line, "BEGIN", &found) ||
		!stella_span_is(found, label))
		return stella_error(STELLA_MALFORMED, "PEM line 1: not \"-----BEGIN %s-----\"", label);
	err = pem_body(out, &r, found, crlf);
	if (!err && r.in.left > 0) {
		r.line++;
		out->size = before;
		out->data[before] = 0;
		err = pem_error(&r, "text after the END line");
	}
	return err;
}

const struct stella_error *stella_pem_next(struct stella_buf *out, char **label, struct stella_cursor *in)
{
	struct pem_reader r = { .in = *in };
	const struct stella_error *err;
	struct stella_span line, found;
	bool crlf;

	*label = NULL;
	for (;;) {
		if (!pem_line(&r, &line, &crlf))
			return stella_error(STELLA_NOT_FOUND, "no PEM block");
		if (pem_boundary(line, "BEGIN", &found))
			break;
		if (stella_span_starts(line, "-"))
			return pem_error(&r, "not a BEGIN line");
	}
	err = pem_body(out, &r, found, crlf);
	if (err)
		return err;
	*label = stella_span_strdup(found);
	*in = r.in;
	return NULL;
}

void stella_pem_print(struct stella_buf *out, const char *label, struct stella_span der)
{
	struct stella_buf text = { 0 };

	stella_base64_print(&text, der);
	stella_buf_printf(out, "-----BEGIN %s-----\n", label);
	for (size_t at = 0; at < text.size; at += 64) {
		stella_buf_put(out, text.data + at, text.size - at < 64 ? text.size - at : 64);
		stella_buf_put_u8(out, '\n');
	}
	stella_buf_printf(out, "-----END %s-----\n", label);
	stella_buf_wipe(&text);
}
