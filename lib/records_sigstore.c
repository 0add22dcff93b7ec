/* SPDX-License-Identifier: Apache-2.0 */
#include "records_internal.h"

#include <stdlib.h>
#include <string.h>

#include "commit.h"

static const struct stella_error *need_threshold(unsigned *out, const struct stella_json *v, const char *name, int64_t min)
{
	const struct stella_json *number;
	const struct stella_error *err = stella_json_need(&number, v, name, STELLA_JSON_NUMBER);
	int64_t value;

	if (!err)
		err = stella_json_int(&value, number, min, STELLA_SIGSTORE_THRESHOLD_MAX);
	if (err)
		return stella_error_prefix(err, "\"%s\"", name);
	*out = (unsigned)value;
	return NULL;
}

/* No time at all would leave a certificate of ten minutes without a moment at which it was good. */
static const struct stella_error *parse_thresholds(struct stella_sigstore_root *out, const struct stella_json *doc)
{
	static const char *const names[] = { "logs", "scts", "times", NULL };
	const struct stella_json *object;
	const struct stella_error *err = stella_json_need(&object, doc, "thresholds", STELLA_JSON_OBJECT);

	if (!err)
		err = stella_json_closed(object, names);
	if (!err)
		err = need_threshold(&out->logs, object, "logs", 0);
	if (!err)
		err = need_threshold(&out->scts, object, "scts", 0);
	return err ? err : need_threshold(&out->times, object, "times", 1);
}

static const struct stella_error *parse_sigstore(struct stella_sigstore_root *out, struct stella_span text,
	struct stella_span file)
{
	static const char *const names[] = { "version", "reason", "sha256", "thresholds", NULL };
	const struct stella_error *err;
	struct stella_json *doc = NULL;

	err = stella_fields_open(&doc, text, STELLA_RECORDS_VERSION, names);
	if (!err)
		err = stella_fields_need_text(&out->reason, doc, "reason", STELLA_REASON_MAX);
	if (!err)
		err = parse_thresholds(out, doc);
	out->sha256 = stella_sha256(file);
	if (!err)
		err = stella_records_check_sha256(doc, "the trusted root", &out->sha256);
	if (!err)
		err = stella_trustroot_parse(&out->root, file);
	stella_json_free(doc);
	return err;
}

const struct stella_error *stella_sigstore_root_parse(struct stella_sigstore_root **out, const char *name,
	struct stella_span text, struct stella_span file)
{
	struct stella_sigstore_root *root = stella_alloc(sizeof *root);
	const struct stella_error *err;

	*out = NULL;
	root->name = stella_strdup(name);
	if (stella_id_valid(stella_span_str(name)))
		err = parse_sigstore(root, text, file);
	else
		err = stella_error(STELLA_MALFORMED, "not a name");
	if (err) {
		err = stella_error_prefix(err, "sigstore/%s.json", name);
		goto done;
	}
	*out = root;
	root = NULL;
done:
	stella_sigstore_root_free(root);
	return err;
}

const struct stella_error *stella_sigstore_root_load(struct stella_sigstore_root **out, struct stella_trust *trust,
	const char *name)
{
	struct stella_buf text = { 0 }, file = { 0 };
	const struct stella_error *err;

	*out = NULL;
	if (!stella_id_valid(stella_span_str(name)))
		return stella_error(STELLA_USAGE, "\"%s\" is not the name of a Sigstore root", name);
	err = stella_records_read(&text, &file, trust, "sigstore", name, STELLA_SIGSTORE_ENDING);
	if (!err)
		err = stella_sigstore_root_parse(out, name, stella_buf_span(&text), stella_buf_span(&file));
	stella_buf_free(&text);
	stella_buf_free(&file);
	return err;
}

void stella_sigstore_root_print(struct stella_buf *out, const struct stella_sigstore_root *root)
{
	struct stella_json *doc = stella_records_new(), *thresholds;

	stella_json_set_text(doc, "reason", root->reason);
	stella_records_set_sha256(doc, &root->sha256);
	thresholds = stella_json_set(doc, "thresholds", stella_json_new_object());
	stella_json_set_int(thresholds, "logs", root->logs);
	stella_json_set_int(thresholds, "scts", root->scts);
	stella_json_set_int(thresholds, "times", root->times);
	stella_records_print(out, doc);
}

void stella_sigstore_root_free(struct stella_sigstore_root *root)
{
	if (!root)
		return;
	free(root->name);
	free(root->reason);
	stella_trustroot_free(root->root);
	free(root);
}
