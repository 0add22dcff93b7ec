/* SPDX-License-Identifier: Apache-2.0 */
/* limits: every ceiling that is always on; beyond one of them the exit status is 6. */
#include "cmd.h"
#include "eventlog.h"
#include "fields.h"
#include "gates.h"
#include "gitsig.h"
#include "pack.h"
#include "records.h"

static const struct limit {
	const char *name;
	uint64_t value;
	const char *unit, *where;
} limits[] = {
	{ "attestation", STELLA_BUNDLE_MAX, "bytes", "raw or in a bundle" },
	{ "json-depth", STELLA_JSON_DEPTH, "levels", "of nesting in any JSON" },
	{ "json-values", STELLA_JSON_VALUES, "values", "in one JSON document" },
	{ "signatures", STELLA_SIGNATURES_MAX, "", "in one envelope" },
	{ "certificates", STELLA_CERTIFICATES_MAX, "", "in one chain" },
	{ "certificate", STELLA_CERTIFICATE_MAX, "bytes", "each, DER" },
	{ "log-entries", STELLA_LOG_ENTRIES_MAX, "", "in one bundle" },
	{ "timestamps", STELLA_TIMESTAMPS_MAX, "", "in one bundle" },
	{ "attestations-of", STELLA_JUDGED_MAX, "", "about one artifact" },
	{ "bytes-of", STELLA_JUDGED_BYTES_MAX, "bytes", "of all attestations about one artifact" },
	{ "requirements", STELLA_REQUIREMENTS_MAX, "", "in one gate" },
	{ "signer-groups", STELLA_SIGNERS_MAX, "", "in one requirement of a gate" },
	{ "subjects", STELLA_SUBJECTS_MAX, "", "in one statement" },
	{ "digests", STELLA_DIGESTS_MAX, "", "of one subject" },
	{ "tree-files", STELLA_TREE_FILES_MAX, "files", "in a trust tree" },
	{ "tree", STELLA_TREE_BYTES_MAX, "bytes", "of all files in a trust tree" },
	{ "file", STELLA_TREE_FILE_MAX, "bytes", "of one file in a trust tree" },
	{ "tree-depth", STELLA_TREE_DEPTH_MAX, "levels", "of folders in a trust tree" },
	{ "path", STELLA_PATH_MAX, "bytes", "of one path in a trust tree" },
	{ "path-component", STELLA_COMPONENT_MAX, "bytes", "of one name in a path" },
	{ "policy", STELLA_POLICY_MAX, "bytes", "of policy.json" },
	{ "members", STELLA_MEMBERS_MAX, "", "of a policy" },
	{ "id", STELLA_ID_MAX, "bytes", "of an id or name" },
	{ "reason", STELLA_REASON_MAX, "bytes", "of a reason" },
	{ "commit", STELLA_COMMIT_MAX, "bytes", "of one commit of the trust branch" },
	{ "parents", STELLA_PARENTS_MAX, "", "of one commit of the trust branch" },
	{ "commits", STELLA_COMMITS_MAX, "", "from the root to the tip of the trust branch" },
	{ "pending-approvals", STELLA_PENDING_MAX, "", "at one commit" },
	{ "list-entries", STELLA_FIELDS_LIST_MAX, "", "in one list of a record" },
	{ "pack-files", STELLA_PACK_FILES_MAX, "files", "with git objects in an evidence pack" },
	{ "pack", STELLA_PACK_BYTES_MAX, "bytes", "of git objects in an evidence pack" },
	{ "event-log", STELLA_EVENTLOG_PIECE_MAX * STELLA_EVENTLOG_PIECES, "bytes", "of what was run under one root" },
};

const struct stella_error *cmd_limits(struct cmd *cmd)
{
	struct stella_json *object = NULL, *array = NULL;

	if (cmd->json) {
		object = stella_json_new_object();
		array = stella_json_set(object, "limits", stella_json_new_array());
	}
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		const struct limit *limit = &limits[i];

		if (array) {
			struct stella_json *one = stella_json_add(array, stella_json_new_object());

			stella_json_set_text(one, "name", limit->name);
			stella_json_set_int(one, "value", (int64_t)limit->value);
			stella_json_set_text(one, "unit", *limit->unit ? limit->unit : "count");
			stella_json_set_text(one, "where", limit->where);
		} else {
			say(cmd, "%-18s %10llu %-6s %s\n", limit->name, (unsigned long long)limit->value, limit->unit, limit->where);
		}
	}
	if (object)
		say_json(cmd, "limits", object);
	return NULL;
}
