/* SPDX-License-Identifier: Apache-2.0 */
/* A trusted root that is read has what it promises; a refusal says what it is about. */
#include "fuzz.h"

#include <string.h>

#include "trustroot.h"

static void check_logs(const struct stella_log *logs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		must(logs[i].id.size > 0 && logs[i].window.start <= logs[i].window.end);
		must(!logs[i].key || stella_pubkey_allows(logs[i].key, logs[i].alg));
	}
}

static void check_authorities(const struct stella_authority *authorities, size_t count)
{
	for (size_t i = 0; i < count; i++)
		must(authorities[i].cert_count > 0 && authorities[i].window.start <= authorities[i].window.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_trustroot *root;
	const struct stella_error *err = stella_trustroot_parse(&root, stella_span(data, size));

	if (err) {
		must(!root && strncmp(err->message, "trusted root: ", 14) == 0);
		must(err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT || err->code == STELLA_POLICY_UNSUPPORTED);
		return 0;
	}
	check_logs(root->tlogs, root->tlog_count);
	check_logs(root->ctlogs, root->ctlog_count);
	check_authorities(root->cas, root->ca_count);
	check_authorities(root->tsas, root->tsa_count);
	stella_trustroot_free(root);
	return 0;
}
