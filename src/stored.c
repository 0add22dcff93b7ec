/* SPDX-License-Identifier: Apache-2.0 */
/* Stored attestations: one that was judged under two views, for programs; none here to be judged. */
#include "cmd.h"
#include "sweep.h"

const char stored_missing_hint[] = "git fetch origin attestations:attestations, or stella attest import";

/* No branch is not the same as nothing on it: perhaps it was not fetched. */
const char *stored_missing(struct cmd *cmd, const struct stella_store *store)
{
	struct stella_buf text = { 0 };

	if (stella_store_exists(store))
		return NULL;
	stella_buf_printf(&text, "NOT CHECKED: %s does not exist here", stella_store_ref(store));
	return keep(cmd, stella_buf_take_str(&text));
}

struct stella_json *json_swept(const struct stella_swept *swept)
{
	struct stella_json *object = stella_json_new_object();

	stella_json_set(object, "attestation", json_id(&swept->id));
	stella_json_set(object, "predicateType", json_text(swept->type));
	stella_json_set(object, "subject", json_text(swept->subject));
	stella_json_set_text(object, "issuer", swept->issuer);
	for (unsigned v = 0; v < 2; v++) {
		if (swept->verdicts[v].trusted)
			continue;
		stella_json_set_text(object, "code", stella_code_word(swept->verdicts[v].code));
		stella_json_set(object, "message", json_text(swept->verdicts[v].message));
	}
	return object;
}
