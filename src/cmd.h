/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command shares: the table row, its options, one run of it, and the printing.  Only
 * here and in the cmd_*.c files is anything printed or the process ended.
 */
#ifndef STELLA_CMD_H
#define STELLA_CMD_H

#include "asof.h"
#include "json.h"
#include "recorded.h"
#include "store.h"
#include "trust.h"

struct opt {
	const char *name;           /* "reason" */
	char letter;                /* 'm', or 0 */
	const char *arg;            /* "TEXT"; NULL: a flag */
	const char *help;           /* one line; NULL: an alias, not shown */
	const char *alias_of;       /* this is another spelling of that option */
	bool many;                  /* may be given more than once */
};

/* Groups of options that several commands take. */
enum {
	OPTS_TRUST = 1,             /* --trust-root --trust-ref --at-least --no-memory */
	OPTS_CHANGE = 2,            /* --reason --include-unapproved --propose --again */
	OPTS_MARKDOWN = 256,        /* --markdown, -o markdown */
	OPTS_STORE = 4,             /* --attestations-ref */
	OPTS_AT = 8,                /* --at: for commands that only read */
	CONFINED = 512,             /* runs no program and opens no socket, which is enforced; --timeout */
};

struct cmd;
struct command {
	const char *name;           /* "trust-anchors add" */
	const struct stella_error *(*run)(struct cmd *cmd);
	const char *args;           /* "<issuer-id>", "" */
	unsigned min_args, max_args;
	unsigned groups;
	const struct opt *opts;     /* ended by a row without name; may be NULL */
	const char *summary;        /* half a line, for lists */
	const char *help;           /* paragraphs for --help; may be NULL */
};

/* The point of --at. */
struct as_of {
	const char *asked;
	struct stella_asof point;
	const struct stella_state *state; /* NULL in a fork */
	int64_t real_now;
};

/* One run of a command. */
struct cmd {
	const struct command *command;
	const char **args;          /* NULL-ended */
	unsigned arg_count;
	bool json, markdown, verbose, quiet;
	int64_t now;                /* with --at: then */
	const struct as_of *as_of;  /* NULL: now */
	struct stella_buf out;      /* standard output, written once at the end */
	bool told;                  /* the verdict stands in out: no second message on standard error */
	const char *hint;           /* the next command to run, where the run knows better than the code */
	struct cmd_private *private_;
};

/* ---- memory.c: malloc of all of the process */
void out_of_memory(void); /* says so and ends, with status 7 */

/* ---- main.c */
extern const struct command commands[]; /* ended by a row without name */
/* The command whose name is the longest row of words at the front; *used of them.  NULL: none. */
const struct command *command_find(const char *const *words, size_t count, size_t *used);

/* ---- opts.c: options as given on the command line */
const struct stella_error *opts_parse(struct cmd *cmd, int argc, char **argv) STELLA_MUST_USE;
const char *opts_get(const struct cmd *cmd, const char *name);   /* NULL: not given */
bool opts_flag(const struct cmd *cmd, const char *name);
const char *const *opts_all(const struct cmd *cmd, const char *name, size_t *count);
/* Row i of all options that the command takes, its own, its groups' and the global ones. */
const struct opt *opts_at(const struct command *command, size_t i);
/* By name or letter, aliases led to what they stand for; NULL: none. */
const struct opt *opts_named(const struct command *command, const char *name);
const struct opt *opts_lettered(const struct command *command, char letter);

/* ---- session.c: what most commands open first; freed at the end of the run */
const struct stella_error *session_repo(struct stella_repo **out, struct cmd *cmd) STELLA_MUST_USE; /* where trust is */
/* trust_repo.c: where the user stands (-C): attestations, their signing keys, hooks */
const struct stella_error *session_project(struct stella_repo **out, struct cmd *cmd) STELLA_MUST_USE;
/* The trust repository that --trust-repo or a setting names; NULL: none. */
const struct stella_error *session_named(struct stella_repo **out, struct cmd *cmd) STELLA_MUST_USE;
/* The repository whose configuration a pin goes to. */
const struct stella_error *session_pin_repo(struct stella_repo **out, struct cmd *cmd) STELLA_MUST_USE;
/* The pin, and where it came from, escaped. */
const struct stella_error *session_root(struct stella_oid *out, const char **source, struct cmd *cmd) STELLA_MUST_USE;
/* The trust state in force, by the options given; an error where it does not stand. */
const struct stella_error *session_trust(struct stella_trust **out, struct cmd *cmd) STELLA_MUST_USE;
/* The same for another tip, or to be looked at where it does not stand; yours. */
const struct stella_error *session_trust_at(struct stella_trust **out, struct cmd *cmd, const char *ref,
	bool judge_only) STELLA_MUST_USE;
/* The trust state at a point of its history, without memory; yours. */
const struct stella_error *session_trust_then(struct stella_trust **out, struct cmd *cmd, const struct stella_asof *point,
	bool judge_only) STELLA_MUST_USE;
/* What is in force now by the trust ref, whatever --at asks, without memory and to be looked at only; borrowed. */
const struct stella_error *session_present(struct stella_trust **out, struct cmd *cmd) STELLA_MUST_USE;
/* The times that were recorded for the stored attestations, as this state sees them; yours, NULL where nobody records. */
const struct stella_error *session_recorded(struct stella_recorded **out, struct cmd *cmd, struct stella_trust *trust,
	int64_t now) STELLA_MUST_USE;
/* The project's attestations; where it has no such branch, those of the trust repository that is named. */
const struct stella_error *session_store(struct stella_store **out, struct cmd *cmd) STELLA_MUST_USE;
/* The project's, to write to. */
const struct stella_error *session_own_store(struct stella_store **out, struct cmd *cmd) STELLA_MUST_USE;
/* The bytes of this name: of a stored id or its prefix, else of a file, or "-".  On any thread. */
const struct stella_error *attestation_read(struct stella_buf *out, struct stella_store *store, const char *name) STELLA_MUST_USE;
bool attestation_is_id(const char *name); /* the store is asked for it; else NULL is as good */
/* What --attestation or an argument names. */
const struct stella_error *session_attestation(struct stella_evidence **out, struct cmd *cmd, const char *name) STELLA_MUST_USE;
/* The reason: --reason, or asked for at a terminal, or (not required) the command itself; yours. */
const struct stella_error *session_reason(char **out, struct cmd *cmd, bool required) STELLA_MUST_USE;
void session_free(struct cmd *cmd);

/* ---- watch.c: after progress_start: from here on the run ends, with status 7, where nothing moves for --timeout seconds */
const struct stella_error *watch_start(struct cmd *cmd) STELLA_MUST_USE;

/* ---- print.c */
/* Formats and appends to cmd->out. Texts from outside go through show(). */
void say(struct cmd *cmd, const char *format, ...) STELLA_PRINTF(2, 3);
/* Escaped for people; lives until the end of the run.  NULL gives "-". */
const char *show(struct cmd *cmd, const char *text);
const char *show_span(struct cmd *cmd, struct stella_span text);
const char *show_id(struct cmd *cmd, const struct stella_sha256 *id);    /* whole hex */
const char *show_short(struct cmd *cmd, const struct stella_sha256 *id); /* 12 digits */
const char *show_oid(struct cmd *cmd, const struct stella_oid *id);      /* whole hex */
const char *show_time(struct cmd *cmd, int64_t time);                    /* RFC 3339, "-" for none */
const char *keep(struct cmd *cmd, char *text);                           /* text is freed at the end of the run */
/* Colour at a terminal, unless NO_COLOR or TERM say no; kept.  text is escaped already. */
enum paint { PAINT_GOOD, PAINT_BAD, PAINT_WARN };
const char *paint(struct cmd *cmd, enum paint paint, const char *text);
/* Long work shows on standard error, where that is a terminal, how far it is: stella_progress of sys.h. */
void progress_start(const struct cmd *cmd);
void progress_stop(void);
/* The lines of a text, each indented by n spaces and escaped. */
void say_lines(struct cmd *cmd, unsigned indent, const char *text);
void say_span_lines(struct cmd *cmd, unsigned indent, struct stella_span text); /* NUL and all */
/* The -o json answer of this run; takes it over.  "schema": "stella.<name>/1" is put first. */
void say_json(struct cmd *cmd, const char *name, struct stella_json *object);
void say_json_line(struct cmd *cmd, const char *name, struct stella_json *object); /* on one line, for one of many */
struct stella_json *json_text(const char *text); /* from outside, whatever bytes it has; NULL: null */
struct stella_json *json_id(const struct stella_sha256 *id);
struct stella_json *json_oid(const struct stella_oid *id);
struct stella_json *json_time(int64_t time); /* null for none */
struct stella_json *json_error(const struct stella_error *err, const char *hint);
/* Writes what has been said so far. SYSTEM. */
const struct stella_error *say_now(struct cmd *cmd) STELLA_MUST_USE;
/* A question on the terminal, answered by y or yes.  false without a terminal. */
bool confirm(struct cmd *cmd, const char *question);
void warn(const char *format, ...) STELLA_PRINTF(1, 2); /* to standard error at once, escaped */
void note(const char *format, ...) STELLA_PRINTF(1, 2); /* the same for what is no warning */

/* ---- hints.c: the next command for a failure; NULL where there is none */
const char *hint_of(const struct stella_error *err);
/* Its %a, %i and %k filled in from a report (NULL: by words); kept, NULL stays. */
struct stella_report;
const char *expand_hint(struct cmd *cmd, const char *hint, const struct stella_report *report);
/* The same where the attestation is not what the command line names. */
const char *expand_hint_of(struct cmd *cmd, const char *hint, const struct stella_report *report, const char *attestation);
/*
 * The next command after an attestation was refused, the same whoever tells it; kept.  report NULL: it could not be read;
 * trust NULL: judged by --trusted-root alone; attestation NULL: the one that the command line names.
 */
const char *hint_after(struct cmd *cmd, const struct stella_error *refusal, const struct stella_report *report,
	struct stella_trust *trust, const char *attestation);

/* ---- change.c: files, one signed commit, and what it came to */
struct change {
	struct stella_change *items; size_t count, cap; /* paths and contents are owned */
	bool propose;               /* record without approving, as --propose does */
	const char *json_name;      /* the -o json answer is of this name and holds this, too; NULL: "change" */
	struct stella_json *json;
};
void change_put(struct change *change, const char *path, struct stella_buf *content); /* takes content over */
void change_remove(struct change *change, const char *path);
void change_free(struct change *change);
/*
 * Loads the state that HEAD's branch gives, to be read before it is changed.  Borrowed until the
 * end of the run.  Refuses where the branch holds changes that are not in force, unless
 * --include-unapproved.  FORK: only `approve` can go on from there.
 */
const struct stella_error *change_start(struct stella_trust **out, struct cmd *cmd) STELLA_MUST_USE;
/* A file as it stands on HEAD's branch (approved or not), after change_start.  NOT_FOUND. */
const struct stella_error *change_read(struct stella_buf *out, struct cmd *cmd, const char *path) STELLA_MUST_USE;
/*
 * Commits the change on HEAD's branch as the author's own approval, and says what it came to: in
 * force, or recorded and who else can approve.  subject is the commit's first line.
 */
const struct stella_error *change_commit(struct cmd *cmd, struct change *change, const char *subject,
	const char *reason) STELLA_MUST_USE;
/* The same without files: approves the tree of HEAD's branch as it is. */
const struct stella_error *change_approve(struct cmd *cmd, const char *reason) STELLA_MUST_USE;

/* ---- member_key.c: what members sign with beside SSH keys, policy version 2 */
bool member_key_asked(const struct cmd *cmd); /* by an option of member add */
/* Adds what was asked to the list of a member that is there; the policy becomes one of version 2. */
const struct stella_error *member_key_add(struct cmd *cmd, struct stella_json *document, const char *name) STELLA_MUST_USE;
/* A line each, but for those that other (may be NULL) has too. */
void say_credentials(struct cmd *cmd, const char *before, const struct stella_member *member,
	const struct stella_member *other);
struct stella_json *json_credential(const struct stella_credential *credential);

/* ---- proposal.c: what a tree would change and who must approve it */
void say_proposal(struct cmd *cmd, const struct stella_proposal *proposal);
/* "role issuers: 1 of 2 approvals (can approve: bob, carol)" for every quorum that is not met; kept, not escaped. */
const char *say_missing(struct cmd *cmd, const struct stella_proposal *proposal);
struct stella_json *json_proposal(const struct stella_proposal *proposal);
/* The difference in plain form: each path, then its text line by line; policies member by member. */
const struct stella_error *say_difference(struct cmd *cmd, struct stella_repo *repo,
	const struct stella_oid *from_tree, const struct stella_oid *to_tree,
	const struct stella_tree_diff *diff) STELLA_MUST_USE;
/* The approvals of a state, the one that completed it last. */
const struct stella_approval *approval_at(const struct stella_state *state, size_t i);
const char *show_state(struct cmd *cmd, const struct stella_state *state); /* "#3 9f8e7d6c5b4a" */
void note_as_of(struct cmd *cmd); /* what --at came to, on standard error: standard output is the answer */
struct stella_json *json_as_of(const struct as_of *as_of);
struct stella_json *json_state(const struct stella_state *state); /* id, number, commit, approvals */

/* ---- cmd_history.c */
/* How many of all --limit asks for; most where it is not given. */
const struct stella_error *parse_limit(size_t *out, struct cmd *cmd, size_t most, size_t all) STELLA_MUST_USE;
/* What a state changed against the one before it; NULL for the root state; yours */
const struct stella_error *state_difference(struct stella_tree_diff **out, struct stella_trees *trees,
	const struct stella_state *state) STELLA_MUST_USE;

/* ---- record.c: records for people */
struct names {
	char **items; size_t count, cap;
};
/* The records in a folder ("keys/") of the state in force: names without folder and ".json". */
const struct stella_error *record_names(struct names *out, struct stella_trust *trust, const char *folder) STELLA_MUST_USE;
void names_free(struct names *names);
const char *record_path(struct cmd *cmd, const char *folder, const char *name, const char *ending); /* kept */
/* A key's id in hex, from a whole id, a prefix of one that is in force, or base64 as in a bundle's hint. */
const struct stella_error *find_key_id(char out[STELLA_SHA256_HEX], struct stella_trust *trust, const char *name) STELLA_MUST_USE;
const char *show_window(struct cmd *cmd, int64_t from, int64_t until); /* "until ... (12 days left)", kept */
void json_window(struct cmd *cmd, struct stella_json *object, int64_t from, int64_t until);
void say_anchor(struct cmd *cmd, const struct stella_anchor *anchor);
struct stella_key;
void say_key_line(struct cmd *cmd, const struct stella_key *key);
struct stella_json *json_key(struct cmd *cmd, const struct stella_key *key);
/* The parts of a commit; raw owns the bytes that text points to. */
struct stella_commit_text;
const struct stella_error *read_commit(struct stella_commit_text *text, struct stella_buf *raw,
	struct stella_repo *repo, const struct stella_oid *commit) STELLA_MUST_USE;
/* The tree of the tip, and is it another one than that in force? */
const struct stella_error *tip_tree(struct stella_oid *out, bool *differs, struct stella_trust *trust) STELLA_MUST_USE;
/* Each approval that made a state: member, commit, claimed date and reason. */
const struct stella_error *say_approvals(struct cmd *cmd, struct stella_repo *repo, const struct stella_state *state,
	unsigned indent) STELLA_MUST_USE;
const struct stella_error *json_approvals(struct stella_json *object, struct stella_repo *repo,
	const struct stella_state *state) STELLA_MUST_USE; /* sets "approvals" */
/* The state that gave a record its present content, and its approvals. */
const struct stella_error *say_since(struct cmd *cmd, struct stella_trust *trust, const char *path, unsigned indent) STELLA_MUST_USE;
/* say_json with "since" added; takes the object over. */
const struct stella_error *say_json_since(struct cmd *cmd, const char *name, struct stella_json *object,
	struct stella_trust *trust, const char *path) STELLA_MUST_USE;

/* ---- cmd_issuer_identity.c */
struct stella_issuer;
/* What --identity and its kin give, with who may assert it. */
const struct stella_error *issuer_identities(struct stella_issuer *issuer, struct cmd *cmd) STELLA_MUST_USE;

/* ---- sigroot.c and cmd_sigstore.c: Sigstore roots */
struct stella_sigstore_root;
void say_sigstore_root(struct cmd *cmd, const struct stella_sigstore_root *root);
struct stella_json *json_sigstore_root(struct cmd *cmd, const struct stella_sigstore_root *root);
/* What one trusted_root.json has and another has not; empty for none.  false: one of them cannot be read. */
bool say_root_change(struct cmd *cmd, struct stella_span old, struct stella_span new_text);
/* The Sigstore root that is called so ("NAME", where no certificate is, or "sigstore/NAME"); NULL: none. */
const char *sigstore_name(struct cmd *cmd, struct stella_trust *trust, const char *name);
const struct stella_error *sigstore_add(struct cmd *cmd) STELLA_MUST_USE;
const struct stella_error *sigstore_remove(struct cmd *cmd, struct stella_trust *trust, const char *name) STELLA_MUST_USE;

/* ---- cmd_anchor.c and cmd_anchor_key.c: records being changed */
/* The anchor that --cert and --name give, without reason; yours, also on error. */
const struct stella_error *anchor_given(struct stella_anchor **out, struct cmd *cmd, bool intermediate) STELLA_MUST_USE;
/* Not there yet, in force or on the branch; sets its end by --expires. */
const struct stella_error *anchor_check(struct cmd *cmd, struct stella_trust *trust, struct stella_anchor *anchor) STELLA_MUST_USE;
/* Its two files, as a verifier will read them; says it. */
const struct stella_error *anchor_put(struct change *change, struct cmd *cmd, const struct stella_anchor *anchor) STELLA_MUST_USE;
const struct stella_error *key_put(struct change *change, struct cmd *cmd, const struct stella_key *key) STELLA_MUST_USE;
const struct stella_error *key_read_public(struct stella_pubkey **out, const char *path) STELLA_MUST_USE;
/* The newest record of this key on the chain; NULL: no state ever had one. */
const struct stella_error *key_find_before(struct stella_key **out, struct cmd *cmd, struct stella_trust *trust,
	const char *id) STELLA_MUST_USE;

/* ---- endings.c: everything in force that ends */
enum ending_kind {
	ENDING_POLICY, ENDING_ANCHOR, ENDING_INTERMEDIATE, ENDING_KEY, ENDING_ISSUER,
	ENDING_SIGSTORE,            /* a CA, log, CT log or timestamp authority of a Sigstore root, as long as it can be used */
	ENDING_CERTIFICATE,         /* that of an attestation: of expiry alone */
	ENDING_UNUSABLE,            /* a record, which does not end: trouble says why */
};
struct ending {
	enum ending_kind kind;
	char *name;                 /* as people name it: "public log https://rekor.sigstore.dev" */
	char *path;                 /* of its record; NULL: a certificate that came with an attestation */
	char *owner;                /* the issuer of a key, the root of a Sigstore instance; else NULL */
	int64_t from, until;        /* TIME_NONE: without end */
	bool meant;                 /* somebody decided it (key, issuer), or others go on (Sigstore): nobody has to act */
	struct stella_error *trouble;
};
struct endings {
	struct ending *items; size_t count, cap; /* the first to end first */
	int64_t now;
};
const struct stella_error *endings_load(struct endings *out, struct stella_trust *trust, int64_t now) STELLA_MUST_USE;
struct ending *endings_add(struct endings *all, enum ending_kind kind, const char *name, int64_t until); /* at the end */
void endings_sort(struct endings *all);
void ending_free(struct ending *one); /* what it holds */
void endings_free(struct endings *all);
const char *ending_kind_name(enum ending_kind kind); /* "policy" "anchor" ... "unusable" */
bool ending_is_news(const struct ending *one, int64_t now); /* has an end, and not one that was meant and is over */
const char *ending_title(struct cmd *cmd, const struct ending *one); /* "policy", "key <id>"; not escaped, kept */
const char *ending_remedy(struct cmd *cmd, const struct ending *one); /* the command that goes on from there; kept */

/* ---- values.c */
/* A date, a time, or a number of days from now ("90d"). */
const struct stella_error *parse_expiry(int64_t *out, const char *text, int64_t now) STELLA_MUST_USE;
/* The value of an option that is a date or a time. */
const struct stella_error *parse_date(int64_t *out, const char *option, const char *text) STELLA_MUST_USE;
/* Until when --overlap lets an old key or certificate count, from now. */
const struct stella_error *parse_overlap(int64_t *end, struct cmd *cmd) STELLA_MUST_USE;
/* A length of time ("30m", "1h30m", "7d") in seconds. */
bool parse_whole(long *out, const char *text, long least, long most); /* a whole number, digits alone, within these */
const struct stella_error *parse_span(int64_t *out, const char *option, const char *text) STELLA_MUST_USE;
/* A date, a time, or that long ago. */
const struct stella_error *parse_past(int64_t *out, const char *option, const char *text, int64_t now) STELLA_MUST_USE;
/* "type base64" of an OpenSSH public key file, or of the line itself; yours. */
const struct stella_error *read_key_line(char **out, const char *source) STELLA_MUST_USE;
char **copy_texts(const char *const *values, size_t count); /* yours, as stella_fields_free_texts frees them */
/* Each --threshold ROLE=N into a policy document. */
const struct stella_error *set_thresholds(struct stella_json *policy, struct cmd *cmd) STELLA_MUST_USE;

/* ---- subject.c */
#define ARTIFACT_MAX (UINT64_C(1) << 40) /* hashed in pieces, so that it may be larger than memory */
/* Every digest that a statement may name an artifact by, of one reading.  out NULL: only clean up. */
struct stella_hash_ctx;
void hash_all_start(struct stella_hash_ctx ctx[STELLA_HASH_COUNT]);
void hash_all_add(void *ctx, struct stella_span piece); /* for stella_sys_feed */
void hash_all_end(struct stella_digest *out, struct stella_hash_ctx ctx[STELLA_HASH_COUNT]);
/* A digest, "NAME@DIGEST", "DIGEST=NAME", or a file that is hashed (sha256 first). */
const struct stella_error *parse_subject(struct stella_subject *out, const char *text) STELLA_MUST_USE;
void free_subject(struct stella_subject *subject);
/* The same, of several options: all digests of one artifact. */
struct artifact {
	struct stella_digest *digests; size_t count, cap;
};
const struct stella_error *parse_artifact(struct artifact *out, const char *text) STELLA_MUST_USE;
void free_artifact(struct artifact *artifact);
/* The URI of a predicate type that is given by URI or name; *out is static or text itself. */
const struct stella_error *parse_type(const char **out, const char *option, const char *text) STELLA_MUST_USE;

/* ---- signing.c: the key that signs attestations, and what the state in force knows of it */
struct stella_signer;
struct stella_cert;
struct signing {
	struct stella_trust *trust;  /* borrowed; NULL: none could be read */
	struct stella_signer *signer;
	struct stella_cert *cert;    /* of --cert; NULL: the key signs by itself */
	char keyid[STELLA_SHA256_HEX];
	struct stella_key *key;      /* its record; NULL: none */
	enum stella_sigalg algorithm;
};
/* By --key, else git config stella.attestKey. */
const struct stella_error *signing_load(struct signing *out, struct cmd *cmd) STELLA_MUST_USE;
void signing_free(struct signing *signing);
/* A Sigstore bundle over this payload. */
const struct stella_error *signing_sign(struct stella_evidence **out, const struct signing *signing,
	const char *payload_type, struct stella_span payload) STELLA_MUST_USE;

/* ---- signing_key.c */
/* By --key, else git config stella.attestKey: a file, pkcs11:..., ssh-agent:... */
const struct stella_error *signing_key_load(struct stella_signer **out, struct cmd *cmd) STELLA_MUST_USE;
/* git config stella.attestKey, "~/" made whole, and its level (repo.h); *out NULL: not set. */
const struct stella_error *signing_key_setting(const char **out, const char **level, struct cmd *cmd) STELLA_MUST_USE;
/* Is this file a key that could sign?  Nobody is asked for a passphrase, and no agent. */
enum key_file { KEY_FILE_PRIVATE, KEY_FILE_ENCRYPTED, KEY_FILE_PUBLIC };
const struct stella_error *signing_key_inspect(enum key_file *out, const char *path) STELLA_MUST_USE;
/* --cert FILE or pkcs11:..., of this key and not expired; NULL where none is given. */
const struct stella_error *signing_cert_load(struct stella_cert **out, struct cmd *cmd, const struct stella_pubkey *key) STELLA_MUST_USE;
const struct stella_error *read_token_cert(struct stella_buf *der, const char *uri) STELLA_MUST_USE; /* of pkcs11:... */
const struct stella_error *read_token_public(struct stella_pubkey **out, const char *uri) STELLA_MUST_USE;

/* ---- cmd_attest_store.c and cmd_attest_check.c: what the attest commands share */
/* The attestation that an argument or --attestation names. */
const struct stella_error *attestation_named(const char **out, struct cmd *cmd) STELLA_MUST_USE;
/* Stores these in one commit by git's user; *added gets how many were new. */
const struct stella_error *store_add(size_t *added, struct cmd *cmd, struct stella_evidence *const *items, size_t count,
	const char *message) STELLA_MUST_USE;
/* Every signature checked against what the state in force knows, whoever may be trusted; yours. */
const struct stella_error *integrity_load(struct stella_report **out, struct cmd *cmd, struct stella_trust *trust,
	const struct stella_evidence *evidence) STELLA_MUST_USE;
struct stella_signature_report;
bool integrity_sure(const struct stella_signature_report *s); /* this signature is by a key or chain that is known */
/* NULL: it is what somebody known here signed.  SIGNATURE_MISMATCH; KEY_UNKNOWN where nothing could be checked. */
const struct stella_error *integrity_verify(const struct stella_report *report) STELLA_MUST_USE;

/* ---- recording.c: a recorder's word */
struct recorded_as {
	struct stella_oid commit;
	const struct stella_state *state; /* borrowed from the session */
	int64_t time;
	size_t added;
};
/* One signed commit that adds these items (may be none) and records these ids, which are put in order. */
const struct stella_error *record_stored(struct recorded_as *as, struct cmd *cmd, struct stella_evidence *const *items,
	size_t item_count, struct stella_sha256 *ids, size_t count, const char *message) STELLA_MUST_USE;

/* A member whose keys are in other hands: a record for each, so that nothing counts that they recorded since. */
struct lost_member {
	const char *name;
	struct stella_json *keys;   /* as the policy has them */
	int64_t since;
};
const struct stella_error *lost_put(struct change *change, struct cmd *cmd, const struct lost_member *lost,
	const char *reason) STELLA_MUST_USE;
/* ---- log.c: the record of this run in the event log (eventlog.h) */
void log_attestation(struct cmd *cmd, const struct stella_sha256 *id); /* that it is about */
void log_subject(struct cmd *cmd, const struct stella_digest *digest);
void log_report(struct cmd *cmd, const struct stella_report *report);
/* The first that is trusted, else the first that is claimed; NULL: none. */
const char *report_issuer(const struct stella_report *report);
void log_change(struct cmd *cmd, const struct stella_oid *commit, const struct stella_state *state, bool in_force);
/* The pinned root whose log it is; false: that of runs without one. */
bool log_root(struct stella_oid *out, struct cmd *cmd);
/* Of many that one run is about, each has its record, and the run itself none; id NULL, issuer NULL: not known. */
void log_one(struct cmd *cmd, const struct stella_sha256 *id, const char *issuer, const struct stella_digest *subject,
	const struct stella_error *err, int64_t duration);
/* At the very end, with what standard output came to; err may be NULL.  Warns where it cannot. */
void log_run(struct cmd *cmd, const struct stella_error *err, int status, int64_t duration);

/* ---- cmd_verify_batch.c: several attestations, by the arguments or --batch, of which the same is asked */
struct stella_verify_options;
const struct stella_error *verify_batch(struct cmd *cmd, const struct stella_verify_options *asked) STELLA_MUST_USE;

/* ---- claims.c: the details of an attestation, as text, or into a JSON object or array */
struct stella_report;
struct stella_cert;
void tell_extensions(struct cmd *cmd, const struct stella_cert *leaf, bool trusted, struct stella_json *object);
/* What verify says against it, and the same next command; nothing of a yes, for nothing else was asked. */
void tell_verdict(struct cmd *cmd, const struct stella_report *report, struct stella_trust *trust, struct stella_json *object);
/* links.c: each link of the certificate of signature i, its record, and what is missing; object NULL: as text. */
const struct stella_error *tell_links(struct cmd *cmd, struct stella_trust *trust, const struct stella_report *report, size_t i,
	struct stella_json *object) STELLA_MUST_USE;
/* --show-expiry: which ends first, and whether the verdict ends with it. */
void tell_end(struct cmd *cmd, const struct stella_report *report, const char *what, int64_t until, struct stella_json *object);
void tell_times(struct cmd *cmd, const struct stella_evidence *evidence, const struct stella_report *report,
	struct stella_json *array);

/* ---- verdict.c: the answer of verify */
struct stella_explanation;
void say_answer(struct cmd *cmd, const struct stella_error *err); /* the first line */
void say_verdict(struct cmd *cmd, const struct stella_report *report, const struct stella_explanation *why);
void say_why(struct cmd *cmd, const struct stella_explanation *why);
void warn_unchecked(const struct stella_report *report);
/*
 * Without evidence the time is the one that was asked about: to be told as "then" where --at or --then asks,
 * not as "now".  report may be NULL.
 */
void name_time(const struct cmd *cmd, struct stella_report *report);
struct stella_json *json_verdict(const struct stella_report *report, const struct stella_explanation *why,
	const struct stella_trust *trust, const struct stella_error *err, const char *hint);
/* ---- cmd_verify.c: the verdict on the attestation that the argument names, and why, for history */
const struct stella_error *why_attestation(struct cmd *cmd) STELLA_MUST_USE;
/* ---- why_git.c: the same chain as git commands that show it, each once */
void say_git(struct cmd *cmd, const struct stella_explanation *const *why, size_t count, const struct stella_trust *trust);
struct stella_json *json_git(struct cmd *cmd, const struct stella_explanation *const *why, size_t count,
	const struct stella_trust *trust);

/* ---- verdict.c, for those who ask about more than one */
struct stella_json *json_why(const struct stella_explanation *why);
struct stella_json *json_result(const struct stella_report *report); /* gh's verificationResult; of a yes only */
struct stella_json *json_trust(const struct stella_trust *trust, const struct stella_explanation *why); /* why may be NULL */

/* ---- cmd_status.c: what check and pull requests share */
/* Commits of the tip's first-parent line that look like approvals and are none: { commit, why }. */
const struct stella_error *near_misses(struct stella_json *array, struct stella_trust *trust) STELLA_MUST_USE;
/* Every record of the state in force, read; the first that is not well-formed. */
const struct stella_error *check_records(struct cmd *cmd, struct stella_trust *trust, size_t *count) STELLA_MUST_USE;
const struct stella_error *check_pull(struct cmd *cmd) STELLA_MUST_USE; /* pull.c: check --base */

/* ---- cmd_hook.c */
/* The branch that a hook guards: the option, else the setting, else the usual one; as the other side calls it. */
const struct stella_error *hook_ref(const char **out, struct cmd *cmd, struct stella_repo *repo, const char *option,
	const char *setting, const char *otherwise) STELLA_MUST_USE;
/* hook_memory.c: what was verified of this root before, and of what the branch holds (NULL: nothing); NULL where not to be had. */
struct stella_cache;
void hook_remember(struct stella_cache **cache, struct cmd *cmd, const struct stella_oid *root, const struct stella_oid *held);
/* ---- cmd_gate.c */
struct stella_requirement;
void say_gate_requirement(struct cmd *cmd, const struct stella_requirement *requirement);
const struct stella_error *gate_check_name(const char *name) STELLA_MUST_USE;
/* ---- standing.c: trusted when signed, at the point asked about, and now */
struct trusted_when;
struct stella_verify_options;
/* verdict and report are the answer at the point; an error where another one could not be looked for. */
const struct stella_error *standing_load(struct trusted_when **out, struct cmd *cmd, const struct stella_report *report,
	const struct stella_verify_options *options, const struct stella_error *verdict) STELLA_MUST_USE;
void standing_free(struct trusted_when *standing);
void say_standing(struct cmd *cmd, const struct trusted_when *standing);
struct stella_json *json_standing(const struct trusted_when *standing);

/* ---- stored.c: an attestation that was judged under two views */
struct stella_swept;
struct stella_json *json_swept(const struct stella_swept *swept);
/* "NOT CHECKED: ..." where there is no branch of attestations, and the command that helps; NULL: there is one. */
const char *stored_missing(struct cmd *cmd, const struct stella_store *store);
extern const char stored_missing_hint[];

/* ---- the commands, by file */
#define RUN(name) const struct stella_error *name(struct cmd *cmd) STELLA_MUST_USE
RUN(cmd_init); RUN(cmd_pin);                                        /* cmd_init.c */
RUN(cmd_status); RUN(cmd_approve); RUN(cmd_check);                  /* cmd_status.c */
RUN(cmd_hook_install);                                             /* cmd_hook.c */
RUN(cmd_hook_pre_push); RUN(cmd_hook_pre_receive); RUN(cmd_hook_update); /* cmd_hook_judge.c */
RUN(cmd_history_list); RUN(cmd_history_show); RUN(cmd_history_why); /* cmd_history.c */
RUN(cmd_history_report);                                            /* cmd_report.c */
RUN(cmd_policy_show); RUN(cmd_policy_check); RUN(cmd_policy_renew); /* cmd_policy.c */
RUN(cmd_member_add); RUN(cmd_member_remove); RUN(cmd_member_list);
RUN(cmd_anchor_list); RUN(cmd_anchor_show);                         /* cmd_anchor_show.c */
RUN(cmd_anchor_add); RUN(cmd_anchor_add_intermediate);              /* cmd_anchor.c */
RUN(cmd_anchor_replace); RUN(cmd_anchor_remove);                    /* cmd_anchor_change.c */
RUN(cmd_anchor_add_key);                                            /* cmd_anchor_key.c */
RUN(cmd_issuer_add); RUN(cmd_issuer_trust);                         /* cmd_issuer.c */
RUN(cmd_issuer_suspend); RUN(cmd_issuer_revoke);
RUN(cmd_issuer_list); RUN(cmd_issuer_show); RUN(cmd_issuer_trust_status); /* cmd_issuer_show.c */
RUN(cmd_issuer_keys_fetch);                                         /* cmd_issuer_keys.c */
RUN(cmd_keys_list); RUN(cmd_keys_show);                             /* cmd_keys.c */
RUN(cmd_keys_rotate); RUN(cmd_keys_revoke);                         /* cmd_keys_change.c */
RUN(cmd_gate_list); RUN(cmd_gate_show); RUN(cmd_gate_remove);       /* cmd_gate.c */
RUN(cmd_gate_add);                                                  /* cmd_gate_add.c */
RUN(cmd_impact);                                                    /* cmd_impact.c */
RUN(cmd_expiry);                                                    /* cmd_expiry.c */
RUN(cmd_export_allowed_signers);                                    /* cmd_export.c */
RUN(cmd_attest_list); RUN(cmd_attest_show);                         /* cmd_attest.c */
RUN(cmd_attest_import); RUN(cmd_attest_export);                     /* cmd_attest_store.c */
RUN(cmd_attest_create); RUN(cmd_attest_resign);                     /* cmd_attest_sign.c */
RUN(cmd_attest_record);                                             /* cmd_attest_record.c */
RUN(cmd_attest_integrity_check);                                    /* cmd_attest_check.c */
RUN(cmd_attest_logs);                                               /* cmd_attest_logs.c */
RUN(cmd_verify_attestation); RUN(cmd_verify_cert); RUN(cmd_verify_cert_chain); /* cmd_verify.c */
RUN(cmd_verify_artifact);                                           /* cmd_artifact.c */
RUN(cmd_verify_evidence);                                           /* cmd_evidence.c */
RUN(cmd_verify_bundle);                                             /* cmd_bundle.c */
RUN(cmd_completion); RUN(cmd_completion_candidates);                /* cmd_completion.c */
RUN(cmd_crypto_providers_list);                                     /* cmd_crypto.c */
RUN(cmd_doctor);                                                    /* doctor.c */
RUN(cmd_metrics);                                                   /* cmd_metrics.c */
RUN(cmd_limits);                                                    /* cmd_limits.c */
#undef RUN

/* Their options, in the order of the table. */
extern const struct opt init_opts[], pin_opts[], approve_opts[], check_opts[], history_opts[],
	report_opts[], policy_opts[], member_opts[], member_remove_opts[], anchor_add_opts[], anchor_opts[],
	anchor_key_opts[], anchor_replace_opts[], anchor_remove_opts[], keys_list_opts[], keys_show_opts[],
	keys_rotate_opts[], keys_revoke_opts[], impact_opts[], expiry_opts[], issuer_fetch_opts[],
	issuer_add_opts[], issuer_stop_opts[], gate_add_opts[], verify_opts[], verify_artifact_opts[],
	verify_cert_opts[], verify_evidence_opts[], verify_bundle_opts[], attest_create_opts[],
	attest_show_opts[], attest_list_opts[], attest_export_opts[], attest_check_opts[],
	attest_logs_opts[], attest_resign_opts[], hook_install_opts[], hook_opts[], export_opts[],
	crypto_opts[], doctor_opts[], metrics_opts[];

#endif
