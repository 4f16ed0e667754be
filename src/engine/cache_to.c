/* Knows which images of a build become entries of a shared cache, and the
 * order in which they are sent: one is seen once all of it is there. */
#include <string.h>

#include "base/mem.h"
#include "engine/cache.h"
#include "engine/push_inside.h"

/* A layer that the registry has. */
struct sent_layer {
	struct digest diff_id;
	struct descriptor blob;
};

struct writing {
	struct pushing pushing;
	struct reference ref;
	struct strv tags;         /* that are there already */
	struct sent_layer *sent;
	size_t sent_count;
};

static void writing_release(struct writing *w)
{
	pushing_release(&w->pushing);
	reference_release(&w->ref);
	strv_release(&w->tags);
	free(w->sent);
}
AUTO_DEFINE_IN_PLACE(struct writing, writing_release)

static int send_layer(struct writing *w, const struct layer *layer,
		      struct descriptor *out, struct err *err)
{
	struct sent_layer *sent;

	for (size_t i = 0; i < w->sent_count; i++)
		if (digest_equal(&w->sent[i].diff_id, &layer->diff_id)) {
			*out = w->sent[i].blob;
			return 0;
		}
	if (push_blob(&w->pushing, layer, out, err) < 0)
		return -1;
	sent = &MEM_PUSH(w->sent, w->sent_count);
	*sent = (struct sent_layer){ layer->diff_id, *out };
	return 0;
}

static int send_image(struct writing *w, struct image *image,
		      const char *tag, struct err *err)
{
	static char config_type[] = TYPE_DOCKER_CONFIG;
	struct descriptor config = { .media_type = config_type };
	const struct image_config *parsed =
		store_config(w->pushing.store, image, err);
	AUTO_FREE const struct layer **layers = NULL;
	AUTO_FREE struct descriptor *blobs = NULL;
	AUTO(buf_release) struct buf text = BUF_INIT;
	size_t count;

	if (!parsed || store_layers_of(w->pushing.store, parsed, &layers,
				       &count, err) < 0)
		return -1;
	blobs = mem_array(count, sizeof(*blobs));
	for (size_t i = 0; i < count; i++)
		if (send_layer(w, layers[i], &blobs[i], err) < 0)
			return -1;
	if (push_config(&w->pushing, image, &config, err) < 0)
		return -1;
	manifest_format(&config, blobs, count, &text);
	return registry_put_manifest(w->pushing.registry, w->ref.path, tag,
				     TYPE_DOCKER_MANIFEST,
				     (struct span){ text.data, text.len },
				     err);
}

/* The step's image, if it is one that a builder could find by its key. */
static int send_step(struct writing *w, const struct step *step,
		     struct err *err)
{
	struct store *store = w->pushing.store;
	const struct image_config *config;
	char key[SHARED_KEY_HEX + 1];
	AUTO_FREE char *tag = NULL;
	struct image *image;
	int rc;

	if (!step->parent_known || !digest_is_set(&step->image) ||
	    step->instr->kind == INSTR_FROM)
		return 0;
	rc = store_image(store, &step->image, &image, err);
	if (rc <= 0)
		return rc;
	config = store_config(store, image, err);
	if (!config)
		return -1;
	if (!shared_key(&step->parent, &config->container_config, key))
		return 0;
	tag = cache_tag(w->ref.tag, key, &step->image);
	return strv_has(&w->tags, tag) ? 0 :
	       send_image(w, image, tag, err);
}

static const struct step *from_of(const struct plan *plan, int stage)
{
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);

	for (size_t i = 0; i < count; i++)
		if (steps[i]->stage == stage &&
		    steps[i]->instr->kind == INSTR_FROM)
			return steps[i];
	return NULL;
}

/* Whether the last stage stands on this one. */
static bool is_below_last(const struct plan *plan, int stage)
{
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);
	int at = count ? steps[count - 1]->stage : -1;

	while (at > stage) {
		const struct step *from = from_of(plan, at);
		struct digest image;

		do {
			image = plan_stage_image(plan, --at);
		} while (at >= 0 && (!from || !digest_is_set(&image) ||
				     !digest_equal(&image, &from->image)));
	}
	return at >= 0 && at == stage;
}

static int open_target(struct writing *w, struct store *store,
		       const struct cache_target *target,
		       const struct transfer_options *options,
		       struct err *err)
{
	return cache_reference(target->ref, &w->ref, err) < 0 ||
	       pushing_open(&w->pushing, store, &w->ref, options, err) < 0 ?
	       -1 :
	       registry_all_tags(w->pushing.registry, w->ref.path, &w->tags,
				 err);
}

int cache_write(struct store *store, const struct plan *plan,
		const struct cache_target *target,
		const struct transfer_options *options, struct err *err)
{
	AUTO(writing_release) struct writing w = { 0 };
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);

	if (open_target(&w, store, target, options, err) < 0)
		return err_wrap(err, "cannot write the cache '%s'",
				target->ref);
	for (size_t i = 0; i < count; i++)
		if ((target->all_stages ||
		     is_below_last(plan, steps[i]->stage)) &&
		    send_step(&w, steps[i], err) < 0)
			return err_wrap(err, "cannot write the cache '%s'",
					target->ref);
	return 0;
}
