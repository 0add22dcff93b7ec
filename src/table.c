/* SPDX-License-Identifier: Apache-2.0 */
/* Every command, in the order in which help shows them. */
#include <limits.h>

#include "cmd.h"

#define CHANGES (OPTS_TRUST | OPTS_CHANGE)
#define LOOKS (OPTS_TRUST | OPTS_AT | CONFINED)

const struct command commands[] = {
	/* ---- begin and look */
	{ "init", cmd_init, "[DIR]", 0, 1, OPTS_TRUST, init_opts,
		"make a trust repository, sign its first commit and pin it",
		"Everybody named with --member may approve.  Two approvals are needed for every change, or one\n"
		"where there is one member alone; the policy expires in 90 days.  Commits are signed as git is\n"
		"configured (gpg.format=ssh, user.signingkey), and that key must be a member's." },
	{ "pin", cmd_pin, "[<root-commit>]", 0, 1, OPTS_TRUST, pin_opts,
		"show the pinned root commit, or pin one",
		"A verifier believes one commit id that it was given, and what follows from it by approval.\n"
		"Take it from a source that you trust, not from the repository itself." },
	{ "status", cmd_status, "", 0, 0, LOOKS, NULL,
		"what is in force, what is pending, and who can still approve", NULL },
	{ "approve", cmd_approve, "", 0, 0, CHANGES, approve_opts,
		"approve exactly the tree of the branch checked out",
		"Shows the difference from the state in force, asks, and adds one signed commit." },
	{ "check", cmd_check, "", 0, 0, LOOKS | OPTS_MARKDOWN, check_opts,
		"exit 0 only if everything on the branch is in force and well-formed",
		"With --base REV a pull request: what merging --head into it would come to, by each way of merging, and\n"
		"who still must approve.  Exit status 0: it may be merged; 3: a tree or record that is malformed;\n"
		"4: approvals are missing, or a fork; 5: history is missing.  Uses no memory." },
	{ "history list", cmd_history_list, "", 0, 0, LOOKS, history_opts,
		"every state, who approved it and why", NULL },
	{ "history show", cmd_history_show, "<state>", 1, 1, LOOKS, NULL,
		"one state: approvals, reasons, difference",
		"<state> is a state id, a unique prefix of it, or #NUMBER." },
	{ "history why", cmd_history_why, "<path|id>", 1, 1, LOOKS | OPTS_STORE, NULL,
		"who made a record or verdict what it is, why, and in which commits",
		"<path|id> is a path (issuers/acme.json), a record (issuers/acme), an issuer's, anchor's, gate's or key's id,\n"
		"or an attestation.  What is said is said as git commands, too, that show it." },
	{ "history report", cmd_history_report, "", 0, 0, LOOKS, report_opts,
		"one page for auditors: who is trusted, by whom, why, since when, until when",
		"Self-contained HTML without scripts; every claim names the state and the commit that made it." },
	{ "policy show", cmd_policy_show, "", 0, 0, LOOKS, NULL, "members, roles, thresholds, paths and expiry in force", NULL },
	{ "policy check", cmd_policy_check, "[FILE]", 0, 1, 0, NULL, "is this file a valid policy", NULL },
	{ "policy renew", cmd_policy_renew, "", 0, 0, CHANGES, policy_opts, "propose a new expiry",
		"A policy expires so that a verifier that is kept from news notices.  --threshold changes a threshold too." },
	{ "member list", cmd_member_list, "", 0, 0, LOOKS, NULL, "who may approve", NULL },
	{ "member add", cmd_member_add, "<name>", 1, 1, CHANGES, member_opts, "a new member, or a key or role for one", NULL },
	{ "member remove", cmd_member_remove, "<name>", 1, 1, CHANGES, member_remove_opts, "take a member out of the policy",
		"--compromised-since says that the member's keys are in other hands, and voids what they recorded since." },
	/* ---- who may attest */
	{ "trust-anchors list", cmd_anchor_list, "", 0, 0, LOOKS, NULL,
		"certificates, Sigstore roots and keys that are in force, and how long they hold", NULL },
	{ "trust-anchors show", cmd_anchor_show, "<name>", 1, 1, LOOKS, NULL,
		"one certificate or Sigstore root, who approved it and why", "-v prints the certificate itself, too." },
	{ "trust-anchors add", cmd_anchor_add, "", 0, 0, CHANGES, anchor_add_opts,
		"a root certificate or a Sigstore root that may vouch for issuers",
		"The certificate must be a CA's and issued by itself.  What comes below a root is added with\n"
		"'stella trust-anchors add-intermediate'.  A Sigstore root is a trusted_root.json: certificate authorities,\n"
		"logs and timestamp authorities with their windows; issuers name it (stella issuer add --sigstore)." },
	{ "trust-anchors add-intermediate", cmd_anchor_add_intermediate, "", 0, 0, CHANGES, anchor_opts,
		"an intermediate certificate that completes chains",
		"For attestations that come without it.  It is believed only below a root that is in force." },
	{ "trust-anchors add-key", cmd_anchor_add_key, "", 0, 0, CHANGES, anchor_key_opts,
		"a public key for an issuer, new or known from before",
		"A key that was retired, has expired or was removed comes back to the issuer that held it; a new\n"
		"one needs --issuer.  A key that was revoked does not come back.  The record says how the key signs;\n"
		"cosign's Ed25519 signatures want --algorithm ed25519ph, witness' RSA ones rsa-pss-sha256." },
	{ "trust-anchors replace", cmd_anchor_replace, "<name>", 1, 1, CHANGES, anchor_replace_opts,
		"a new certificate takes over, the old one ends after an overlap",
		"Identities that name the old one name the new one, too, by the same commit." },
	{ "trust-anchors remove", cmd_anchor_remove, "<name>", 1, 1, CHANGES, anchor_remove_opts, "take a certificate out",
		"With --since it stays for what is proven (by a timestamp, a log or a recorded time) to be signed before." },
	{ "keys list", cmd_keys_list, "", 0, 0, LOOKS, keys_list_opts, "the issuers' keys that are in force", NULL },
	{ "keys show", cmd_keys_show, "<key-id>", 1, 1, LOOKS, keys_show_opts,
		"one key, who approved it and why",
		"<key-id> is the key's id, 7 or more of its first digits, or the hint in a Sigstore bundle." },
	{ "keys rotate", cmd_keys_rotate, "<key-id>", 1, 1, CHANGES, keys_rotate_opts,
		"a new key takes over, the old one ends after an overlap",
		"The new one counts at once, the old one until now plus --overlap.  What the old one signed stays\n"
		"verifiable after that by the evidence of its time." },
	{ "keys revoke", cmd_keys_revoke, "<key-id>", 1, 1, CHANGES, keys_revoke_opts,
		"a key does not count any more, with kind, time and reason",
		"What is proven (by a timestamp, a log or a recorded time) to be signed before --since stays, everything\n"
		"else falls.  A retired key may come back (stella trust-anchors add-key), a compromised one does not." },
	{ "impact", cmd_impact, "[<branch|commit|proposal>]", 0, 1, LOOKS | OPTS_STORE | OPTS_MARKDOWN, impact_opts,
		"what a trust change would make start or stop being true, before it is approved",
		"Judges every stored attestation under the state in force and under the tree of a branch (default: the one\n"
		"checked out), commit or pending proposal, and every gate for the artifacts concerned.  Exit status 0\n"
		"whatever changes, unless --exit-code is given." },
	{ "expiry", cmd_expiry, "", 0, 0, LOOKS | OPTS_STORE, expiry_opts,
		"what ends within a time, and which attestations fall with it",
		"Policy, trust anchors, keys, issuers and certificates.  Exit status 0 if nothing ends, 1 if something does.\n"
		"What ended before now is counted, but is no news: it does not make the status 1." },
	{ "issuer list", cmd_issuer_list, "", 0, 0, LOOKS, NULL, "every issuer and its status", NULL },
	{ "issuer show", cmd_issuer_show, "<issuer-id>", 1, 1, LOOKS, NULL,
		"one issuer, its keys and identities, who approved it and why", NULL },
	{ "issuer trust-status", cmd_issuer_trust_status, "<issuer-id>", 1, 1, LOOKS, NULL,
		"is it trusted: since when, by whom, why, and what is pending",
		"Exit status 0 only if it is trusted." },
	{ "issuer keys fetch", cmd_issuer_keys_fetch, "<issuer-id>", 1, 1, CHANGES, issuer_fetch_opts,
		"what the issuer publishes, as a proposal",
		"Gets the keys from the key directory in the issuer's record, shows what is new, gone and unchanged, and\n"
		"records new ones in a commit that approves nothing: that is for 'stella approve'.  A directory is a JWK set,\n"
		"PEM public keys or certificates, or OpenSSH public keys, over HTTPS or in a file." },
	{ "issuer add", cmd_issuer_add, "<issuer-id>", 1, 1, CHANGES, issuer_add_opts, "a new issuer, not trusted yet",
		"Keys follow with 'stella trust-anchors add-key --issuer', trust with 'stella issuer trust'.  An issuer that signs\n"
		"without keys (GitHub Actions, say) is named by --certificate-identity, --certificate-oidc-issuer and the\n"
		"Sigstore root that may assert it (--sigstore NAME)." },
	{ "issuer trust", cmd_issuer_trust, "<issuer-id>", 1, 1, CHANGES, NULL,
		"from now on its attestations count", "A reason is needed." },
	{ "issuer suspend", cmd_issuer_suspend, "<issuer-id>", 1, 1, CHANGES, issuer_stop_opts,
		"until it is trusted again its attestations do not count",
		"A reason is needed.  With --since, what is proven to be signed before stays." },
	{ "issuer revoke", cmd_issuer_revoke, "<issuer-id>", 1, 1, CHANGES, issuer_stop_opts,
		"its attestations do not count any more",
		"A reason is needed.  With --since, what is proven to be signed before stays." },
	{ "gate list", cmd_gate_list, "", 0, 0, LOOKS, NULL, "what artifacts need to pass", NULL },
	{ "gate show", cmd_gate_show, "<name>", 1, 1, LOOKS, NULL, "one gate, who approved it and why", NULL },
	{ "gate add", cmd_gate_add, "<name>", 1, 1, CHANGES, gate_add_opts,
		"a gate, or a requirement of one",
		"All requirements must be met.  The gate \"default\" applies to every 'stella verify artifact' that names\n"
		"no other.  '*' in a PATTERN stands for any characters within one component between slashes." },
	{ "gate remove", cmd_gate_remove, "<name>", 1, 1, CHANGES, NULL, "take a gate out", "A reason is needed." },

	/* ---- attestations */
	{ "verify attestation", cmd_verify_attestation, "[<attestation-id>...]", 0, UINT_MAX, LOOKS | OPTS_STORE, verify_opts,
		"is it signed by an issuer that is trusted to say it",
		"The first line is VERIFIED or REFUSED with a code and the reason.  What follows names the issuer, its\n"
		"key, the people who approved them with their reasons and commits, and the pinned root.  Several (or\n"
		"--batch) are verified in one run, on all cores, with a line for each." },
	{ "verify artifact", cmd_verify_artifact, "[<file|digest>]", 0, 1, LOOKS | OPTS_STORE, verify_artifact_opts,
		"do the stored attestations about an artifact speak for it",
		"Every requirement of the gate must be met: --gate NAME, else the gate \"default\"; where there is none, at\n"
		"least one trusted attestation must be about it.  Every one that is stored is named, and why it counts or\n"
		"not.  A file is read once, and the answer is about the bytes that were read." },
	{ "verify cert", cmd_verify_cert, "[<attestation-id>]", 0, 1, LOOKS | OPTS_STORE, verify_cert_opts,
		"the certificate or key that signed it, and how long it is good", NULL },
	{ "verify cert-chain", cmd_verify_cert_chain, "[<attestation-id>]", 0, 1, LOOKS | OPTS_STORE, verify_cert_opts,
		"every link from what signed it to the pinned root", NULL },
	{ "verify evidence", cmd_verify_evidence, "<dir>", 1, 1, CONFINED, verify_evidence_opts,
		"a pack of 'stella verify attestation|artifact --evidence', judged again without its repository",
		"Everything is computed again from the pack's own objects: the trust state, recorded times, the verdict at\n"
		"the time that the pack claims, which must be the one that it holds, and the verdict now, which is the\n"
		"answer.  A pack is never believed for its own root: name the one that you trust.  Nothing is remembered:\n"
		"an old pack is as good as its policy has not expired; --at-least STATE refuses one that is too old." },
	{ "verify --evidence", cmd_verify_evidence, "<dir>", 1, 1, CONFINED, verify_evidence_opts, "the same as verify evidence", NULL },
	{ "verify bundle", cmd_verify_bundle, "[<file|digest>]", 0, 1, CONFINED, verify_bundle_opts,
		"is this Sigstore bundle about this artifact, by this signer, at a time that is proven",
		"Believes the logs and authorities of --trusted-root and nothing of any trust repository: whether the\n"
		"signer is trusted is for whoever names --certificate-identity or --key.  Opens no connection." },
	{ "attest create", cmd_attest_create, "", 0, 0, OPTS_TRUST | OPTS_STORE, attest_create_opts,
		"sign a statement about an artifact, store it and print its id",
		"One issuer says one thing of each type about an artifact; --force adds another beside it, and the\n"
		"newest counts.  The key is --key FILE, else git config stella.attestKey." },
	{ "attest show", cmd_attest_show, "[<attestation-id>]", 0, 1, LOOKS | OPTS_STORE, attest_show_opts,
		"what an attestation claims, unverified", NULL },
	{ "attest list", cmd_attest_list, "", 0, 0, OPTS_STORE | CONFINED, attest_list_opts, "the stored attestations, unverified", NULL },
	{ "attest import", cmd_attest_import, "<file>...", 1, 100000, OPTS_STORE, NULL,
		"store attestations of other tools, all of them or none",
		"DSSE envelopes and Sigstore bundles, one a file, or one a line (.jsonl)." },
	{ "attest export", cmd_attest_export, "[<attestation-id>]", 0, 1, OPTS_STORE | CONFINED, attest_export_opts,
		"the bytes of a stored attestation, exactly", NULL },
	{ "attest integrity-check", cmd_attest_integrity_check, "[<attestation-id>]", 0, 1, LOOKS | OPTS_STORE,
		attest_check_opts, "is it what somebody known here signed, unaltered",
		"Whether the signer is trusted is another question: stella verify attestation." },
	{ "attest record", cmd_attest_record, "[<attestation-id>...]", 0, 10000, OPTS_TRUST | OPTS_STORE, NULL,
		"a recorder's word that attestations exist now",
		"One commit on the attestations branch, signed by a member of the role recorder, that names these\n"
		"attestations (default: all without a recorded time), the trust state in force and the time.  It is\n"
		"evidence of their time where neither a timestamp nor a log is." },
	{ "attest logs", cmd_attest_logs, "", 0, 0, 0, attest_logs_opts,
		"what was verified, changed and refused here, and when",
		"Every verification, check, signing and change of this user, and every failure, under the root pinned here.\n"
		"A log finds causes; it proves nothing.  --no-log and --no-memory leave a run out of it." },
	{ "attest resign", cmd_attest_resign, "[<attestation-id>]", 0, 1, OPTS_TRUST | OPTS_STORE, attest_resign_opts,
		"sign the same statement anew, beside the old one",
		"Only where the old signature is intact, under a key or chain that is known and not revoked." },

	/* ---- git's hooks */
	{ "hook install", cmd_hook_install, "", 0, 0, OPTS_TRUST | OPTS_STORE, hook_install_opts,
		"guard a repository: refuse pushes that would take trust back, fork it, or not take effect",
		"In a clone a pre-push hook, with --server a pre-receive hook.  The pin is written into the hook, so that\n"
		"no configuration of the repository decides what is believed.  git config stella.hookAllowPending true,\n"
		"where the hook runs, lets changes in that wait for approvals; stella.hookAllowForce true lets noise be\n"
		"taken away by a forced push, but never a state that was in force." },
	{ "hook pre-push", cmd_hook_pre_push, "[<remote>] [<url>]", 0, 2, OPTS_TRUST | OPTS_STORE | CONFINED, hook_opts,
		"may this be pushed: what git's pre-push hook runs", "Reads git's lines from standard input (githooks(5))." },
	{ "hook pre-receive", cmd_hook_pre_receive, "", 0, 0, OPTS_TRUST | OPTS_STORE | CONFINED, hook_opts,
		"may this be received, all of it or nothing: what git's pre-receive hook runs",
		"Reads git's lines from standard input, and what was pushed from git's quarantine (githooks(5))." },
	{ "hook update", cmd_hook_update, "<ref> <old> <new>", 3, 3, OPTS_TRUST | OPTS_STORE | CONFINED, hook_opts,
		"may this one ref be updated: what git's update hook runs", NULL },

	/* ---- the rest */
	{ "export allowed-signers", cmd_export_allowed_signers, "", 0, 0, LOOKS, export_opts,
		"the members' keys for git config gpg.ssh.allowedSignersFile", NULL },
	{ "completion", cmd_completion, "<shell>", 1, 1, 0, NULL, "the completion script of bash, fish or zsh",
		"bash: eval \"$(stella completion bash)\"\nfish: stella completion fish | source\n"
		"zsh:  eval \"$(stella completion zsh)\"" },
	{ "completion candidates", cmd_completion_candidates, "[--] [<word>...]", 0, 10000, OPTS_TRUST | OPTS_STORE, NULL,
		"what could stand in place of the last word; for the scripts",
		"One a line, with a tab and what it means; a line \":files\" where a file may stand, too." },
	{ "crypto providers list", cmd_crypto_providers_list, "", 0, 0, 0, crypto_opts,
		"what verifies and signs here: libraries, tokens, agent",
		"PKCS#11 modules are loaded to be listed (p11-kit's configuration names them); no verify command does that.\n"
		"What --algorithms prints is what the code answers that decides, asked about each." },
	{ "doctor", cmd_doctor, "", 0, 0, OPTS_TRUST, doctor_opts, "what is wrong here or soon will be, and the command that helps",
		"Runs every check, or those that are named, and changes nothing: every signature of the history is verified anew,\n"
		"memory is only read.  Exit status 0 where no finding is an error (warnings and notes are not), else that of the most\n"
		"telling one: of the trust state, of what is missing, of what is malformed or refused, of the system." },
	{ "metrics", cmd_metrics, "", 0, 0, OPTS_TRUST, metrics_opts, "what is in force and what was verified, for Prometheus",
		"In Prometheus' text format.  Counters come from the event log of this user and never go back while it is kept.\n"
		"Where no trust state stands that is a metric too, and the exit status says it after the metrics are written." },
	{ "limits", cmd_limits, "", 0, 0, 0, NULL, "every ceiling that is always on", NULL },
	{ 0 }
};
