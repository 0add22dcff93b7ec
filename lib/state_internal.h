/* SPDX-License-Identifier: Apache-2.0 */
/* The states of one history, by index: new ones, and those that a cache holds, loaded when asked for. */
#ifndef STELLA_STATE_INTERNAL_H
#define STELLA_STATE_INTERNAL_H

#include "pool.h"
#include "state.h"

struct stella_states;

struct stella_state_node {
	struct stella_state state;   /* first: what others see of it */
	struct stella_states *states;
	uint32_t index;
	uint32_t *before;            /* indexes, smaller than its own */
	/*
	 * Where before_count is 1, jump is a state farther back with nothing but such states between,
	 * else the state itself; mark is the last such state at which the policy changed, or where
	 * that stretch began.
	 */
	uint32_t jump, mark;
};

struct stella_states {
	struct stella_pool *pool;    /* not owned */
	struct stella_state_node **nodes; /* NULL: in the cache, not loaded */
	size_t count, cap;
	struct stella_idmap by_id;   /* the first of each id, of the new ones */
	bool (*number)(void *context, const struct stella_sha256 *id, uint64_t *out); /* of those in the cache */
	void (*load)(void *context, struct stella_state_node *node); /* fills all but states and index */
	void *context;
};

struct stella_state_node *stella_states_at(struct stella_states *states, uint32_t index);
/* A new one, to be filled in and then linked. */
struct stella_state_node *stella_states_add(struct stella_states *states, const struct stella_state_node *const *before,
	size_t before_count);
void stella_states_link(struct stella_state_node *node); /* once id, manifest and policy stand */
/* The number of the state with this id; false if there is none. */
bool stella_states_number(const struct stella_states *states, const struct stella_sha256 *id, uint64_t *out);
void stella_states_free(struct stella_states *states);

bool stella_states_on_chain(struct stella_state_node *from, const struct stella_state_node *ancestor);
/* Rule 9: kept has the heads of the first parent and room for all; gets those of another one. */
void stella_states_merge(struct stella_state_node **kept, size_t *kept_count,
	struct stella_state_node *const *heads, size_t head_count);

#endif
