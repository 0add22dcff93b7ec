/* SPDX-License-Identifier: Apache-2.0 */
/* export: the trust state in the formats of other tools. */
#include "cmd.h"
#include "sys.h"

const struct opt export_opts[] = {
	{ "out", 0, "FILE", "write it there instead of printing it", NULL, false },
	{ 0 }
};

/*
 * ssh-keygen(1), ALLOWED SIGNERS: principals, options, key.  A member's name holds no character that
 * a principals list gives a meaning to.
 */
static void print_signers(struct stella_buf *out, struct cmd *cmd, const struct stella_policy *policy)
{
	for (size_t i = 0; i < policy->member_count; i++) {
		const struct stella_member *member = &policy->members[i];

		for (size_t k = 0; k < member->key_count; k++) {
			stella_buf_printf(out, "%s namespaces=\"git\" ", member->name);
			stella_pubkey_print_ssh(out, member->keys[k]);
			stella_buf_put_u8(out, '\n');
		}
		for (size_t k = 0; k < member->credential_count; k++) { /* ssh-keygen has no form for these */
			struct stella_buf text = { 0 };

			stella_credential_print(&text, &member->credentials[k]);
			stella_buf_printf(out, "# %s: %s\n", member->name, show_span(cmd, stella_buf_span(&text)));
			stella_buf_free(&text);
		}
	}
}

static void json_signers(struct cmd *cmd, const struct stella_trust *trust)
{
	struct stella_json *object = stella_json_new_object(), *array;

	stella_json_set(object, "state", json_state(trust->state));
	array = stella_json_set(object, "signers", stella_json_new_array());
	for (size_t i = 0; i < trust->policy->member_count; i++) {
		const struct stella_member *member = &trust->policy->members[i];

		for (size_t k = 0; k < member->key_count; k++) {
			struct stella_json *one = stella_json_add(array, stella_json_new_object());
			struct stella_buf line = { 0 };

			stella_pubkey_print_ssh(&line, member->keys[k]);
			stella_json_set_text(one, "principal", member->name);
			stella_json_set_text(one, "namespaces", "git");
			stella_json_set(one, "key", stella_json_new_text_span(stella_buf_span(&line)));
			stella_buf_free(&line);
		}
	}
	array = NULL;
	for (size_t i = 0; i < trust->policy->member_count; i++) {
		const struct stella_member *member = &trust->policy->members[i];

		for (size_t k = 0; k < member->credential_count; k++) {
			array = array ? array : stella_json_set(object, "others", stella_json_new_array());
			stella_json_set_text(stella_json_add(array, json_credential(&member->credentials[k])), "principal", member->name);
		}
	}
	say_json(cmd, "allowed-signers", object);
}

const struct stella_error *cmd_export_allowed_signers(struct cmd *cmd)
{
	const char *path = opts_get(cmd, "out");
	struct stella_buf text = { 0 };
	struct stella_trust *trust;
	const struct stella_error *err = session_trust(&trust, cmd);

	if (err)
		return err;
	print_signers(&text, cmd, trust->policy);
	if (path)
		err = stella_sys_replace(path, stella_buf_span(&text), 0644);
	if (!err && cmd->json)
		json_signers(cmd, trust);
	else if (!err && path)
		say(cmd, "wrote %s: git config gpg.ssh.allowedSignersFile %s\n", show(cmd, path), show(cmd, path));
	else if (!err)
		stella_buf_put_span(&cmd->out, stella_buf_span(&text));
	stella_buf_free(&text);
	return err;
}
