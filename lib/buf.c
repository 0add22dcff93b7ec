/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void (*stella_out_of_memory)(void) = abort;

static void *must(void *pointer)
{
	if (!pointer) {
		stella_out_of_memory();
		abort();
	}
	return pointer;
}

void *stella_alloc(size_t size)
{
	return must(calloc(1, size ? size : 1));
}

void *stella_alloc_array(size_t count, size_t size)
{
	return must(calloc(count ? count : 1, size ? size : 1));
}

void *stella_realloc_array(void *old, size_t count, size_t size)
{
	return must(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *stella_strdup(const char *text)
{
	return text ? must(strdup(text)) : NULL;
}

/* ---------------------------------------------------------------- span */

struct stella_span stella_span(const void *data, size_t size)
{
	return (struct stella_span){ data, size };
}

struct stella_span stella_span_str(const char *text)
{
	return (struct stella_span){ (const uint8_t *)text, strlen(text) };
}

bool stella_span_equal(struct stella_span a, struct stella_span b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool stella_span_is(struct stella_span a, const char *text)
{
	return stella_span_equal(a, stella_span_str(text));
}

bool stella_span_starts(struct stella_span a, const char *text)
{
	size_t size = strlen(text);

	return a.size >= size && (size == 0 || memcmp(a.data, text, size) == 0);
}

int stella_span_compare(struct stella_span a, struct stella_span b)
{
	size_t common = a.size < b.size ? a.size : b.size;
	int order = common ? memcmp(a.data, b.data, common) : 0;

	return order ? order : (a.size > b.size) - (a.size < b.size);
}

bool stella_span_has_nul(struct stella_span a)
{
	return a.size > 0 && memchr(a.data, 0, a.size) != NULL;
}

char *stella_span_strdup(struct stella_span a)
{
	char *text = stella_alloc(a.size + 1);

	assert(!stella_span_has_nul(a));
	if (a.size)
		memcpy(text, a.data, a.size);
	return text;
}

const uint8_t *stella_span_find(struct stella_span in, const char *text)
{
	return in.size ? memmem(in.data, in.size, text, strlen(text)) : NULL;
}

/* ---------------------------------------------------------------- buf */

void stella_buf_free(struct stella_buf *buf)
{
	if (buf) {
		free(buf->data);
		*buf = (struct stella_buf){ 0 };
	}
}

void stella_buf_wipe(struct stella_buf *buf)
{
	if (buf && buf->data)
		explicit_bzero(buf->data, buf->cap);
	stella_buf_free(buf);
}

void stella_buf_reserve(struct stella_buf *buf, size_t more)
{
	size_t need, cap = buf->cap ? buf->cap : 64;

	if (__builtin_add_overflow(buf->size, more, &need) ||
	    __builtin_add_overflow(need, (size_t)1, &need))
		must(NULL);
	if (need <= buf->cap)
		return;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : 2 * cap;
	buf->data = stella_realloc_array(buf->data, cap, 1);
	buf->cap = cap;
}

void stella_buf_put(struct stella_buf *buf, const void *data, size_t size)
{
	stella_buf_reserve(buf, size);
	if (size)
		memcpy(buf->data + buf->size, data, size);
	buf->size += size;
	buf->data[buf->size] = 0;
}

void stella_buf_put_span(struct stella_buf *buf, struct stella_span span)
{
	stella_buf_put(buf, span.data, span.size);
}

void stella_buf_put_str(struct stella_buf *buf, const char *text)
{
	stella_buf_put(buf, text, strlen(text));
}

void stella_buf_put_u8(struct stella_buf *buf, uint8_t value)
{
	stella_buf_put(buf, &value, 1);
}

void stella_buf_put_u32(struct stella_buf *buf, uint32_t value)
{
	uint8_t bytes[4] = { value >> 24, value >> 16, value >> 8, value };

	stella_buf_put(buf, bytes, sizeof bytes);
}

void stella_buf_put_u64(struct stella_buf *buf, uint64_t value)
{
	stella_buf_put_u32(buf, value >> 32);
	stella_buf_put_u32(buf, (uint32_t)value);
}

void stella_buf_put_string(struct stella_buf *buf, struct stella_span span)
{
	assert(span.size <= UINT32_MAX);
	stella_buf_put_u32(buf, (uint32_t)span.size);
	stella_buf_put_span(buf, span);
}

void stella_buf_vprintf(struct stella_buf *buf, const char *format, va_list args)
{
	va_list again;
	int size;

	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	assert(size >= 0);
	stella_buf_reserve(buf, (size_t)size);
	vsnprintf((char *)buf->data + buf->size, (size_t)size + 1, format, again);
	buf->size += (size_t)size;
	va_end(again);
}

void stella_buf_printf(struct stella_buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	stella_buf_vprintf(buf, format, args);
	va_end(args);
}

struct stella_span stella_buf_span(const struct stella_buf *buf)
{
	return (struct stella_span){ buf->data, buf->size };
}

char *stella_buf_take_str(struct stella_buf *buf)
{
	char *text;

	stella_buf_put(buf, NULL, 0); /* an empty one has no data yet */
	text = (char *)buf->data;
	*buf = (struct stella_buf){ 0 };
	return text;
}

/* ---------------------------------------------------------------- cursor */

struct stella_cursor stella_cursor(struct stella_span span)
{
	return (struct stella_cursor){ span.data, span.size };
}

bool stella_cursor_take(struct stella_cursor *c, size_t size, struct stella_span *out)
{
	if (c->left < size)
		return false;
	*out = (struct stella_span){ c->at, size };
	if (size)
		c->at += size;
	c->left -= size;
	return true;
}

bool stella_cursor_copy(struct stella_cursor *c, void *out, size_t size)
{
	struct stella_span s;

	if (!stella_cursor_take(c, size, &s))
		return false;
	memcpy(out, s.data, s.size);
	return true;
}

bool stella_cursor_u8(struct stella_cursor *c, uint8_t *out)
{
	struct stella_span s;

	if (!stella_cursor_take(c, 1, &s))
		return false;
	*out = s.data[0];
	return true;
}

bool stella_cursor_u32(struct stella_cursor *c, uint32_t *out)
{
	struct stella_span s;

	if (!stella_cursor_take(c, 4, &s))
		return false;
	*out = (uint32_t)s.data[0] << 24 | (uint32_t)s.data[1] << 16 |
	       (uint32_t)s.data[2] << 8 | s.data[3];
	return true;
}

bool stella_cursor_u64(struct stella_cursor *c, uint64_t *out)
{
	uint32_t high, low;

	if (c->left < 8 || !stella_cursor_u32(c, &high) || !stella_cursor_u32(c, &low))
		return false;
	*out = (uint64_t)high << 32 | low;
	return true;
}

bool stella_cursor_string(struct stella_cursor *c, struct stella_span *out)
{
	struct stella_cursor saved = *c;
	uint32_t size;

	if (stella_cursor_u32(c, &size) && stella_cursor_take(c, size, out))
		return true;
	*c = saved;
	return false;
}

bool stella_cursor_line(struct stella_cursor *c, struct stella_span *out)
{
	const uint8_t *end = c->left ? memchr(c->at, '\n', c->left) : NULL;

	if (!end)
		return false;
	*out = (struct stella_span){ c->at, (size_t)(end - c->at) };
	c->left -= out->size + 1;
	c->at = end + 1;
	return true;
}
