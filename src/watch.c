/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends a run that has come to a standstill: a FIFO where a file should be, a network file system that is gone.
 * A promotion that is blocked for good tells nobody why.  Long work that moves on (stella_progress) is let go on.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "sys.h"

#define SECONDS 60
#define SECONDS_MAX 86400

static char message[160];
static unsigned patience;
static void (*also)(const char *what, uint64_t done);

static void stand_still(int number)
{
	(void)number;
	if (write(STDERR_FILENO, message, strlen(message)) < 0)
		_exit(STELLA_EXIT_SYSTEM);
	_exit(STELLA_EXIT_SYSTEM);
}

static void moved(const char *what, uint64_t done)
{
	alarm(patience);
	if (also)
		also(what, done);
}

const struct stella_error *watch_start(struct cmd *cmd)
{
	const char *text = opts_get(cmd, "timeout");
	long seconds = SECONDS;

	if (text && !parse_whole(&seconds, text, 0, SECONDS_MAX))
		return stella_error(STELLA_USAGE, "--timeout %s: expected 0 (wait for ever) to %d seconds", text, SECONDS_MAX);
	if (!seconds)
		return NULL;
	patience = (unsigned)seconds;
	snprintf(message, sizeof message, "stella: %s: nothing moved for %u seconds (a FIFO, a file system that hangs?)\n"
		"  next: look at what it reads, or --timeout 0 to wait\n", cmd->command->name, patience);
	signal(SIGALRM, stand_still);
	also = stella_progress;
	stella_progress = moved;
	alarm(patience);
	return NULL;
}
