/* SPDX-License-Identifier: Apache-2.0 */
/* The files of trust-repo-template/, compiled in by embed.sh so that `stella init` needs no other file. */
#ifndef STELLA_TEMPLATE_H
#define STELLA_TEMPLATE_H

#include <stddef.h>

struct template_file {
	const char *path;
	const unsigned char *data;
	size_t size;
};
extern const struct template_file template_files[]; /* ended by a row without path */

#endif
