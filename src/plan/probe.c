/* Knows Docker's cache look-up: local, and through --cache-from. */
#include "plan/walk.h"

#include <string.h>

#include "spec/gofmt.h"

void probe_begin_stage(struct plan *plan)
{
	const struct strv *names = plan->input.cache_from;

	shared_forget(plan);
	free(plan->sources);
	plan->sources = NULL;
	plan->source_count = 0;
	for (size_t i = 0; names && i < names->count; i++) {
		struct err ignored = ERR_INIT;
		struct image *image;

		if (store_find(plan->input.store, names->items[i], &image,
			       &ignored) > 0)
			MEM_PUSH(plan->sources, plan->source_count) =
				image->id;
	}
}

static bool cache_from_given(const struct plan *plan)
{
	return plan->input.cache_from && plan->input.cache_from->count;
}

int probe_candidates(struct plan *plan, const struct digest *parent,
		     struct image *const **out, size_t *count,
		     struct err *err)
{
	struct image *image;
	int rc;

	*out = NULL;
	*count = 0;
	if (!digest_is_set(parent))
		return store_orphans(plan->input.store, out, count, err);
	rc = store_image(plan->input.store, parent, &image, err);
	if (rc <= 0)
		return rc;
	*out = image->children;
	*count = image->child_count;
	return 0;
}

/* The newest equal candidate. A damaged configuration is no candidate. */
static int find_local(struct plan *plan, const struct step *step,
		      struct found *out, struct err *err)
{
	struct image *const *list;
	struct moment newest = { 0 };
	size_t count;

	if (probe_candidates(plan, &step->parent, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct err ignored = ERR_INIT;
		const struct image_config *config =
			store_config(plan->input.store, list[i], &ignored);

		if (!config || run_config_differs(&config->container_config,
						  &step->probe) != CONFIG_SAME)
			continue;
		if (out->matches++ &&
		    gofmt_time_compare(newest, config->created) >= 0)
			continue;
		newest = config->created;
		out->image = list[i]->id;
	}
	return out->matches > 0;
}

/* ---- --cache-from ---- */

static struct digest parent_of(struct plan *plan, const struct digest *id)
{
	const struct made_image *made = plan_made(plan, id);
	struct err ignored = ERR_INIT;
	struct image *image;

	if (made)
		return made->parent;
	if (store_image(plan->input.store, id, &image, &ignored) > 0)
		return image->parent;
	return (struct digest){ "" };
}

/* No chain is longer than the store; a circle of links ends here. */
#define CHAIN_MAX 4096

static bool descends(struct plan *plan, const struct digest *source,
		     const struct digest *id)
{
	struct digest up = *source;

	for (int i = 0; i < CHAIN_MAX; i++) {
		up = parent_of(plan, &up);
		if (!digest_is_set(&up))
			return false;
		if (digest_equal(&up, id))
			return true;
	}
	return false;
}

static bool same_time(const char *a, const char *b)
{
	struct moment left, right;

	if (!strcmp(a, b))
		return true;
	return gofmt_time_parse(a, &left) && gofmt_time_parse(b, &right) &&
	       !gofmt_time_compare(left, right);
}

static bool same_history(const struct history *a, const struct history *b)
{
	return a->empty_layer == b->empty_layer &&
	       !strcmp(a->created_by, b->created_by) &&
	       !strcmp(a->author, b->author) &&
	       !strcmp(a->comment, b->comment) &&
	       same_time(a->created, b->created);
}

bool probe_valid_parent(const struct image_config *s,
			const struct image_config *p)
{
	if (!s->history_count)
		return false;
	if (!p || (!p->history_count && !p->diff_id_count))
		return true;
	if (p->history_count >= s->history_count ||
	    p->diff_id_count > s->diff_id_count)
		return false;
	for (size_t i = 0; i < p->history_count; i++)
		if (!same_history(&p->history[i], &s->history[i]))
			return false;
	for (size_t i = 0; i < p->diff_id_count; i++)
		if (!digest_equal(&p->diff_ids[i], &s->diff_ids[i]))
			return false;
	return true;
}

/* A new image of the parent plus one step of source's history. */
static void restore(struct plan *plan, const struct step *step,
		    const struct image_config *source,
		    const struct image_config *parent, struct found *out)
{
	size_t at = parent ? parent->history_count : 0;
	const struct history *taken = &source->history[at];
	const struct digest *diff = image_config_diff_of(source, at);
	struct made_image *made = mem_alloc(sizeof(*made));
	struct image_config *config = &made->config;
	struct buf json = BUF_INIT;

	image_config_init(config);
	run_config_set(&config->architecture, source->architecture);
	run_config_set(&config->os, source->os);
	run_config_set(&config->os_version, source->os_version);
	strv_copy(&config->os_features, &source->os_features);
	run_config_set(&config->author, source->author);
	run_config_set(&config->docker_version, PLAN_DOCKER_VERSION);
	run_config_copy(&config->config, &step->probe);
	config->has_config = config->has_container_config = true;
	gofmt_time_parse(taken->created, &config->created);
	for (size_t i = 0; i < at; i++)
		image_config_add_history(config, &parent->history[i]);
	for (size_t i = 0; parent && i < parent->diff_id_count; i++)
		image_config_add_diff(config, &parent->diff_ids[i]);
	image_config_add_history(config, taken);
	if (diff)
		image_config_add_diff(config, diff);
	image_config_format(config, &json);
	digest_make(json.data, json.len, &made->id);
	made->parent = step->parent;
	MEM_PUSH(plan->made, plan->made_count) = made;
	out->image = made->id;
	out->restored = buf_steal(&json);
}

/* 1 this source serves the step, 0 it does not, -1. */
static int try_source(struct plan *plan, const struct step *step,
		      struct digest source, const struct image_config *parent,
		      struct found *out, struct err *err)
{
	const struct image_config *config = plan_config(plan, &source, err);
	size_t at = parent ? parent->history_count : 0;

	if (!config)
		return -1;
	if (!probe_valid_parent(config, parent) ||
	    at >= config->history_count ||
	    strcmp(step->created_by, config->history[at].created_by) != 0)
		return 0;
	if (config->history_count == at + 1) {
		out->image = source;
		out->link_parent = digest_is_set(&step->parent);
		return 1;
	}
	restore(plan, step, config, parent, out);
	plan->sources[0] = source;
	plan->source_count = 1;
	return 1;
}

int probe_parent_config(struct plan *plan, const struct step *step,
			const struct image_config **out, struct err *err)
{
	*out = NULL;
	if (!digest_is_set(&step->parent))
		return 0;
	*out = plan_config(plan, &step->parent, err);
	return *out ? 0 : -1;
}

static int find_from(struct plan *plan, struct step *step, struct found *out,
		     struct err *err)
{
	const struct image_config *parent;

	for (size_t i = 0; out->matches && i < plan->source_count; i++)
		if (descends(plan, &plan->sources[i], &out->image))
			return 1;
	out->matches = 0;
	if (probe_parent_config(plan, step, &parent, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->source_count; i++) {
		int rc = try_source(plan, step, plan->sources[i], parent, out,
				    err);

		if (rc)
			return rc;
	}
	return 0;
}

int probe_find(struct plan *plan, struct step *step, struct found *out,
	       struct err *err)
{
	int rc = find_local(plan, step, out, err);

	if (rc >= 0 && cache_from_given(plan))
		rc = find_from(plan, step, out, err);
	if (rc != 0) {
		shared_forget(plan);
		return rc;
	}
	if (!plan->input.shared)
		return 0;
	out->shared = true;
	out->matches = 1;
	return shared_find(plan, step, &out->image, err);
}

/* ---- whether a COPY can hit at all ---- */

static bool equal_but_key(const struct step *step,
			  const struct run_config *stored)
{
	enum run_config_field field =
		run_config_differs(stored, &step->probe);

	return (field == CONFIG_SAME || field == CONFIG_CMD) &&
	       copying_same_shape(step, &stored->cmd);
}

static int possible_from(struct plan *plan, const struct step *step,
			 struct err *err)
{
	const struct image_config *parent;

	if (probe_parent_config(plan, step, &parent, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->source_count; i++) {
		const struct image_config *source =
			plan_config(plan, &plan->sources[i], err);
		size_t at = parent ? parent->history_count : 0;

		if (!source)
			return -1;
		if (at < source->history_count &&
		    probe_valid_parent(source, parent) &&
		    copying_same_shape_text(step,
					    source->history[at].created_by))
			return 1;
	}
	return 0;
}

int probe_possible(struct plan *plan, const struct step *step,
		   struct err *err)
{
	struct image *const *list;
	size_t count;

	if (plan->input.shared)
		return 1;
	if (probe_candidates(plan, &step->parent, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct err ignored = ERR_INIT;
		const struct image_config *config =
			store_config(plan->input.store, list[i], &ignored);

		if (config &&
		    equal_but_key(step, &config->container_config))
			return 1;
	}
	return cache_from_given(plan) ? possible_from(plan, step, err) : 0;
}
