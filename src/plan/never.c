/* Knows why some steps can never be served from the cache. */
#include "plan/never.h"

#include <string.h>

#include "base/utf8.h"
#include "context/context.h"
#include "plan/evidence.h"

static bool is_utf8(const char *text)
{
	return utf8_is_valid(text, strlen(text));
}

static bool list_is_utf8(const struct strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!is_utf8(list->items[i]))
			return false;
	return true;
}

static bool map_is_utf8(const struct map *map)
{
	for (size_t i = 0; i < map->count; i++)
		if (!is_utf8(map->items[i].key) ||
		    !is_utf8(map->items[i].value))
			return false;
	return true;
}

static bool config_is_utf8(const struct run_config *config)
{
	return list_is_utf8(&config->cmd) && list_is_utf8(&config->env) &&
	       list_is_utf8(&config->entrypoint) && is_utf8(config->user) &&
	       map_is_utf8(&config->labels) &&
	       map_is_utf8(&config->volumes) &&
	       map_is_utf8(&config->exposed_ports);
}

/*
 * What is stored went through a container, which takes over from the parent
 * what C lacks. If that changes a compared field, the two never meet.
 */
static int merged_differs(struct plan *plan, struct step *step, char **note,
			  struct err *err)
{
	AUTO(run_config_release) struct run_config stored = { 0 };
	const struct image_config *parent;
	size_t first = step->evidence_count;

	if (probe_parent_config(plan, step, &parent, err) < 0)
		return -1;
	if (!parent || !parent->has_config)
		return 0;
	run_config_init(&stored);
	run_config_copy(&stored, &step->probe);
	edit_merge(&stored, &parent->config);
	if (run_config_differs(&stored, &step->probe) == CONFIG_SAME)
		return 0;
	evidence_config(step, &stored, &step->probe, plan->input.show_args);
	*note = mem_printf(
		"the stored image takes `%s` from its parent, this step has "
		"another or none, so the two never match",
		step->evidence_count > first &&
		step->evidence[first].path ? step->evidence[first].path :
					     "a key");
	return 1;
}

/* The ignore file that docker sends with a Dockerfile from outside the
 * context holds a random name. */
static bool copies_random_ignore(const struct plan *plan,
				 const struct step *step)
{
	struct err ignored = ERR_INIT;
	const struct node *node;

	if (!plan->input.outside_file || !step->source_tree ||
	    tree_find(step->source_tree, IGNORE_NAME, &node, &ignored) <= 0)
		return false;
	for (size_t i = 0; i < step->sources.count; i++)
		if (!*step->sources.items[i].resolved ||
		    !strcmp(step->sources.items[i].resolved, IGNORE_NAME))
			return true;
	return false;
}

int never_hits(struct plan *plan, struct step *step, char **note,
	       struct err *err)
{
	enum instr_kind kind = step->instr->kind;

	if (!config_is_utf8(&step->probe)) {
		*note = mem_strdup("bytes that are not UTF-8 are stored as "
				   "U+FFFD and never match again");
		return 1;
	}
	if (copies_random_ignore(plan, step)) {
		*note = mem_strdup("with a Dockerfile from outside the "
				   "context, docker puts a random name into "
				   "the copied .dockerignore");
		return 1;
	}
	if (kind == INSTR_RUN || instr_copies(kind))
		return 0;
	return merged_differs(plan, step, note, err);
}
