/* SPDX-License-Identifier: Apache-2.0 */
#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>

#include "check.h"

#define COUNT 1000

struct seen {
	atomic_uint times[COUNT];
	pthread_t first;
	atomic_bool other;
};

static void note(void *context, size_t i)
{
	struct seen *seen = context;

	atomic_fetch_add(&seen->times[i], 1);
	if (!pthread_equal(seen->first, pthread_self()))
		seen->other = true;
}

static void run(size_t count, unsigned threads)
{
	struct seen seen = { .first = pthread_self() };

	stella_parallel_each(count, threads, note, &seen);
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_uint_eq(seen.times[i], i < count);
	if (threads == 1)
		ck_assert(!seen.other);
}

START_TEST(every_piece_is_done_once)
{
	static const unsigned threads[] = { 0, 1, 2, 3, 64, 1000 };

	for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
		run(COUNT, threads[i]);
		run(1, threads[i]);
		run(0, threads[i]);
	}
}
END_TEST

struct meeting {
	pthread_barrier_t barrier;
};

/* Ends only if as many as two are there at the same time. */
static void meet(void *context, size_t i)
{
	struct meeting *meeting = context;

	(void)i;
	pthread_barrier_wait(&meeting->barrier);
}

START_TEST(two_threads_work_at_the_same_time)
{
	struct meeting meeting;

	ck_assert_int_eq(pthread_barrier_init(&meeting.barrier, NULL, 2), 0);
	stella_parallel_each(2, 2, meet, &meeting);
	pthread_barrier_destroy(&meeting.barrier);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, every_piece_is_done_once);
	tcase_add_test(t, two_threads_work_at_the_same_time);
}
CHECK_MAIN("parallel", fill)
