/* Knows how a step is looked up in the cache that machines share. */
#include "plan/shared.h"

#include <string.h>

#include "plan/walk.h"

/* ---- the key ---- */

static void take_list(struct strv *to, const struct strv *from)
{
	strv_copy(to, from);
	to->set = from->count > 0;
}

static void take_map(struct map *to, const struct map *from)
{
	map_copy(to, from);
	to->set = from->count > 0;
}

bool shared_key(const struct digest *parent, const struct run_config *config,
		char out[SHARED_KEY_HEX + 1])
{
	AUTO(run_config_release) struct run_config seen;
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct digest digest;

	run_config_init(&seen);
	if (config->open_stdin)
		return false;
	run_config_set(&seen.user, config->user);
	seen.attach_stdout = config->attach_stdout;
	seen.attach_stderr = config->attach_stderr;
	seen.tty = config->tty;
	take_list(&seen.cmd, &config->cmd);
	take_list(&seen.env, &config->env);
	take_list(&seen.entrypoint, &config->entrypoint);
	take_map(&seen.labels, &config->labels);
	take_map(&seen.exposed_ports, &config->exposed_ports);
	take_map(&seen.volumes, &config->volumes);
	buf_addf(&text, "1\n%s\n", parent->text);
	run_config_format(&seen, &text);
	digest_make(text.data, text.len, &digest);
	memcpy(out, DIGEST_HEX(&digest), SHARED_KEY_HEX);
	out[SHARED_KEY_HEX] = '\0';
	return true;
}

/* ---- images that were found ---- */

static struct shared_image *seen_image(const struct plan *plan,
				       const struct digest *id)
{
	for (size_t i = 0; i < plan->shared_count; i++)
		if (digest_equal(&plan->shared[i].id, id))
			return &plan->shared[i];
	return NULL;
}

bool plan_is_shared(const struct plan *plan, const struct digest *id,
		    struct digest *parent)
{
	const struct shared_image *image = seen_image(plan, id);

	if (!image || !image->taken)
		return false;
	*parent = image->parent;
	return true;
}

/* Reads the image, and what it stands on, so that the plan knows them. 1; 0 it
 * cannot be had, or is not what its key says. */
static int take_image(struct plan *plan, const struct digest *id,
		      struct err *err)
{
	const struct shared_cache *cache = plan->input.shared;
	struct shared_image *image = seen_image(plan, id);
	struct made_image *made;
	const struct buf *json;
	struct err bad = ERR_INIT;
	int rc;

	if (!image || image->taken)
		return image ? 1 : 0;
	if (digest_is_set(&image->parent) &&
	    seen_image(plan, &image->parent)) {
		rc = take_image(plan, &image->parent, err);
		if (rc <= 0)
			return rc;
		image = seen_image(plan, id);
	}
	rc = cache->config(cache->arg, id, &json, err);
	if (rc <= 0)
		return rc;
	made = plan_add_unread(plan, id, json, &bad);
	if (!made)
		return 0;
	made->parent = image->parent;
	image->taken = true;
	return 1;
}

/* Whether it is what the step would make on the parent. */
static int is_good(struct plan *plan, const struct step *step,
		   const struct digest *id, struct err *err)
{
	const struct image_config *config, *below = NULL;
	struct digest parent;
	int rc = take_image(plan, id, err);

	if (rc <= 0)
		return rc;
	config = plan_config(plan, id, err);
	if (!config || !plan_is_shared(plan, id, &parent))
		return config ? 0 : -1;
	if (digest_is_set(&parent)) {
		below = plan_config(plan, &parent, err);
		if (!below)
			return -1;
	}
	return run_config_differs(&config->container_config, &step->probe) ==
		       CONFIG_SAME && probe_valid_parent(config, below);
}

/* ---- looking up ---- */

static void add_candidate(struct plan *plan, const struct digest *parent,
			  const struct digest *id, struct digest **out,
			  size_t *count)
{
	if (!seen_image(plan, id))
		MEM_PUSH(plan->shared, plan->shared_count) =
			(struct shared_image){ .id = *id, .parent = *parent };
	MEM_PUSH(*out, *count) = *id;
}

static int find_on(struct plan *plan, const struct step *step,
		   const struct digest *parent, struct digest **out,
		   size_t *count, struct err *err)
{
	const struct shared_cache *cache = plan->input.shared;
	const struct digest *ids;
	char key[SHARED_KEY_HEX + 1];
	size_t found;

	if (!shared_key(parent, &step->probe, key))
		return 0;
	if (cache->find(cache->arg, key, &ids, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found; i++)
		add_candidate(plan, parent, &ids[i], out, count);
	return 0;
}

/* All that could be the next image: on the one under way first, then on those
 * that are as good. */
static int find_all(struct plan *plan, const struct step *step,
		    struct digest **out, size_t *count, struct err *err)
{
	if (find_on(plan, step, &step->parent, out, count, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->twin_count; i++)
		if (!digest_equal(&plan->twins[i], &step->parent) &&
		    find_on(plan, step, &plan->twins[i], out, count, err) < 0)
			return -1;
	return 0;
}

int shared_find(struct plan *plan, struct step *step, struct digest *out,
		struct err *err)
{
	struct digest *found = NULL;
	size_t count = 0, i;
	int rc = 0;

	if (find_all(plan, step, &found, &count, err) < 0) {
		free(found);
		return -1;
	}
	for (i = 0; i < count && rc == 0; i++)
		rc = is_good(plan, step, &found[i], err);
	if (rc > 0) {
		*out = found[i - 1];
		plan_is_shared(plan, out, &step->parent);
		shared_forget(plan);
		plan->twins = STEAL(found);
		plan->twin_count = count;
	}
	free(found);
	return rc;
}

void shared_forget(struct plan *plan)
{
	free(plan->twins);
	plan->twins = NULL;
	plan->twin_count = 0;
}
