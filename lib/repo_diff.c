/* SPDX-License-Identifier: Apache-2.0 */
#include <git2.h>

#include "repo_internal.h"

static int print_line(const git_diff_delta *delta, const git_diff_hunk *hunk, const git_diff_line *line, void *payload)
{
	struct stella_buf *out = payload;

	if (line->origin == GIT_DIFF_LINE_ADDITION || line->origin == GIT_DIFF_LINE_DELETION ||
	    line->origin == GIT_DIFF_LINE_CONTEXT)
		stella_buf_put_u8(out, (uint8_t)line->origin);
	else if (line->origin != GIT_DIFF_LINE_HUNK_HDR)
		return 0;
	stella_buf_put(out, line->content, line->content_len);
	if (!line->content_len || line->content[line->content_len - 1] != '\n')
		stella_buf_put_u8(out, '\n');
	return 0;
}

const struct stella_error *stella_repo_diff_print(struct stella_buf *out, struct stella_span from, struct stella_span to)
{
	git_diff_options options;
	git_patch *patch = NULL;
	const struct stella_error *err = stella_repo_libgit2_start();

	if (err)
		return err;
	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags = GIT_DIFF_FORCE_TEXT;
	if (git_patch_from_buffers(&patch, from.data ? (const void *)from.data : "", from.size, NULL,
		    to.data ? (const void *)to.data : "", to.size, NULL, &options) ||
	    git_patch_print(patch, print_line, out))
		err = stella_error(STELLA_SYSTEM, "the difference cannot be shown: %s", stella_repo_git_text());
	git_patch_free(patch);
	git_libgit2_shutdown();
	return err;
}
