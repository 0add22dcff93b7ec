/* SPDX-License-Identifier: Apache-2.0 */
/* What every check_<file>.c shares: libcheck, and asserting on errors. */
#ifndef STELLA_TESTS_CHECK_H
#define STELLA_TESTS_CHECK_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define assert_ok(call) \
	do { \
		const struct stella_error *err_ = (call); \
		ck_assert_msg(!err_, "%s: %s", #call, err_ ? err_->message : ""); \
	} while (0)

#define assert_code(call, wanted) \
	do { \
		const struct stella_error *err_ = (call); \
		ck_assert_msg(err_ != NULL, "%s: accepted, not %s", #call, stella_code_word(wanted)); \
		ck_assert_msg(err_->code == (wanted), "%s: %s (%s), not %s", #call, \
			stella_code_word(err_->code), err_->message, stella_code_word(wanted)); \
	} while (0)

#define assert_span_is(span, text) \
	do { \
		struct stella_span span_ = (span); \
		ck_assert_msg(stella_span_is(span_, (text)), "\"%.*s\" is not \"%s\"", \
			(int)span_.size, (const char *)span_.data, (text)); \
	} while (0)

/* `void fill(TCase *)` adds the tests of this file; CHECK_MAIN makes the program. */
#define CHECK_MAIN(name, fill) \
	int main(void) \
	{ \
		Suite *suite = suite_create(name); \
		TCase *tcase = tcase_create(name); \
		SRunner *runner = srunner_create(suite); \
		int failed; \
		tcase_set_timeout(tcase, 300); \
		fill(tcase); \
		suite_add_tcase(suite, tcase); \
		srunner_run_all(runner, CK_NORMAL); \
		failed = srunner_ntests_failed(runner); \
		srunner_free(runner); \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS; \
	}

#endif
