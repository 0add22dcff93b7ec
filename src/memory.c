/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running out of memory ends the process, in libraries too: json-c drops a member whose memory it did not get, so that a
 * window could become an open one, and GnuTLS reads a name as broken.  This program's malloc is everybody's (glibc,
 * "Replacing malloc"); the rest of the family is glibc's own.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"

void out_of_memory(void)
{
	static const char text[] = "stella: out of memory\n";

	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(STELLA_EXIT_SYSTEM);
	_exit(STELLA_EXIT_SYSTEM);
}

#if defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define INSTRUMENTED 1
#endif
#endif
#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__ && !defined INSTRUMENTED

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static void *got(void *memory, bool asked)
{
	if (!memory && asked)
		out_of_memory();
	return memory;
}

void *malloc(size_t size)
{
	return got(__libc_malloc(size), true);
}

void *calloc(size_t count, size_t size)
{
	return got(__libc_calloc(count, size), true);
}

void *realloc(void *old, size_t size)
{
	return got(__libc_realloc(old, size), size > 0);
}

#endif
