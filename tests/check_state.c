/* SPDX-License-Identifier: Apache-2.0 */
/* Chains against plain sets, and the model's test vector. */
#include "check.h"
#include "state_internal.h"

#define STATES 300

static struct stella_pool memory;
static struct stella_states states;
static bool before[STATES][STATES]; /* before[a][b]: b is on a's chain */
static uint64_t random_state;

static unsigned pick(unsigned below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % below;
}

static void set_up(void)
{
	random_state = 1;
	memset(before, 0, sizeof before);
	states = (struct stella_states){ .pool = &memory, .by_id.id_size = STELLA_SHA256_SIZE };
}

static void tear_down(void)
{
	stella_states_free(&states);
	stella_pool_free(&memory);
}

static struct stella_state_node *add(struct stella_state_node **from, size_t count, bool new_policy)
{
	const void *list = from;
	struct stella_state_node *node = stella_states_add(&states, list, count);
	unsigned n = node->index;

	node->state.id = stella_sha256(stella_span(&n, sizeof n));
	if (new_policy || !count)
		node->state.policy.sha256 = node->state.id;
	else
		node->state.policy = from[0]->state.policy;
	stella_states_link(node);
	before[n][n] = true;
	for (size_t i = 0; i < count; i++) {
		for (unsigned k = 0; k < STATES; k++)
			before[n][k] |= before[from[i]->index][k];
	}
	return node;
}

/* Long stretches, branches, and now and then one state after several. */
static void make(unsigned policy_one_in)
{
	struct stella_state_node *last = add(NULL, 0, true);

	while (states.count < STATES) {
		struct stella_state_node *from[3] = { last };
		size_t count = 1;

		if (pick(10) == 0)
			from[0] = states.nodes[pick((unsigned)states.count)];
		while (count < 3 && pick(12) == 0) {
			struct stella_state_node *other = states.nodes[pick((unsigned)states.count)];

			if (!before[other->index][from[0]->index] && !before[from[0]->index][other->index])
				from[count++] = other;
			else
				break;
		}
		last = add(from, count, pick(policy_one_in) == 0);
	}
}

START_TEST(a_state_is_on_a_chain_where_a_plain_set_says_so)
{
	make(5);
	for (unsigned a = 0; a < STATES; a++) {
		for (unsigned b = 0; b < STATES; b++) {
			const struct stella_state_node *node = states.nodes[b];

			ck_assert_int_eq(stella_states_on_chain(states.nodes[a], node), before[a][b]);
			ck_assert_int_eq(stella_state_on_chain(&states.nodes[a]->state, &node->state.id), before[a][b]);
			ck_assert_ptr_eq(stella_state_find(&states.nodes[a]->state, &node->state.id, node->state.number),
				before[a][b] ? &node->state : NULL);
		}
	}
	ck_assert(!stella_state_on_chain(&states.nodes[9]->state, &(struct stella_sha256){ { 1 } }));
}
END_TEST

START_TEST(a_chain_lists_each_state_once_in_order)
{
	make(5);
	for (unsigned a = 0; a < STATES; a++) {
		size_t count, wanted = 0;
		const struct stella_state **chain = stella_state_chain(&count, &states.nodes[a]->state);

		for (unsigned b = 0; b < STATES; b++)
			wanted += before[a][b];
		ck_assert_uint_eq(count, wanted);
		for (size_t i = 1; i < count; i++)
			ck_assert(chain[i - 1]->number < chain[i]->number || (chain[i - 1]->number == chain[i]->number &&
				memcmp(chain[i - 1]->id.bytes, chain[i]->id.bytes, 32) < 0));
		ck_assert_ptr_eq(chain[0], &states.nodes[0]->state);
		ck_assert_ptr_eq(chain[count - 1], &states.nodes[a]->state);
		free(chain);
	}
}
END_TEST

/* Rule 9 as the model writes it. */
static size_t merge_plainly(struct stella_state_node **kept, size_t count, struct stella_state_node *const *heads,
	size_t head_count)
{
	for (size_t i = 0; i < head_count; i++) {
		unsigned new = heads[i]->index;
		bool known = false, policy = false;
		size_t passed = 0, left = 0;

		for (size_t k = 0; k < count; k++)
			known |= before[kept[k]->index][new];
		if (known)
			continue;
		for (unsigned s = 0; s < STATES; s++) {
			bool on_kept = false;

			for (size_t k = 0; k < count; k++)
				on_kept |= before[kept[k]->index][s];
			policy |= before[new][s] && states.nodes[s]->state.changes_policy && !on_kept;
		}
		for (size_t k = 0; k < count; k++) {
			if (!before[new][kept[k]->index])
				kept[left++] = kept[k];
			else if (!passed++)
				kept[left++] = heads[i];
		}
		if (!passed && policy)
			kept[left++] = heads[i];
		count = left;
	}
	return count;
}

START_TEST(heads_merge_as_the_model_says)
{
	unsigned several = 0, dropped = 0;

	make(20);
	for (unsigned n = 0; n < 20000; n++) {
		struct stella_state_node *kept[6], *plain[6], *heads[2];
		size_t count = 1, plain_count = 1, all = 1;

		kept[0] = plain[0] = states.nodes[pick(STATES)];
		for (unsigned parent = 0; parent < 2; parent++) {
			size_t head_count = 1 + pick(2);

			for (size_t i = 0; i < head_count; i++)
				heads[i] = states.nodes[pick(STATES)];
			all += head_count;
			stella_states_merge(kept, &count, heads, head_count);
			plain_count = merge_plainly(plain, plain_count, heads, head_count);
		}
		ck_assert_uint_eq(count, plain_count);
		for (size_t i = 0; i < count; i++)
			ck_assert_ptr_eq(kept[i], plain[i]);
		several += count > 1;
		dropped += count < all;
	}
	ck_assert_uint_gt(several, 100);
	ck_assert_uint_gt(dropped, 100);
}
END_TEST

START_TEST(a_long_chain_is_walked_in_few_steps)
{
	enum { LONG = 100000 };
	struct stella_state_node *last = NULL;
	struct stella_state_node *jumps;
	unsigned steps = 0;

	for (unsigned i = 0; i < LONG; i++) {
		struct stella_state_node *from[1] = { last };
		const void *list = from;
		struct stella_state_node *node = stella_states_add(&states, list, i > 0);

		node->state.id = stella_sha256(stella_span(&i, sizeof i));
		stella_states_link(node);
		last = node;
	}
	ck_assert_uint_eq(last->state.number, LONG - 1);
	for (unsigned n = 0; n < LONG; n += 7)
		ck_assert(stella_states_on_chain(last, states.nodes[n]));
	for (jumps = last; jumps->index > 0; jumps = states.nodes[jumps->jump])
		steps++;
	ck_assert_uint_lt(steps, 64);
}
END_TEST

/* scenarios.py, VECTOR: manifests of two trees that were computed from git objects without the model. */
START_TEST(ids_are_those_of_the_test_vector)
{
	static const char *const hex[] = {
		"09e61706692226cfb0ea4531286ca16d1809a832aa45ebe850f31cea021a421c", /* manifest of A */
		"1b3cf23c19811e3bab21c9c7f4676707246f010f9bd4bd81b02160799295d88b", /* manifest of B */
		"540bcd81e269b6eca8ced83603400522187df354e0932151d85ac2215159efff", /* s0, root with A */
		"09101fe90f2cbe82b873157f6b5b10888540c5f8a7a7dcc494abb6eeb3009a4d", /* s1, s0 then B */
		"f2a36ecac380b830b939478ab9d76a56d25592da537013b77bc55fd8ca25f24d", /* s2, s1 then A */
		"12076dd6776bdd4dafe15861d707ec99a00ed4ffc0481cf255bd35cd8b4db8ed", /* both s1 and s2 then B */
	};
	struct stella_sha256 a, b, id, wanted[6];
	struct stella_state s1 = { 0 }, s2 = { 0 }, s0 = { 0 };
	const struct stella_state *both[] = { &s2, &s1 };
	const struct stella_state *const one[] = { &s0 };

	for (unsigned i = 0; i < 6; i++)
		ck_assert(stella_sha256_parse(&wanted[i], stella_span_str(hex[i])));
	a = wanted[0];
	b = wanted[1];
	s0.id = wanted[2];
	id = stella_state_successor(one, 1, &b);
	ck_assert_mem_eq(&id, &wanted[3], sizeof id);
	s1.id = id;
	both[0] = &s1;
	id = stella_state_successor(both, 1, &a);
	ck_assert_mem_eq(&id, &wanted[4], sizeof id);
	s2.id = id;
	both[0] = &s2;
	id = stella_state_successor(both, 2, &b);
	ck_assert_mem_eq(&id, &wanted[5], sizeof id);
	both[0] = &s1;
	both[1] = &s2;
	id = stella_state_successor(both, 2, &b);
	ck_assert_mem_eq(&id, &wanted[5], sizeof id);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_state_is_on_a_chain_where_a_plain_set_says_so);
	tcase_add_test(t, a_chain_lists_each_state_once_in_order);
	tcase_add_test(t, heads_merge_as_the_model_says);
	tcase_add_test(t, a_long_chain_is_walked_in_few_steps);
	tcase_add_test(t, ids_are_those_of_the_test_vector);
}

CHECK_MAIN("state", fill)
