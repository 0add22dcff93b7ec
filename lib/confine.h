/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that gives up, for good, what judging needs not: starting a program, opening a socket, looking into
 * another process, mounting, and the calls by which a filter is gone round.  It reads hostile bytes with parsers
 * that are not all ours; what such bytes make it do then still runs nothing and tells nobody.  By seccomp
 * (Linux, seccomp(2)); a process that is forked inherits it.  Not here: which files may be read or written.
 */
#ifndef STELLA_CONFINE_H
#define STELLA_CONFINE_H

#include "err.h"

/* SYSTEM where the kernel or this processor has no filter: then nothing is given up.  To be called before any thread starts. */
const struct stella_error *stella_confine(void) STELLA_MUST_USE;
/* Would it work?  Gives up nothing. */
bool stella_confine_works(void);

#endif
