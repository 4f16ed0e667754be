/* Knows what of a context is sent, what is not, and who reads it. */
#include "plan/lens_tree.h"

#include <stdlib.h>
#include <string.h>

#include "context/ignore.h"

const char *lens_move_name(enum lens_move move)
{
	static const char *const names[] = {
		[LENS_STAYS] = "stays", [LENS_COMES] = "comes",
		[LENS_GOES] = "goes",
	};

	return names[move];
}

const char *lens_state_name(enum lens_state state)
{
	static const char *const names[] = {
		[LENS_IN] = "in", [LENS_HIDDEN] = "hidden",
		[LENS_IMPLIED] = "implied", [LENS_OUT] = "out",
		[LENS_GONE] = "gone",
	};

	return names[state];
}

/* ---- the tree ---- */

struct lens_node *lens_find(const struct lens_maker *maker, const char *path)
{
	struct lens_entry *entry;

	HASH_FIND_STR(maker->by_path, path, entry);
	return entry ? &entry->node : NULL;
}

static struct lens_node *add(struct lens_maker *maker, const char *path,
			     struct lens_node *parent)
{
	struct arena *arena = maker->lens->arena;
	struct lens_entry *entry = arena_alloc(arena, sizeof(*entry));
	struct lens_node *node = &entry->node;
	const char *slash;

	node->path = arena_strdup(arena, path);
	slash = strrchr(node->path, '/');
	node->name = slash ? slash + 1 : *path ? node->path : ".";
	node->state = LENS_GONE;
	node->parent = parent;
	if (parent)
		MEM_PUSH(parent->children, parent->child_count) = node;
	HASH_ADD_KEYPTR(hh, maker->by_path, node->path, strlen(node->path),
			entry);
	return node;
}

struct lens_node *lens_put(struct lens_maker *maker, const char *path)
{
	struct lens_node *node = lens_find(maker, path), *parent;
	AUTO_FREE char *prefix = mem_strdup(path);
	char *slash = prefix;

	if (node)
		return node;
	parent = maker->lens->root;
	while ((slash = strchr(slash, '/'))) {
		*slash = '\0';
		node = lens_find(maker, prefix);
		parent = node ? node : add(maker, prefix, parent);
		*slash++ = '/';
	}
	return add(maker, path, parent);
}

static enum lens_state state_of(const struct node *node)
{
	if (node->implied)
		return LENS_IMPLIED;
	return node->hidden ? LENS_HIDDEN : LENS_IN;
}

static void add_sent(struct lens_maker *maker, const struct node *from)
{
	const struct ignore *rules = context_ignore(maker->tree);
	struct lens_node *node = lens_put(maker, from->path);

	node->state = state_of(from);
	node->mode = from->mode;
	node->in.files = !S_ISDIR(from->mode);
	if (S_ISREG(from->mode) && !from->hardlink)
		node->in.bytes = (uint64_t)from->size;
	if (rules)
		lens_decide(maker, node, ignore_match(rules, from->path).line);
	lens_move(maker, node);
}

static void add_tree(struct lens_maker *maker)
{
	struct tree *tree = maker->tree;
	const struct context_ignored *left;
	const struct node *sent;
	size_t count;

	for (size_t i = 0; (sent = context_entry(tree, i)); i++)
		add_sent(maker, sent);
	left = context_ignored(tree, &count);
	for (size_t i = 0; i < count; i++) {
		struct lens_node *node = lens_put(maker, left[i].path);

		node->state = LENS_OUT;
		node->mode = left[i].mode;
		node->out.files = left[i].files;
		node->out.bytes = left[i].bytes;
		lens_decide(maker, node, left[i].line);
		lens_move(maker, node);
	}
}

/* ---- who reads it ---- */

static void note_step(int **list, size_t *count, int n)
{
	if (!*count || (*list)[*count - 1] != n)
		MEM_PUSH(*list, *count) = n;
}

static void note_reader(struct lens_maker *maker, const struct step *step)
{
	for (size_t i = 0; i < step->sources.count; i++) {
		const struct source_item *item = &step->sources.items[i];
		struct lens_node *node = item->node ?
			lens_find(maker, item->node->path) : NULL;

		if (!node)
			continue;
		note_step(&node->reads, &node->read_count, step->n);
		while ((node = node->parent))
			note_step(&node->reads_inside, &node->inside_count,
				  step->n);
	}
}

static int add_steps(struct lens_maker *maker, struct err *err)
{
	struct lens *lens = maker->lens;
	size_t count;
	struct step *const *steps;

	if (!maker->plan)
		return 0;
	steps = plan_steps(maker->plan, &count);
	lens->whole = !count || steps[count - 1]->verdict != VERDICT_ERROR;
	for (size_t i = 0; i < count; i++) {
		struct lens_step step = { .step = steps[i] };

		if (!steps[i]->sources.count ||
		    steps[i]->source_tree != maker->tree)
			continue;
		note_reader(maker, steps[i]);
		if (lens_changes(maker, &step, err) < 0)
			return -1;
		MEM_PUSH(lens->steps, lens->step_count) = step;
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int *lens_readers(const struct lens_node *node, size_t *count)
{
	int *all = NULL;
	size_t kept = 0;

	*count = 0;
	for (const struct lens_node *at = node; at; at = at->parent)
		for (size_t i = 0; i < at->read_count; i++)
			MEM_PUSH(all, *count) = at->reads[i];
	if (*count > 1)
		qsort(all, *count, sizeof(*all), by_number);
	for (size_t i = 0; i < *count; i++)
		if (!i || all[i] != all[kept - 1])
			all[kept++] = all[i];
	*count = kept;
	return all;
}

/* ---- sums ---- */

static int by_name(const void *a, const void *b)
{
	const struct lens_node *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int by_size(const void *a, const void *b)
{
	const struct lens_node *const *x = a, *const *y = b;
	uint64_t left = (*x)->in.bytes + (*x)->out.bytes;
	uint64_t right = (*y)->in.bytes + (*y)->out.bytes;

	if (left != right)
		return left < right ? 1 : -1;
	return by_name(a, b);
}

/* Of two that hold as much, the one that holds the other. */
static bool is_bigger(const struct lens_node *a, const struct lens_node *b)
{
	if (a->in.bytes != b->in.bytes)
		return a->in.bytes > b->in.bytes;
	return strcmp(a->path, b->path) < 0;
}

static void offer_biggest(struct lens *lens, const struct lens_node *node)
{
	size_t at = lens->biggest_count;

	while (at > 0 && is_bigger(node, lens->biggest[at - 1]))
		at--;
	if (at == LENS_BIGGEST)
		return;
	if (lens->biggest_count < LENS_BIGGEST)
		lens->biggest_count++;
	memmove(&lens->biggest[at + 1], &lens->biggest[at],
		(lens->biggest_count - at - 1) * sizeof(node));
	lens->biggest[at] = node;
}

void lens_add_sum(struct lens_sum *to, const struct lens_sum *from)
{
	to->files += from->files;
	to->bytes += from->bytes;
}

static void sum(struct lens *lens, struct lens_node *node, bool read,
		enum lens_sort sort)
{
	read = read || node->read_count;
	node->changed = node->change != 0;
	if (!read && node->state == LENS_IN && !node->child_count)
		lens_add_sum(&lens->unread, &node->in);
	for (size_t i = 0; i < node->child_count; i++) {
		struct lens_node *child = node->children[i];

		sum(lens, child, read, sort);
		lens_add_sum(&node->in, &child->in);
		lens_add_sum(&node->out, &child->out);
		node->changed += child->changed;
	}
	if (node->child_count > 1)
		qsort(node->children, node->child_count,
		      sizeof(*node->children),
		      sort == LENS_BY_SIZE ? by_size : by_name);
	if (node->parent && S_ISDIR(node->mode) && node->in.files)
		offer_biggest(lens, node);
}

/* ---- all of it ---- */

void lens_maker_release(struct lens_maker *maker)
{
	HASH_CLEAR(hh, maker->by_path);
}

struct lens *lens_begin(struct lens_maker *maker)
{
	struct lens *lens = mem_alloc(sizeof(*lens));

	maker->lens = lens;
	lens->arena = arena_new();
	lens->root = add(maker, "", NULL);
	lens->root->state = LENS_IMPLIED;
	lens->root->mode = S_IFDIR | 0755;
	return lens;
}

static void add_before(struct lens_maker *maker)
{
	struct context_stats stats;

	context_get_stats(maker->workspace->context, &stats);
	maker->lens->imagined = true;
	maker->lens->before = (struct lens_sum){ stats.files + stats.links,
						 stats.bytes };
}

int lens_make(struct workspace *workspace, const struct imagined *imagined,
	      struct plan *plan, enum lens_sort sort, struct lens **out,
	      struct err *err)
{
	bool edited = imagined && imagined->ignoring;
	AUTO(lens_maker_release) struct lens_maker maker = {
		.workspace = workspace, .plan = plan,
		.tree = edited ? imagined->ignoring : workspace->context };
	AUTO(lens_free) struct lens *lens = lens_begin(&maker);

	lens->outside_file = workspace->input.outside_file;
	if (maker.tree) {
		lens_add_rules(&maker, edited ? &imagined->ignore : NULL);
		add_tree(&maker);
		context_get_stats(maker.tree, &lens->stats);
	}
	if (edited)
		add_before(&maker);
	if (add_steps(&maker, err) < 0)
		return -1;
	sum(lens, lens->root, false, sort);
	*out = STEAL(lens);
	return 0;
}

static void release_node(struct lens_node *node)
{
	for (size_t i = 0; i < node->child_count; i++)
		release_node(node->children[i]);
	free(node->children);
	free(node->reads);
	free(node->reads_inside);
}

void lens_free(struct lens *lens)
{
	if (!lens)
		return;
	if (lens->root)
		release_node(lens->root);
	free(lens->steps);
	arena_free(lens->arena);
	free(lens);
}
