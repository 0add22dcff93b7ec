/* SPDX-License-Identifier: Apache-2.0 */
/* The next command to run for each kind of failure, in the words of the runbook. */
#include "cmd.h"

#include "verify.h"

const char *hint_of(const struct stella_error *err)
{
	const char *hint;

	switch (err->code) {
	case STELLA_NO_PIN:
		return "stella pin <root-commit>, or --trust-root <root-commit>";
	case STELLA_ROLLBACK:
		return "fetch the newest trust branch and compare it with a second source; then stella status";
	case STELLA_FORK:
		return "stella status";
	case STELLA_POLICY_EXPIRED:
		return "stella policy renew, then stella approve by the others";
	case STELLA_POLICY_UNSUPPORTED:
		return "upgrade stella";
	case STELLA_APPROVAL_MISSING:
		return "stella status, stella approve";
	case STELLA_NOT_AUTHORIZED:
		return "stella member list";
	case STELLA_INCOMPLETE:
		return "git fetch --unshallow (in CI: fetch-depth: 0), then git fsck";
	default:
		hint = stella_code_hint(err->code);
		return hint && *hint ? hint : NULL;
	}
}
