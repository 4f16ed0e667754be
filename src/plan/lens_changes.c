/* Knows what the files of a COPY or ADD were when it was last built. */
#include <stdint.h>
#include <string.h>

#include "plan/elsewhere.h"
#include "plan/evidence.h"
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

/* Whether most names are in both: another COPY may have the same shape. */
static bool is_same_layer(const struct step *told, const struct journal *now)
{
	size_t added = 0, removed = 0;

	for (size_t i = 0; i < told->evidence_count; i++) {
		added += told->evidence[i].op == '+';
		removed += told->evidence[i].op == '-';
	}
	return (added + removed) * 2 <= now->count + removed;
}

/* What the layer of an image that another builder made tells. */
static bool compare_layer(struct lens_maker *maker, const struct step *step,
			  const struct digest *image,
			  const struct journal *now)
{
	struct step told = *step; /* with evidence of its own */
	bool same;

	told.evidence = NULL;
	told.evidence_count = 0;
	same = evidence_layer(maker->plan, &told, image, SIZE_MAX) &&
	       is_same_layer(&told, now);
	for (size_t i = 0; i < told.evidence_count; i++)
		if (same && told.evidence[i].kind == EVIDENCE_FILE)
			mark(maker, told.evidence[i].path,
			     told.evidence[i].op);
	step_drop_evidence(&told);
	return same;
}

int lens_changes(struct lens_maker *maker, struct lens_step *step,
		 struct err *err)
{
	int dir = store_private_fd(maker->workspace->store);
	AUTO(journal_release) struct journal now = { 0 };
	struct digest images[JOURNALS_MAX];
	size_t count;

	/* A hit has the same sums, whatever else may differ. */
	if (step->step->verdict == VERDICT_HIT) {
		step->compared = step->step->image;
		return 0;
	}
	count = elsewhere_same_shape(maker->plan, step->step, images,
				     JOURNALS_MAX);
	if (!count)
		return 0;
	if (read_now(step->step, &now, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		AUTO(journal_release) struct journal old = { 0 };
		struct err ignored = ERR_INIT;

		if (dir >= 0 &&
		    journal_read(dir, &images[i], &old, &ignored) > 0) {
			if (!is_same_copy(&old, &now))
				continue;
			compare(maker, &old, &now);
		} else if (!compare_layer(maker, step->step, &images[i],
					  &now)) {
			continue;
		}
		step->compared = images[i];
		return 0;
	}
	return 0;
}
