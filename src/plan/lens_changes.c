/* Knows what the files of a COPY or ADD were when it was last built. */
#include <string.h>

#include "plan/elsewhere.h"
#include "plan/journal.h"
#include "plan/lens_tree.h"

#define JOURNALS_MAX 16 /* images whose journals are read for a step */

/* Other COPYs may have the same destination: the old files are those of the
 * newest image whose list of names is mostly the same. */
static bool is_same_copy(const struct journal *old, const struct journal *now)
{
	size_t common = 0, all;

	for (size_t i = 0; i < now->count; i++)
		common += journal_find(old, now->entries[i].path) != NULL;
	all = old->count + now->count - common;
	return common * 2 >= all;
}

static void mark(struct lens_maker *maker, const char *path, char change)
{
	struct lens_node *node = change == '-' ? lens_put(maker, path) :
						 lens_find(maker, path);

	if (node && !node->change)
		node->change = change;
}

static void compare(struct lens_maker *maker, const struct journal *old,
		    const struct journal *now)
{
	size_t i = 0, j = 0;

	while (i < old->count || j < now->count) {
		const struct journal_entry *left = &old->entries[i];
		const struct journal_entry *right = &now->entries[j];
		int order = i == old->count ? 1 : j == now->count ? -1 :
			    strcmp(left->path, right->path);

		i += order <= 0;
		j += order >= 0;
		if (order < 0)
			mark(maker, left->path, '-');
		else if (order > 0)
			mark(maker, right->path, '+');
		else if (strcmp(left->sum, right->sum))
			mark(maker, right->path, '~');
	}
}

/* The files as they are now. The step keeps its own key as it is. */
static int read_now(const struct step *step, struct journal *out,
		    struct err *err)
{
	AUTO(source_set_release) struct source_set set = { 0 };
	const char *verb = instr_name(step->instr->kind);

	if (source_find(step->source_tree, verb, &step->words, &set, err) < 0 ||
	    source_make_key(step->source_tree, &set, err) < 0)
		return -1;
	return journal_make(step->source_tree, &set, out, err);
}

int lens_changes(struct lens_maker *maker, struct lens_step *step,
		 struct err *err)
{
	int dir = store_private_fd(maker->workspace->store);
	AUTO(journal_release) struct journal now = { NULL, 0 };
	struct digest images[JOURNALS_MAX];
	size_t count;

	/* A hit has the same sums, whatever else may differ. */
	if (step->step->verdict == VERDICT_HIT) {
		step->compared = step->step->image;
		return 0;
	}
	count = elsewhere_same_shape(maker->plan, step->step, images,
				     JOURNALS_MAX);
	if (dir < 0 || !count)
		return 0;
	if (read_now(step->step, &now, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		AUTO(journal_release) struct journal old = { NULL, 0 };
		struct err ignored = ERR_INIT;

		if (journal_read(dir, &images[i], &old, &ignored) <= 0 ||
		    !is_same_copy(&old, &now))
			continue;
		compare(maker, &old, &now);
		step->compared = images[i];
		return 0;
	}
	return 0;
}
