/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world: files under a cap, a file replaced whole or not at all, locks, the clock, and helper
 * programs.  Together with repo and refs the only part of the library that touches it.
 */
#ifndef STELLA_SYS_H
#define STELLA_SYS_H

#include "buf.h"

int64_t stella_sys_now(void);                            /* seconds; the only clock */

/*
 * The bytes of a regular file, pipe or standard input ("-"), at most max: LIMIT beyond, before it
 * is all read.  NOT_FOUND, or SYSTEM.  FIFOs and devices are refused unless it is "-".
 */
const struct stella_error *stella_sys_read(struct stella_buf *out, const char *path, size_t max) STELLA_MUST_USE;
/* As read, for a file of secrets or state: owned by this user, mode without group or other bits. */
const struct stella_error *stella_sys_read_private(struct stella_buf *out, const char *path, size_t max) STELLA_MUST_USE;

/* Writes beside, syncs, renames over path, syncs the directory: old or new content, never half. */
const struct stella_error *stella_sys_replace(const char *path, struct stella_span content, unsigned mode) STELLA_MUST_USE;
/* As mkdir -p; new directories get this mode and are synced into their parents. */
const struct stella_error *stella_sys_mkdirs(const char *path, unsigned mode) STELLA_MUST_USE;
const struct stella_error *stella_sys_sync_dir(const char *path) STELLA_MUST_USE;
bool stella_sys_exists(const char *path);

/* A lock that ends with the process (fcntl OFD).  Waits up to seconds; SYSTEM "locked by another". */
struct stella_lock;
const struct stella_error *stella_sys_lock(struct stella_lock **out, const char *path, unsigned seconds) STELLA_MUST_USE;
void stella_sys_unlock(struct stella_lock *lock);        /* NULL is fine */

/* $XDG_STATE_HOME/stella, else ~/.local/state/stella.  The path is yours. */
const struct stella_error *stella_sys_state_dir(char **out) STELLA_MUST_USE;
/* A new directory of this user alone under $TMPDIR or /tmp; remove takes it away with its files. */
const struct stella_error *stella_sys_tempdir(char **out) STELLA_MUST_USE;
void stella_sys_tempdir_remove(const char *path);

/*
 * Runs argv (found by PATH, no shell), gives it input, and collects at most max bytes of its
 * standard output.  Standard error is passed through.  HELPER unless it ends with status 0.
 * Never called on the way of `verify`.
 */
const struct stella_error *stella_sys_run(struct stella_buf *out, const char *const *argv,
	struct stella_span input, size_t max) STELLA_MUST_USE;

/* The passphrase for what, read from the terminal without echo; USAGE where there is none. */
const struct stella_error *stella_sys_ask_secret(struct stella_buf *out, const char *what) STELLA_MUST_USE;

#endif
