/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "sys.h"

/* Finds a digest's place among the artifacts. */
struct slot {
	struct stella_sha256 name;  /* of algorithm and hex */
	size_t place;
};

struct sweeping {
	struct stella_idmap slots;
	struct stella_pool pool;
	struct stella_sweep *sweep;
	struct stella_store *store;
	const struct stella_sweep_view *views;
	struct stella_shelf *shelves[2]; /* of each view */
	struct stella_sigmemo *memo;
	const struct stella_error *err; /* what ended it */
};

static void swept_free(struct stella_swept *item)
{
	for (size_t i = 0; i < item->record_count; i++)
		free(item->records[i]);
	free(item->records);
	free(item->type);
	free(item->subject);
	free(item->issuer);
	for (unsigned v = 0; v < 2; v++)
		free(item->verdicts[v].message);
}

void stella_sweep_free(struct stella_sweep *sweep)
{
	if (!sweep)
		return;
	for (size_t i = 0; i < sweep->count; i++)
		swept_free(&sweep->items[i]);
	free(sweep->items);
	for (size_t i = 0; i < sweep->artifact_count; i++)
		stella_digest_free(&sweep->artifacts[i].digest);
	free(sweep->artifacts);
	free(sweep);
}

static void describe(struct stella_swept *item, const struct stella_evidence *evidence)
{
	const struct stella_subject *subject = &evidence->statement->subjects[0];
	struct stella_buf text = { 0 };

	item->id = evidence->id;
	item->cert_until = STELLA_TIME_NONE;
	item->type = stella_strdup(evidence->statement->predicate_type);
	stella_buf_printf(&text, "%s%s%s:%s", subject->name ? subject->name : "", subject->name ? " " : "",
		subject->digests[0].algorithm, subject->digests[0].hex);
	item->subject = stella_buf_take_str(&text);
}

/* What the first signature that counts rests on. */
static void describe_trust(struct stella_swept *item, const struct stella_report *report)
{
	const struct stella_signature_report *s = NULL;

	for (size_t i = 0; i < report->signature_count && !s; i++)
		if (report->signatures[i].trusted)
			s = &report->signatures[i];
	if (!s || item->issuer)
		return;
	item->issuer = stella_strdup(s->issuer);
	item->records = stella_alloc_array(s->record_count + 1, sizeof *item->records);
	for (; item->record_count < s->record_count; item->record_count++)
		item->records[item->record_count] = stella_strdup(s->records[item->record_count]);
	for (size_t i = 0; i + 1 < s->chain.count; i++) /* the last one is the anchor's */
		if (item->cert_until == STELLA_TIME_NONE || stella_cert_not_after(s->chain.certs[i]) < item->cert_until)
			item->cert_until = stella_cert_not_after(s->chain.certs[i]);
}

/* An answer about this attestation, or could nothing be judged? */
static bool is_answer(const struct stella_error *err)
{
	enum stella_exit status = stella_code_exit(err->code);

	return status == STELLA_EXIT_REFUSED || status == STELLA_EXIT_MALFORMED || status == STELLA_EXIT_LIMIT ||
		stella_error_is(err, STELLA_POLICY_UNSUPPORTED);
}

/* What a gate may ask of a verdict beyond yes and no: whose word it is, by which records, and when. */
static const struct stella_error *find_grounds(struct stella_sha256 *out, const struct stella_report *report,
	struct stella_trust *trust)
{
	const struct stella_error *err = NULL;
	struct stella_buf text = { 0 };

	if (strcmp(report->time_source, "now") != 0)
		stella_buf_printf(&text, "%lld", (long long)report->time);
	for (size_t i = 0; i < report->signature_count; i++) {
		const struct stella_signature_report *s = &report->signatures[i];

		for (size_t k = 0; s->trusted && k < s->record_count && !err; k++) {
			struct stella_buf record = { 0 };
			struct stella_sha256 sha256;

			err = stella_trust_read(&record, trust, s->records[k]);
			sha256 = stella_sha256(stella_buf_span(&record));
			stella_buf_printf(&text, "\n%zu %s %s ", i, s->issuer, s->records[k]);
			stella_buf_put(&text, sha256.bytes, sizeof sha256.bytes);
			stella_buf_free(&record);
		}
	}
	*out = stella_sha256(stella_buf_span(&text));
	stella_buf_free(&text);
	return err;
}

static const struct stella_error *judge(struct sweeping *s, struct stella_swept *item, bool *moves,
	const struct stella_evidence *evidence)
{
	struct stella_sha256 grounds[2] = { 0 };

	describe(item, evidence);
	for (unsigned v = 0; v < 2; v++) {
		struct stella_verify_options options = { .now = s->views[v].now, .memo = s->memo,
			.shelf = s->shelves[v], .recorded = s->views[v].recorded };
		struct stella_report *report;
		const struct stella_error *err = stella_verify(&report, evidence, s->views[v].trust, &options);

		if (err && !is_answer(err)) {
			stella_report_free(report);
			return err;
		}
		item->verdicts[v].trusted = !err;
		if (err) {
			item->verdicts[v].code = err->code;
			item->verdicts[v].message = stella_strdup(err->message);
		} else {
			describe_trust(item, report);
			s->sweep->trusted[v]++;
			err = find_grounds(&grounds[v], report, s->views[v].trust);
			if (err) {
				stella_report_free(report);
				return err;
			}
		}
		stella_report_free(report);
	}
	*moves = !stella_sha256_equal(&grounds[0], &grounds[1]);
	return NULL;
}

static void note_artifact(struct sweeping *s, const struct stella_digest *digest, bool changes)
{
	struct stella_buf text = { 0 };
	struct stella_sha256 name;
	struct slot *slot;

	stella_buf_printf(&text, "%s:%s", digest->algorithm, digest->hex);
	name = stella_sha256(stella_buf_span(&text));
	stella_buf_free(&text);
	slot = stella_idmap_find(&s->slots, &name);
	if (!slot) {
		struct stella_sweep *sweep = s->sweep;

		slot = stella_pool_alloc(&s->pool, sizeof *slot);
		slot->name = name;
		slot->place = sweep->artifact_count;
		stella_idmap_add(&s->slots, slot);
		STELLA_GROW(sweep->artifacts, sweep->artifact_count, sweep->artifact_cap);
		sweep->artifacts[sweep->artifact_count++] = (struct stella_swept_artifact){
			.digest = { stella_strdup(digest->algorithm), stella_strdup(digest->hex) } };
	}
	s->sweep->artifacts[slot->place].changes |= changes;
}

/* A weak digest names no artifact; of the others, whoever asks may have any. */
static void note_artifacts(struct sweeping *s, const struct stella_evidence *evidence, bool changes)
{
	for (size_t i = 0; i < evidence->statement->subject_count; i++) {
		const struct stella_subject *subject = &evidence->statement->subjects[i];

		for (size_t d = 0; d < subject->digest_count; d++)
			if (stella_digest_strong(&subject->digests[d]))
				note_artifact(s, &subject->digests[d], changes);
	}
}

static bool sweep_one(void *context, const struct stella_sha256 *id)
{
	struct sweeping *s = context;
	struct stella_swept item = { 0 };
	struct stella_buf bytes = { 0 };
	struct stella_evidence *evidence = NULL;
	const struct stella_error *err = stella_store_load(&bytes, s->store, id);
	bool moves = false;

	s->sweep->total++;
	if (!err)
		err = stella_evidence_parse(&evidence, &bytes);
	if (err) {
		stella_buf_free(&bytes);
		/* What is no attestation is trusted by nobody; what is missing is not known. */
		if (stella_code_exit(err->code) != STELLA_EXIT_MALFORMED && !s->sweep->unread++)
			s->sweep->trouble = *err;
		return true;
	}
	s->err = judge(s, &item, &moves, evidence);
	note_artifacts(s, evidence, moves);
	stella_evidence_free(evidence);
	if (!s->err && item.verdicts[0].trusted != item.verdicts[1].trusted) {
		STELLA_GROW(s->sweep->items, s->sweep->count, s->sweep->cap);
		s->sweep->items[s->sweep->count++] = item;
	} else {
		swept_free(&item);
	}
	if (stella_progress)
		stella_progress("judging attestations", s->sweep->total);
	return !s->err;
}

const struct stella_error *stella_sweep_load(struct stella_sweep **out, struct stella_store *store,
	const struct stella_sweep_view views[2])
{
	struct sweeping s = { .store = store, .views = views };
	const struct stella_error *err;

	*out = NULL;
	s.sweep = stella_alloc(sizeof *s.sweep);
	s.memo = stella_sigmemo_new();
	s.slots.id_size = sizeof(struct stella_sha256);
	for (unsigned v = 0; v < 2; v++) {
		stella_trust_keep(views[v].trust);
		s.shelves[v] = stella_shelf_new(views[v].trust);
	}
	err = stella_store_each(store, sweep_one, &s);
	if (!err)
		err = s.err;
	for (unsigned v = 0; v < 2; v++)
		stella_shelf_free(s.shelves[v]);
	stella_sigmemo_free(s.memo);
	stella_idmap_free(&s.slots);
	stella_pool_free(&s.pool);
	if (err) {
		stella_sweep_free(s.sweep);
		return err;
	}
	*out = s.sweep;
	return NULL;
}
