/* Knows which child of a parent is the nearest to a step that missed. */
#include "plan/nearest.h"

#include <string.h>

#include "plan/journal.h"
#include "spec/gofmt.h"

#define CHILDREN_MAX 500 /* compared word by word */

void children_release(struct children *children)
{
	for (size_t i = 0; i < children->count; i++)
		command_release(&children->items[i].command);
	free(children->items);
	*children = (struct children){ NULL, 0 };
}

static int compare(const void *a, const void *b)
{
	const struct child *left = a, *right = b;

	if (left->same_verb != right->same_verb)
		return left->same_verb ? -1 : 1;
	if (left->distance != right->distance)
		return left->distance < right->distance ? -1 : 1;
	return gofmt_time_compare(right->created, left->created);
}

/* On scratch everything without a parent is a candidate; only what is one
 * step long was built there. */
static bool is_child(const struct step *step,
		     const struct image_config *config)
{
	if (!config || !config->container_config.cmd.count)
		return false;
	return digest_is_set(&step->parent) || config->history_count == 1;
}

int children_find(struct plan *plan, const struct step *step,
		  const struct command *now, struct children *out,
		  struct err *err)
{
	struct image *const *list;
	size_t count;

	if (probe_candidates(plan, &step->parent, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct err ignored = ERR_INIT;
		const struct image_config *config =
			store_config(plan->input.store, list[i], &ignored);
		struct child *child;

		if (!is_child(step, config))
			continue;
		child = &MEM_PUSH(out->items, out->count);
		*child = (struct child){ .image = list[i],
					 .created = config->created };
		command_parse(&config->container_config.cmd, &child->command);
		child->field = run_config_differs(&config->container_config,
						  &step->probe);
		child->same_verb = !strcmp(child->command.verb, now->verb);
		if (out->count <= CHILDREN_MAX)
			child->distance =
				command_distance(&child->command, now);
		else
			child->distance = SIZE_MAX;
	}
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare);
	return 0;
}

const struct image_config *child_config(struct plan *plan,
					const struct child *child)
{
	struct err ignored = ERR_INIT;

	return store_config(plan->input.store, child->image, &ignored);
}

int child_names(struct plan *plan, const struct child *child,
		const struct source_set *set)
{
	AUTO(journal_release) struct journal old = { 0 };
	int dir = store_private_fd(plan->input.store);
	struct err ignored = ERR_INIT;

	if (journal_read(dir, &child->image->id, &old, &ignored) <= 0)
		return -1;
	for (size_t i = 0; i < set->count; i++)
		if (*set->items[i].resolved &&
		    !journal_find(&old, set->items[i].resolved))
			return 0;
	return 1;
}
