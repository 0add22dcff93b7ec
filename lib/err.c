/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SLOTS 16

static struct stella_error *next_slot(void)
{
	static _Thread_local struct stella_error slots[SLOTS];
	static _Thread_local unsigned next;

	return &slots[next++ % SLOTS];
}

static const struct {
	const char *word;
	enum stella_exit status;
} codes[] = {
#define X(name, word, status) { word, STELLA_EXIT_##status },
	STELLA_CODES(X)
#undef X
};

const struct stella_error *stella_error(enum stella_code code, const char *format, ...)
{
	struct stella_error *err = next_slot();
	va_list args;

	err->code = code;
	va_start(args, format);
	vsnprintf(err->message, sizeof err->message, format, args);
	va_end(args);
	return err;
}

const struct stella_error *stella_error_errno(const char *format, ...)
{
	int saved = errno;
	struct stella_error *err = next_slot();
	va_list args;
	size_t used;

	err->code = STELLA_SYSTEM;
	va_start(args, format);
	vsnprintf(err->message, sizeof err->message, format, args);
	va_end(args);
	used = strlen(err->message);
	snprintf(err->message + used, sizeof err->message - used, ": %s", strerror(saved));
	return err;
}

const struct stella_error *stella_error_prefix(const struct stella_error *err,
	const char *format, ...)
{
	struct stella_error *out = next_slot();
	char text[STELLA_ERROR_MAX];
	va_list args;
	size_t used;

	assert(err);
	memcpy(text, err->message, sizeof text); /* err may be the slot that is reused */
	out->code = err->code;
	va_start(args, format);
	vsnprintf(out->message, sizeof out->message, format, args);
	va_end(args);
	used = strlen(out->message);
	snprintf(out->message + used, sizeof out->message - used, ": %s", text);
	return out;
}

const struct stella_error *stella_error_recode(const struct stella_error *err,
	enum stella_code code)
{
	struct stella_error *out = next_slot();

	assert(err);
	memmove(out, err, sizeof *out);
	out->code = code;
	return out;
}

bool stella_error_is(const struct stella_error *err, enum stella_code code)
{
	return err && err->code == code;
}

const char *stella_code_word(enum stella_code code)
{
	assert(code < STELLA_CODE_COUNT);
	return codes[code].word;
}

enum stella_exit stella_code_exit(enum stella_code code)
{
	assert(code < STELLA_CODE_COUNT);
	return codes[code].status;
}
