/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes: owned (buf), borrowed (span), and a cursor that cannot overrun.  The one allocator of
 * the library lives here: running out of memory ends the process through stella_out_of_memory
 * (every input has a cap that is checked before anything is allocated for it, so nobody outside
 * can choose it).  Not here: text encodings.
 */
#ifndef STELLA_BUF_H
#define STELLA_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Called when memory has run out; must not return.  abort() unless a program sets another. */
extern void (*stella_out_of_memory)(void);

void *stella_alloc(size_t size);                       /* zeroed, never NULL; free() it */
void *stella_alloc_array(size_t count, size_t size);   /* the same, the product is checked */
void *stella_realloc_array(void *old, size_t count, size_t size); /* new part not zeroed */
char *stella_strdup(const char *text);                 /* NULL stays NULL */

/* Make room for one more in an array that doubles: *items has *cap places, count in use. */
#define STELLA_GROW(items, count, cap) \
	do { \
		if ((count) == (cap)) { \
			(cap) = (cap) ? 2 * (cap) : 8; \
			(items) = stella_realloc_array((items), (cap), sizeof *(items)); \
		} \
	} while (0)

/* Borrowed bytes, valid as long as what they were taken from.  Not NUL-terminated. */
struct stella_span {
	const uint8_t *data;
	size_t size;
};

struct stella_span stella_span(const void *data, size_t size);
struct stella_span stella_span_str(const char *text);  /* without the NUL */
bool stella_span_equal(struct stella_span a, struct stella_span b);
bool stella_span_is(struct stella_span a, const char *text);
bool stella_span_starts(struct stella_span a, const char *text);
int stella_span_compare(struct stella_span a, struct stella_span b); /* as memcmp, then size */
char *stella_span_strdup(struct stella_span a);        /* NUL appended; asserts that it has none */
bool stella_span_has_nul(struct stella_span a);
const uint8_t *stella_span_find(struct stella_span in, const char *text); /* NULL: not there */

/* Owned bytes.  {0} is an empty one.  data is always followed by a NUL that size leaves out. */
struct stella_buf {
	uint8_t *data;
	size_t size, cap;
};

void stella_buf_free(struct stella_buf *buf);          /* leaves {0}; NULL is fine */
void stella_buf_wipe(struct stella_buf *buf);          /* zeroes a secret, then frees */
void stella_buf_reserve(struct stella_buf *buf, size_t more);
void stella_buf_put(struct stella_buf *buf, const void *data, size_t size);
void stella_buf_put_span(struct stella_buf *buf, struct stella_span span);
void stella_buf_put_str(struct stella_buf *buf, const char *text);
void stella_buf_put_u8(struct stella_buf *buf, uint8_t value);
void stella_buf_put_u32(struct stella_buf *buf, uint32_t value); /* big-endian */
void stella_buf_put_u64(struct stella_buf *buf, uint64_t value); /* big-endian */
void stella_buf_put_string(struct stella_buf *buf, struct stella_span span); /* RFC 4251 5: u32, bytes */
void stella_buf_vprintf(struct stella_buf *buf, const char *format, va_list args) STELLA_PRINTF(2, 0);
void stella_buf_printf(struct stella_buf *buf, const char *format, ...) STELLA_PRINTF(2, 3);
struct stella_span stella_buf_span(const struct stella_buf *buf);
char *stella_buf_take_str(struct stella_buf *buf);     /* the text is yours, buf becomes {0} */

/* Reads from the front; a read that does not fit returns false and takes nothing. */
struct stella_cursor {
	const uint8_t *at;
	size_t left;
};

struct stella_cursor stella_cursor(struct stella_span span);
bool stella_cursor_u8(struct stella_cursor *c, uint8_t *out);
bool stella_cursor_u32(struct stella_cursor *c, uint32_t *out);  /* big-endian */
bool stella_cursor_u64(struct stella_cursor *c, uint64_t *out);  /* big-endian */
bool stella_cursor_take(struct stella_cursor *c, size_t size, struct stella_span *out);
bool stella_cursor_copy(struct stella_cursor *c, void *out, size_t size); /* the next size bytes, to out */
bool stella_cursor_string(struct stella_cursor *c, struct stella_span *out); /* RFC 4251 5 */
bool stella_cursor_line(struct stella_cursor *c, struct stella_span *out);   /* up to and past \n; false if none */

#endif
