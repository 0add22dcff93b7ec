/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One piece of work many times over, on all cores.  Not here: any order; whatever the pieces share must not change.
 */
#ifndef STELLA_PARALLEL_H
#define STELLA_PARALLEL_H

#include <stddef.h>

/*
 * Calls each for every i below count, on so many threads at once (0: one a core), and returns when all are done.
 * Where no thread is to be had, this one does all of it.  An error in a slot of a thread ends with it: copy it.
 */
void stella_parallel_each(size_t count, unsigned threads, void (*each)(void *context, size_t i), void *context);

#endif
