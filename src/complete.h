/* SPDX-License-Identifier: Apache-2.0 */
/* What could come next on a command line. */
#ifndef STELLA_COMPLETE_H
#define STELLA_COMPLETE_H

#include "cmd.h"

/* cmd's arguments are the words so far; lines of candidate, tab, help; ":files" where a file may stand, too. */
const struct stella_error *complete(struct cmd *cmd) STELLA_MUST_USE;

#endif
