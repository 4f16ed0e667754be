/* Knows where else an image of a step can be, and what it cost. */
#include "plan/elsewhere.h"

#include <string.h>

#include "base/fs.h"
#include "plan/index.h"
#include "plan/journal.h"
#include "spec/gofmt.h"

#define RECORDS_MAX 5000 /* records of removed images that are read */
#define CHAIN_MAX 4096   /* parents followed */

static bool same_step(const struct step *step, const char *created_by)
{
	if (step->created_by)
		return !strcmp(step->created_by, created_by);
	return step->key_open && copying_same_shape_text(step, created_by);
}

/* ---- removed ---- */

static bool removed_here(struct plan *plan, const struct step *step,
			 const char *hex, struct digest *out)
{
	AUTO(step_record_release) struct step_record record = { 0 };
	int dir = store_private_fd(plan->input.store);
	struct err ignored = ERR_INIT;
	struct image *image;
	struct digest id;

	if (!digest_parse_hex(hex, &id) ||
	    store_image(plan->input.store, &id, &image, &ignored) != 0 ||
	    step_record_read(dir, &id, &record, &ignored) <= 0)
		return false;
	if (!digest_equal(&record.parent, &step->parent) ||
	    !record.created_by || !same_step(step, record.created_by))
		return false;
	*out = id;
	return true;
}

bool elsewhere_pruned(struct plan *plan, const struct step *step,
		      struct digest *out)
{
	AUTO(strv_release) struct strv names = { 0 };
	int dir = store_private_fd(plan->input.store);
	struct err ignored = ERR_INIT;

	if (dir < 0 || fs_list(dir, "steps", &names, &ignored) < 0)
		return false;
	for (size_t i = 0; i < names.count && i < RECORDS_MAX; i++)
		if (removed_here(plan, step, names.items[i], out))
			return true;
	return false;
}

/* ---- pulled or loaded ---- */

int elsewhere_loaded(struct plan *plan, const struct step *step,
		     struct image **out, struct err *err)
{
	const struct image_config *parent;
	struct image *const *list;
	size_t count;

	if (probe_parent_config(plan, step, &parent, err) < 0)
		return -1;
	if (!parent)
		return 0;
	if (store_orphans(plan->input.store, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct err ignored = ERR_INIT;
		const struct image_config *config =
			store_config(plan->input.store, list[i], &ignored);
		size_t at = parent->history_count;

		if (!config || at >= config->history_count ||
		    !same_step(step, config->history[at].created_by) ||
		    !probe_valid_parent(config, parent))
			continue;
		*out = list[i];
		return 1;
	}
	return 0;
}

/* ---- by text ---- */

static const struct image_index *get_index(struct plan *plan,
					   struct err *err)
{
	if (!plan->index &&
	    image_index_new(plan->input.store, &plan->index, err) < 0)
		return NULL;
	return plan->index;
}

/* What every key of this COPY or ADD starts with, up to the hash. */
static char *shape_prefix(const struct step *step)
{
	AUTO(strv_release) struct strv shell = { 0 };
	AUTO_FREE char *joined = NULL;

	dispatch_shell(&step->after, &shell);
	joined = strv_join(&shell, " ");
	return mem_printf("%s #(nop) %s ", joined,
			  instr_name(step->instr->kind));
}

static char *search_prefix(const struct step *step)
{
	return step->created_by ? mem_strdup(step->created_by) :
				  shape_prefix(step);
}

/* The prefix of a RUN up to the first value of its arguments, or NULL. */
static char *args_prefix_of(const struct step *step)
{
	const struct strv *cmd = &step->probe.cmd;

	if (step->instr->kind != INSTR_RUN || cmd->count < 2 ||
	    cmd->items[0][0] != '|')
		return NULL;
	return mem_printf("%s %.*s=", cmd->items[0],
			  (int)strcspn(cmd->items[1], "="), cmd->items[1]);
}

static bool ends_with_command(const struct step *step, const char *text)
{
	AUTO_FREE char *joined = strv_join(&step->run_argv, " ");
	size_t len = strlen(joined), all = strlen(text);

	return all > len && text[all - len - 1] == ' ' &&
	       !strcmp(text + all - len, joined);
}

/* A step that did the same work on other bytes: a COPY of the same shape, a
 * RUN with other values of its arguments. */
static bool similar_step(const struct step *step, const char *created_by)
{
	if (step->instr->kind == INSTR_RUN)
		return ends_with_command(step, created_by);
	return copying_same_shape_text(step, created_by);
}

static char *similar_prefix(const struct step *step)
{
	AUTO(strv_release) struct strv shell = { 0 };
	AUTO_FREE char *joined = NULL;

	if (step->instr->kind == INSTR_RUN)
		return args_prefix_of(step);
	if (!instr_copies(step->instr->kind))
		return NULL;
	dispatch_shell(&step->after, &shell);
	joined = strv_join(&shell, " ");
	return mem_printf("%s #(nop) %s ", joined,
			  instr_name(step->instr->kind));
}

/* Visits the images made by the same step; stops at non-zero. */
static int each_like(struct plan *plan, const struct step *step,
		     int (*visit)(void *arg, struct plan *plan,
				  const struct indexed_image *image),
		     void *arg, struct err *err)
{
	const struct image_index *index = get_index(plan, err);
	AUTO_FREE char *prefix = search_prefix(step);
	size_t first, count;

	if (!index)
		return -1;
	count = image_index_range(index, prefix, &first);
	for (size_t i = first; i < first + count; i++) {
		int rc = same_step(step, index->items[i].created_by) ?
			 visit(arg, plan, &index->items[i]) : 0;

		if (rc)
			return rc;
	}
	return 0;
}

struct other_base {
	const struct digest *own;
	struct digest base, id;
};

/* The first image up the chain that was not made by a build step here: the
 * one whose own parent is not recorded. */
static int visit_base(void *arg, struct plan *plan,
		      const struct indexed_image *image)
{
	struct other_base *other = arg;
	struct digest up = image->parent;

	/* The step stands right on its base: so did the other. */
	if (!digest_is_set(&up) || digest_equal(&up, other->own))
		return 0;
	for (int i = 0; i < CHAIN_MAX; i++) {
		struct err ignored = ERR_INIT;
		struct image *parent;

		if (store_image(plan->input.store, &up, &parent,
				&ignored) <= 0)
			return 0;
		if (digest_equal(&up, other->own))
			return 0;
		if (i == 0)
			other->base = up;
		up = parent->parent;
		if (!digest_is_set(&up))
			break;
	}
	other->id = image->id;
	return 1;
}

int elsewhere_other_base(struct plan *plan, const struct step *step,
			 struct digest *base, struct digest *id,
			 struct err *err)
{
	struct other_base other = { .own = &plan->base };
	int rc;

	if (!plan->base_known || !digest_is_set(&plan->base) ||
	    !digest_equal(&step->parent, &plan->base))
		return 0;
	rc = each_like(plan, step, visit_base, &other, err);
	if (rc <= 0)
		return rc;
	*base = other.base;
	*id = other.id;
	return 1;
}

struct newest {
	struct digest id;
	struct moment created;
};

static int visit_newest(void *arg, struct plan *plan,
			const struct indexed_image *image)
{
	struct newest *newest = arg;

	(void)plan;
	if (!digest_is_set(&newest->id) ||
	    gofmt_time_compare(image->created, newest->created) > 0) {
		newest->id = image->id;
		newest->created = image->created;
	}
	return 0;
}

static void find_similar(struct plan *plan, const struct step *step,
			 struct newest *newest)
{
	AUTO_FREE char *prefix = similar_prefix(step);
	size_t first, count;

	if (!prefix || !plan->index)
		return;
	count = image_index_range(plan->index, prefix, &first);
	for (size_t i = first; i < first + count; i++)
		if (similar_step(step, plan->index->items[i].created_by))
			visit_newest(newest, plan, &plan->index->items[i]);
}

bool elsewhere_like(struct plan *plan, const struct step *step,
		    struct digest *out)
{
	struct newest newest = { .id = { "" } };
	struct err ignored = ERR_INIT;

	if (each_like(plan, step, visit_newest, &newest, &ignored) < 0)
		return false;
	if (!digest_is_set(&newest.id))
		find_similar(plan, step, &newest);
	if (!digest_is_set(&newest.id))
		return false;
	*out = newest.id;
	return true;
}

/* ---- cost ---- */

/* Size of the layer that the last step of the image made. */
static int64_t layer_size(struct plan *plan, const struct digest *image)
{
	struct err ignored = ERR_INIT;
	const struct image_config *config = plan_config(plan, image, &ignored);
	const struct layer **layers;
	size_t count;
	int64_t size = -1;

	if (!config || !config->history_count)
		return -1;
	if (config->history[config->history_count - 1].empty_layer)
		return 0;
	if (store_layers_of(plan->input.store, config, &layers, &count,
			    &ignored) < 0)
		return -1;
	if (count)
		size = (int64_t)layers[count - 1]->size;
	free(layers);
	return size;
}

void elsewhere_cost(struct plan *plan, struct step *step,
		    const struct digest *image)
{
	AUTO(step_record_release) struct step_record record = { 0 };
	int dir = store_private_fd(plan->input.store);
	struct err ignored = ERR_INIT;

	if (step_record_read(dir, image, &record, &ignored) > 0) {
		step->past_ms = record.ms;
		step->size = record.layer_size;
	}
	if (step->size < 0)
		step->size = layer_size(plan, image);
}

/* Keeps the newest max of them in order. */
static size_t keep_newest(struct newest *list, size_t count, size_t max,
			  const struct indexed_image *image)
{
	size_t at = count;

	while (at > 0 &&
	       gofmt_time_compare(image->created, list[at - 1].created) > 0)
		at--;
	if (at == max)
		return count;
	if (count < max)
		count++;
	memmove(&list[at + 1], &list[at], (count - at - 1) * sizeof(*list));
	list[at] = (struct newest){ image->id, image->created };
	return count;
}

size_t elsewhere_same_shape(struct plan *plan, const struct step *step,
			    struct digest *out, size_t max)
{
	struct err ignored = ERR_INIT;
	const struct image_index *index = get_index(plan, &ignored);
	AUTO_FREE struct newest *list = mem_array(max, sizeof(*list));
	AUTO_FREE char *prefix = shape_prefix(step);
	size_t first, many, count = 0;

	if (!index)
		return 0;
	many = image_index_range(index, prefix, &first);
	for (size_t i = first; i < first + many; i++)
		if (copying_same_shape_text(step, index->items[i].created_by))
			count = keep_newest(list, count, max,
					    &index->items[i]);
	for (size_t i = 0; i < count; i++)
		out[i] = list[i].id;
	return count;
}
