/* Knows how images and steps to be built lie in a tree of rows. */
#include "view/views.h"

#include <ctype.h>
#include <string.h>
#include <uthash.h>

#define DEPTH_MAX 64   /* branchings that are indented */

/* A step without an image, and where it hangs. */
struct ghost {
	const struct step *step;
	int image;         /* index of its parent image, or -1 */
	int ghost;         /* its parent ghost, or -1 */
	int kid, sibling;  /* first child and next of its parent, or -1 */
};

struct stage_name {
	char *name; /* lower-case */
	int stage;
	UT_hash_handle hh;
};

struct work {
	struct store *store;
	struct image *const *images;
	size_t count;
	const struct tree_view *view;
	const struct lineage *lineage;
	bool *keep, *match;       /* [image] with a filter, else NULL */
	const struct step **lit;  /* [image] the step that it stands for */
	int *kid;                 /* [image] first ghost child, or -1 */
	struct ghost *ghosts;
	size_t ghost_count;
	int root_ghost;           /* first ghost without a parent */
	int *stage_end_image, *stage_end_ghost; /* [stage] */
	size_t stage_count;
	struct stage_name *names;
	struct tree_list *out;
};

static int image_index(const struct work *work, const struct digest *id)
{
	size_t index = lineage_index(work->images, work->count, id);

	return index == LINEAGE_NONE ? -1 : (int)index;
}

static const struct digest *step_image(const struct tree_view *view,
				       const struct step *step)
{
	size_t n = (size_t)step->n;

	/* Triggers share their FROM's number: only the plan knows theirs. */
	if (!digest_is_set(&step->image) && !step->trigger && view->built &&
	    n < view->built_count)
		return &view->built[n];
	return &step->image;
}

/* ---- where the steps to be built hang ---- */

static size_t lower(char *name)
{
	size_t len = 0;

	for (; name[len]; len++)
		name[len] = (char)tolower((unsigned char)name[len]);
	return len;
}

static bool is_from(const struct step *step, const char **name)
{
	if (!step_is_from(step))
		return false;
	*name = step->text + 5;
	while (**name == ' ' || strncmp(*name, "--", 2) == 0) {
		*name += strcspn(*name, " ");
		*name += strspn(*name, " ");
		if (!**name)
			break;
	}
	return true;
}

/* "… AS build": later FROMs may name the stage. */
static void name_stage(struct work *work, const struct step *step,
		       const char *from)
{
	const char *as = from + strcspn(from, " \t");
	AUTO_FREE char *name = NULL;
	struct stage_name *entry;
	size_t len;

	as += strspn(as, " \t");
	if (strncasecmp(as, "as ", 3) != 0)
		return;
	as += 3 + strspn(as + 3, " \t");
	name = mem_strndup(as, strcspn(as, " \t"));
	len = lower(name);
	HASH_FIND(hh, work->names, name, len, entry);
	if (!entry) {
		entry = mem_alloc(sizeof(*entry));
		entry->name = STEAL(name);
		HASH_ADD_KEYPTR(hh, work->names, entry->name, len, entry);
	}
	entry->stage = step->stage;
}

static int stage_named(const struct work *work, const char *from)
{
	AUTO_FREE char *name = mem_strndup(from, strcspn(from, " \t"));
	size_t len = lower(name);
	struct stage_name *entry;

	HASH_FIND(hh, work->names, name, len, entry);
	return entry ? entry->stage : -1;
}

static void add_ghost(struct work *work, const struct step *step, int image,
		      int parent)
{
	int at = (int)work->ghost_count, *list;
	struct ghost *ghost = &MEM_PUSH(work->ghosts, work->ghost_count);

	*ghost = (struct ghost){ step, image, parent, -1, -1 };
	list = parent >= 0 ? &work->ghosts[parent].kid :
	       image >= 0  ? &work->kid[image] :
			     &work->root_ghost;
	while (*list >= 0) /* few: one for each stage that hangs here */
		list = &work->ghosts[*list].sibling;
	*list = at;
}

/* One step: lit if its image is there, else a ghost where its stage ends. */
static void place_step(struct work *work, const struct step *step)
{
	int stage = step->stage, image, *end_image, *end_ghost, named;
	const char *name;

	if (stage < 0 || (size_t)stage >= work->stage_count)
		return;
	end_image = &work->stage_end_image[stage];
	end_ghost = &work->stage_end_ghost[stage];
	image = image_index(work, step_image(work->view, step));
	if (image >= 0) {
		/* The last step that names an image is what made it. */
		if (!work->lit[image] || !is_from(step, &name))
			work->lit[image] = step;
		*end_image = image;
		*end_ghost = -1;
		return;
	}
	if (step->verdict == VERDICT_NONE)
		return;
	if (is_from(step, &name)) {
		if (strncmp(name, "scratch", 7) == 0)
			return;
		named = stage_named(work, name);
		if (named >= 0 && named < stage) {
			*end_image = work->stage_end_image[named];
			*end_ghost = work->stage_end_ghost[named];
			return;
		}
	}
	add_ghost(work, step, *end_ghost >= 0 ? -1 : *end_image, *end_ghost);
	*end_ghost = (int)work->ghost_count - 1;
}

static void place_steps(struct work *work)
{
	const struct plan *plan = work->view->plan;
	struct step *const *steps;
	size_t count;

	if (!plan)
		return;
	steps = plan_steps(plan, &count);
	for (size_t i = 0; i < count; i++)
		if (steps[i]->stage >= 0 &&
		    (size_t)steps[i]->stage >= work->stage_count)
			work->stage_count = (size_t)steps[i]->stage + 1;
	if (work->stage_count > count)
		work->stage_count = count;
	work->stage_end_image = mem_array(work->stage_count, sizeof(int));
	work->stage_end_ghost = mem_array(work->stage_count, sizeof(int));
	for (size_t i = 0; i < work->stage_count; i++)
		work->stage_end_image[i] = work->stage_end_ghost[i] = -1;
	for (size_t i = 0; i < count; i++) {
		const char *from;

		place_step(work, steps[i]);
		if (steps[i]->stage >= 0 && is_from(steps[i], &from))
			name_stage(work, steps[i], from);
	}
}

/* ---- the walk ---- */

struct entry {
	size_t index;              /* of the image, or LINEAGE_NONE */
	int ghost;
	const char *lines, *under; /* before its row; before its children */
	int depth;
};

struct stack {
	struct entry *items;
	size_t count;
};

struct kids {
	struct entry *items;
	size_t count;
};

/* Oldest first. */
static int order_of_creation(const struct image *x, const struct image *y)
{
	const struct moment *s = &x->config.created, *t = &y->config.created;

	if (s->sec != t->sec)
		return s->sec < t->sec ? -1 : 1;
	if (s->nsec != t->nsec)
		return s->nsec < t->nsec ? -1 : 1;
	return strcmp(x->id.text, y->id.text);
}

static int by_creation(const void *a, const void *b, void *arg)
{
	const struct work *work = arg;

	return order_of_creation(
		work->images[((const struct entry *)a)->index],
		work->images[((const struct entry *)b)->index]);
}

static bool shows(const struct work *work, size_t index)
{
	return !work->keep || work->keep[index];
}

static void add_images(struct work *work, size_t first, struct kids *kids)
{
	for (size_t i = first; i != LINEAGE_NONE;
	     i = work->lineage->images[i].next)
		if (shows(work, i))
			MEM_PUSH(kids->items, kids->count) =
				(struct entry){ .index = i, .ghost = -1 };
	if (kids->count > 1)
		qsort_r(kids->items, kids->count, sizeof(*kids->items),
			by_creation, work);
}

static void add_ghosts(struct work *work, int ghost, struct kids *kids)
{
	for (; ghost >= 0; ghost = work->ghosts[ghost].sibling)
		MEM_PUSH(kids->items, kids->count) =
			(struct entry){ .index = LINEAGE_NONE,
					.ghost = ghost };
}

static bool is_derived(const struct work *work, const struct entry *entry)
{
	return entry->index != LINEAGE_NONE &&
	       work->lineage->images[entry->index].by_layers;
}

/* A chain goes straight down; only where it parts, or at a root, is there
 * a branch, so that a long chain stays in its column. */
static void push_kids(struct work *work, const struct entry *at,
		      struct kids *kids, struct stack *stack)
{
	const struct glyphs *g = glyphs_get(work->view->ascii);
	bool branch = kids->count > 1 || at->depth == 0;

	/* What only the layers tell is never passed off as a recorded link. */
	for (size_t i = 0; i < kids->count; i++)
		branch = branch || is_derived(work, &kids->items[i]);
	for (size_t i = kids->count; i-- > 0;) {
		struct entry *kid = &kids->items[i];
		bool last = i + 1 == kids->count;
		bool derived = is_derived(work, kid);
		struct arena *arena = work->out->arena;

		kid->depth = at->depth + (branch ? 1 : 0);
		kid->lines = kid->under = at->under;
		if (branch && kid->depth <= DEPTH_MAX) {
			AUTO_FREE char *lines = mem_printf(
				"%s%s", at->under,
				derived ? last ? g->last_derived
					       : g->branch_derived
					: last ? g->last : g->branch);
			AUTO_FREE char *under = mem_printf(
				"%s%s", at->under, last ? g->blank : g->bar);

			kid->lines = arena_strdup(arena, lines);
			kid->under = arena_strdup(arena, under);
		}
		MEM_PUSH(stack->items, stack->count) = *kid;
	}
}

static bool is_folded(const struct work *work, const struct image *image)
{
	return work->view->folded && !work->keep &&
	       work->view->folded(work->view->folded_arg, &image->id);
}

static void visit(struct work *work, const struct entry *at,
		  struct stack *stack)
{
	struct tree_node *node =
		&MEM_PUSH(work->out->nodes, work->out->count);
	struct kids kids = { 0 };

	node->lines = at->lines;
	if (at->index != LINEAGE_NONE) {
		size_t index = at->index;
		const struct lineage_image *place =
			&work->lineage->images[index];

		node->image = work->images[index];
		node->index = index;
		node->by_layers = place->by_layers;
		node->step = work->lit[index];
		node->lit = node->step != NULL;
		node->leads = work->match && !work->match[index];
		if (place->below && is_folded(work, node->image)) {
			node->below = place->below;
		} else {
			add_images(work, place->kid, &kids);
			add_ghosts(work, work->kid[index], &kids);
		}
	} else {
		node->step = work->ghosts[at->ghost].step;
		add_ghosts(work, work->ghosts[at->ghost].kid, &kids);
	}
	push_kids(work, at, &kids, stack);
	free(kids.items);
}

/* Those without a name come last, newest first. */
static int order_of_names(const struct image *x, const struct image *y)
{
	const struct strv *s = &x->tags, *t = &y->tags;

	if (!s->count != !t->count)
		return s->count ? -1 : 1;
	return s->count ? strcmp(s->items[0], t->items[0]) :
			  order_of_creation(y, x);
}

static int by_tag(const void *a, const void *b, void *arg)
{
	const struct work *work = arg;

	return order_of_names(work->images[((const struct entry *)a)->index],
			      work->images[((const struct entry *)b)->index]);
}

static void walk(struct work *work)
{
	struct stack stack = { 0 };
	struct kids roots = { 0 };

	for (size_t i = 0; i < work->count; i++)
		if (work->lineage->images[i].parent == LINEAGE_NONE &&
		    shows(work, i))
			MEM_PUSH(roots.items, roots.count) = (struct entry){
				.index = i, .ghost = -1 };
	if (roots.count > 1)
		qsort_r(roots.items, roots.count, sizeof(*roots.items),
			by_tag, work);
	add_ghosts(work, work->root_ghost, &roots);
	for (size_t i = roots.count; i-- > 0;) {
		roots.items[i].lines = roots.items[i].under = "";
		MEM_PUSH(stack.items, stack.count) = roots.items[i];
	}
	while (stack.count) {
		struct entry at = stack.items[--stack.count];

		visit(work, &at, &stack);
	}
	free(stack.items);
	free(roots.items);
}

/* ---- a flat list ---- */

static int by_sort(const void *a, const void *b, void *arg)
{
	const struct image *x = ((const struct tree_node *)a)->image;
	const struct image *y = ((const struct tree_node *)b)->image;
	const struct work *work = arg;

	if (work->view->sort == TREE_SORT_CREATED)
		return order_of_creation(y, x);
	if (work->view->sort == TREE_SORT_SIZE && x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return order_of_names(x, y);
}

static void flatten(struct work *work)
{
	struct tree_list *out = work->out;
	struct err err = ERR_INIT; /* what has no size comes last */
	uint64_t size;

	for (size_t i = 0; i < work->count; i++) {
		if (work->match && !work->match[i])
			continue;
		if (work->store)
			store_image_size(work->store, work->images[i], &size,
					 &err);
		MEM_PUSH(out->nodes, out->count) = (struct tree_node){
			.image = work->images[i], .index = i, .lines = "",
			.step = work->lit[i], .lit = work->lit[i] != NULL,
			.by_layers = work->lineage->images[i].by_layers };
	}
	if (out->count > 1)
		qsort_r(out->nodes, out->count, sizeof(*out->nodes), by_sort,
			work);
}

/* ---- the filter ---- */

static void sift(struct work *work)
{
	const struct lineage *lineage = work->lineage;
	const char *filter = work->view->filter;

	if (!filter || !*filter)
		return;
	work->match = mem_array(work->count, sizeof(*work->match));
	work->keep = mem_array(work->count, sizeof(*work->keep));
	for (size_t i = 0; i < work->count; i++) {
		struct tree_node node = { .image = work->images[i],
					  .index = i, .step = work->lit[i],
					  .lit = work->lit[i] != NULL };

		work->match[i] = tree_matches(work->store, work->view, &node);
		work->out->matches += work->match[i];
		for (size_t up = work->match[i] ? i : LINEAGE_NONE;
		     up != LINEAGE_NONE && !work->keep[up];
		     up = lineage->images[up].parent)
			work->keep[up] = true;
	}
	/* Steps to be built stay, and what they hang on. */
	for (size_t i = 0; i < work->count; i++)
		for (size_t up = work->kid[i] >= 0 ? i : LINEAGE_NONE;
		     up != LINEAGE_NONE && !work->keep[up];
		     up = lineage->images[up].parent)
			work->keep[up] = true;
}

static void find_lineage(struct work *work)
{
	struct err err = ERR_INIT; /* what is damaged stands alone */

	work->lineage = work->view->lineage;
	if (!work->lineage) {
		for (size_t i = 0; work->store && i < work->count; i++)
			store_config(work->store, work->images[i], &err);
		lineage_make(work->images, work->count, &work->out->own);
		work->lineage = &work->out->own;
	}
	work->out->lineage = work->lineage;
}

void tree_list_make(struct store *store, struct image *const *images,
		    size_t count, const struct tree_view *view,
		    struct tree_list *out)
{
	struct work work = { .store = store, .images = images, .count = count,
			     .view = view, .root_ghost = -1, .out = out };
	struct stage_name *name, *next;

	*out = (struct tree_list){ .arena = arena_new(), .images = images };
	work.lit = mem_array(count, sizeof(*work.lit));
	work.kid = mem_array(count, sizeof(*work.kid));
	for (size_t i = 0; i < count; i++)
		work.kid[i] = -1;
	place_steps(&work);
	find_lineage(&work);
	sift(&work);
	if (view->sort == TREE_SORT_TREE)
		walk(&work);
	else
		flatten(&work);
	free(work.keep);
	free(work.match);
	free(work.lit);
	free(work.kid);
	free(work.ghosts);
	HASH_ITER(hh, work.names, name, next) {
		HASH_DEL(work.names, name);
		free(name->name);
		free(name);
	}
	free(work.stage_end_image);
	free(work.stage_end_ghost);
}

void tree_list_release(struct tree_list *list)
{
	free(list->nodes);
	arena_free(list->arena);
	lineage_release(&list->own);
	*list = (struct tree_list){ 0 };
}
