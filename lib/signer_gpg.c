/* SPDX-License-Identifier: Apache-2.0 */
/* Commits signed as git has gpg, gpgsm, smimesign or gitsign do it (git's gpg-interface.c, sign_buffer_gpg). */
#include "signer.h"

#include "sys.h"

#define SIGNATURE_MAX (256u << 10)

const struct stella_error *stella_commit_signer_gpg(struct stella_buf *armored,
	const struct stella_commit_signer *signer, struct stella_span payload)
{
	const char *const argv[] = { signer->program, "-bsau", signer->gpg_key, NULL };
	struct stella_buf made = { 0 };
	const struct stella_error *err = stella_sys_run(&made, argv, payload, SIGNATURE_MAX);

	if (err)
		goto done;
	err = stella_gitsig_check(signer->format, stella_buf_span(&made), payload);
	if (err)
		err = stella_error(STELLA_HELPER, "%s: made no good signature: %s", signer->program, err->message);
	else
		stella_buf_put_span(armored, stella_buf_span(&made));
done:
	stella_buf_free(&made);
	return err;
}
