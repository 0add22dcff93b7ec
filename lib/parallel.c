/* SPDX-License-Identifier: Apache-2.0 */
#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define THREADS_MAX 64

struct work {
	void (*each)(void *context, size_t i);
	void *context;
	size_t count;
	atomic_size_t next;
};

static void *work_on(void *arg)
{
	struct work *work = arg;
	size_t i;

	while ((i = atomic_fetch_add(&work->next, 1)) < work->count)
		work->each(work->context, i);
	return NULL;
}

void stella_parallel_each(size_t count, unsigned threads, void (*each)(void *context, size_t i), void *context)
{
	struct work work = { .each = each, .context = context, .count = count };
	pthread_t others[THREADS_MAX];
	size_t wanted = threads, started = 0;

	if (wanted == 0) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);

		wanted = cores < 1 ? 1 : (size_t)cores;
	}
	if (wanted > count)
		wanted = count;
	while (started + 1 < wanted && started < THREADS_MAX &&
	       pthread_create(&others[started], NULL, work_on, &work) == 0)
		started++;
	work_on(&work);
	for (size_t i = 0; i < started; i++)
		pthread_join(others[i], NULL);
}
