/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world: files under a cap, a file replaced whole or not at all, locks, the clock, and helper
 * programs.  Together with repo and refs the only part of the library that touches it.
 */
#ifndef STELLA_SYS_H
#define STELLA_SYS_H

#include "buf.h"

int64_t stella_sys_now(void);                            /* seconds; the only clock */
/* Told now and then by long work how far it is ("reading commits", a number), on any thread.  Set by the command;
 * NULL: nobody asks. */
extern void (*stella_progress)(const char *what, uint64_t done);
int64_t stella_sys_ticks(void);                          /* microseconds since some moment, for durations */

/*
 * Appends the bytes of a regular file, or of standard input ("-"), at most max: LIMIT beyond,
 * before it is all read.  NOT_FOUND, or SYSTEM.  FIFOs, devices and directories are refused.
 */
const struct stella_error *stella_sys_read(struct stella_buf *out, const char *path,
	size_t max) STELLA_MUST_USE;
/* As read, for a file of secrets or state: OWNER unless this user's, without group or other bits. */
const struct stella_error *stella_sys_read_private(struct stella_buf *out, const char *path,
	size_t max) STELLA_MUST_USE;
/* As read, for what is too large to hold: take gets one piece after the other. */
const struct stella_error *stella_sys_feed(const char *path, uint64_t max,
	void (*take)(void *context, struct stella_span piece), void *context) STELLA_MUST_USE;
/* One piece of an open file, *got 0 at its end; and all of content.  SYSTEM. */
const struct stella_error *stella_sys_fd_read(int fd, void *data, size_t size, size_t *got) STELLA_MUST_USE;
const struct stella_error *stella_sys_fd_write(int fd, struct stella_span content) STELLA_MUST_USE;
/* Tells stella_progress, in MiB and now and then, that total bytes have come, got of them just now. */
void stella_sys_tell(const char *what, uint64_t total, size_t got);

/*
 * Writes beside, syncs, renames over path, syncs the directory: old or new content, never half.
 * The umask takes bits from mode.  After an error it may be either, but the file written beside
 * is gone.  A link is replaced, too; what is (or leads to) no regular file is refused: SYSTEM.
 */
const struct stella_error *stella_sys_replace(const char *path, struct stella_span content,
	unsigned mode) STELLA_MUST_USE;
/* As mkdir -p; new directories get this mode and are synced into their parents. */
const struct stella_error *stella_sys_mkdirs(const char *path, unsigned mode) STELLA_MUST_USE;
const struct stella_error *stella_sys_sync_dir(const char *path) STELLA_MUST_USE;
bool stella_sys_exists(const char *path);                /* also a link that leads nowhere */

/*
 * A lock that ends with the process (fcntl OFD) on a file that is made and stays.  Waits up to
 * seconds; SYSTEM "locked by another process".
 */
struct stella_lock;
const struct stella_error *stella_sys_lock(struct stella_lock **out, const char *path,
	unsigned seconds) STELLA_MUST_USE;
void stella_sys_unlock(struct stella_lock *lock);        /* NULL is fine */

/* $XDG_STATE_HOME/stella, else ~/.local/state/stella.  The path is yours. */
const struct stella_error *stella_sys_state_dir(char **out) STELLA_MUST_USE;
/* A new directory of this user alone under $TMPDIR or /tmp; remove takes away all that is in it. */
const struct stella_error *stella_sys_tempdir(char **out) STELLA_MUST_USE;
/* A new directory beside path (yours), to become path once it is whole. */
const struct stella_error *stella_sys_beside(char **out, const char *path) STELLA_MUST_USE;
/* from becomes to, which must not exist (CONFLICT); its files are the caller's to sync. */
const struct stella_error *stella_sys_rename_new(const char *from, const char *to) STELLA_MUST_USE;
void stella_sys_tempdir_remove(const char *path);        /* NULL is fine */

/*
 * Runs argv (found by PATH, no shell), gives it input, and appends at most max bytes of its
 * standard output: LIMIT beyond, and it is killed.  Standard error is passed through.  HELPER
 * unless it ends with status 0; that it did not read all of its input is its own affair.
 * Never called on the way of `verify`.
 *
 * Where this process has a terminal it may take its time: somebody may be looking for a token or typing a
 * passphrase.  Without one it is killed after so many seconds (0: never), and that is HELPER, too.
 */
extern unsigned stella_sys_run_seconds;
const struct stella_error *stella_sys_run(struct stella_buf *out, const char *const *argv,
	struct stella_span input, size_t max) STELLA_MUST_USE;

/*
 * A secret, read from the terminal without echo: at most STELLA_SECRET_MAX bytes.
 * USAGE where there is no terminal.  A signal restores the terminal before it takes effect.
 * what is the prompt: "Passphrase of the key".
 */
#define STELLA_SECRET_MAX 1024
const struct stella_error *stella_sys_ask_secret(struct stella_buf *out, const char *what) STELLA_MUST_USE;

#endif
