/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target shares: its entry, and how it says that a property does not hold. */
#ifndef STELLA_TESTS_FUZZ_H
#define STELLA_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"

/* What libFuzzer, afl++ and replay.c call; 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
