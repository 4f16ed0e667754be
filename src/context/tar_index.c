/* Knows what stands where after a tar was unpacked, without unpacking it. */
#include "context/tar_index.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>

struct place {
	const char *path;
	struct entry *entry;
	UT_hash_handle hh;
};

struct named_sum {
	const char *path;
	struct digest sum;
	UT_hash_handle hh;
};

struct tar_index {
	struct place *places;
	struct named_sum *sums;
};

struct tar_index *tar_index_new(void)
{
	return mem_alloc(sizeof(struct tar_index));
}

/* The tables' elements lie in the context's arena. */
void tar_index_free(struct tar_index *index)
{
	if (!index)
		return;
	HASH_CLEAR(hh, index->places);
	HASH_CLEAR(hh, index->sums);
	free(index);
}

/* What a replaced directory held is gone with it. */
static bool is_alive(const struct entry *entry)
{
	for (; entry; entry = entry->node.parent ? entry_of(entry->node.parent)
						 : NULL)
		if (entry->dead)
			return false;
	return true;
}

static struct place *place_of(struct context *context, const char *path)
{
	struct place *place;

	HASH_FIND(hh, context->index->places, path, strlen(path), place);
	return place;
}

static struct entry *live_entry(struct context *context, const char *path)
{
	struct place *place;

	if (path[0] == '\0')
		return context->root;
	place = place_of(context, path);
	return place && is_alive(place->entry) ? place->entry : NULL;
}

int tar_index_find(struct context *context, const char *path,
		   const struct node **out)
{
	struct entry *entry = live_entry(context, path);

	if (!entry)
		return 0;
	*out = &entry->node;
	return 1;
}

static void set_place(struct context *context, struct entry *entry)
{
	struct place *place = place_of(context, entry->node.path);

	if (!place) {
		place = arena_alloc(context->arena, sizeof(*place));
		place->path = entry->node.path;
		HASH_ADD_KEYPTR(hh, context->index->places, place->path,
				strlen(place->path), place);
	}
	place->entry = entry;
}

static struct entry *add_implied(struct context *context, const char *path,
				 struct entry *parent)
{
	struct entry *entry = entry_new(
		context->arena, arena_strdup(context->arena, path));

	entry->node.implied = true;
	entry->node.mode = S_IFDIR | 0755;
	entry->node.mtime = context->walk_start;
	entry->node.parent = &parent->node;
	entry->capability = 0;
	set_place(context, entry);
	return entry;
}

/* path is resolved: no part of it is a link. */
static int make_directory(struct context *context, const char *path,
			  struct entry **out, struct err *err)
{
	AUTO_FREE char *copy = mem_strdup(path);
	struct entry *parent = context->root;

	for (char *at = copy; *at;) {
		char *end = at + strcspn(at, "/"), kept = *end;
		struct entry *entry;

		*end = '\0';
		entry = live_entry(context, copy);
		if (entry && !S_ISDIR(entry->node.mode))
			return err_set(err, ERR_INPUT,
				       "Error processing tar file(exit status "
				       "1): mkdir /%s: not a directory", copy);
		parent = entry ? entry : add_implied(context, copy, parent);
		*end = kept;
		at = end + (kept != '\0');
	}
	*out = parent;
	return 0;
}

static int find_parent(struct context *context, const char *path,
		       struct entry **out, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *above =
		mem_strndup(path, slash ? (size_t)(slash - path) : 0);
	AUTO_FREE char *resolved = NULL;
	const struct node *node = NULL;

	if (tree_resolve(&context->tree, above, true, &resolved, &node, err) <
	    0)
		return -1;
	return make_directory(context, resolved, out, err);
}

/* No file system takes it either; and no walk goes deeper than that. */
static int too_long(const char *path, struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "Error processing tar file(exit status 1): open /%.80s"
		       "...: file name too long", path);
}

int tar_index_put(struct context *context, const char *path,
		  const struct entry *entry, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *landed = NULL;
	struct entry *parent = NULL, *old, *new;
	struct node fresh = entry->node;

	if (strlen(path) >= PATH_MAX)
		return too_long(path, err);
	if (find_parent(context, path, &parent, err) < 0)
		return -1;
	if (strlen(parent->node.path) + strlen(path) >= PATH_MAX)
		return too_long(path, err);
	landed = mem_printf("%s%s%s", parent->node.path,
			    parent->node.path[0] ? "/" : "",
			    slash ? slash + 1 : path);
	old = live_entry(context, landed);
	if (old && S_ISDIR(old->node.mode) && S_ISDIR(fresh.mode)) {
		old->node.mode = fresh.mode;
		old->node.mtime = fresh.mtime;
		old->node.implied = false;
		return 0;
	}
	if (old)
		old->dead = true;
	new = entry_new(context->arena,
			arena_strdup(context->arena, landed));
	fresh.path = new->node.path;
	fresh.name = new->node.name;
	fresh.parent = &parent->node;
	*new = *entry;
	new->node = fresh;
	set_place(context, new);
	return 0;
}

void tar_index_sum(struct context *context, const char *path,
		   const struct digest *sum)
{
	struct named_sum *named;

	HASH_FIND(hh, context->index->sums, path, strlen(path), named);
	if (named)
		return;
	named = arena_alloc(context->arena, sizeof(*named));
	named->path = arena_strdup(context->arena, path);
	named->sum = *sum;
	HASH_ADD_KEYPTR(hh, context->index->sums, named->path,
			strlen(named->path), named);
}

static int by_name(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void add_child(struct entry *entry)
{
	struct entry *parent = entry_of(entry->node.parent);

	parent->node.children[parent->node.child_count++] = &entry->node;
}

static void make_room(struct context *context, struct entry *entry)
{
	if (entry->node.child_count)
		entry->node.children =
			arena_alloc(context->arena,
				    entry->node.child_count *
					    sizeof(*entry->node.children));
	entry->node.child_count = 0;
	entry->node.listed = true;
}

static void give_sum(struct context *context, struct entry *entry)
{
	struct named_sum *named;

	HASH_FIND(hh, context->index->sums, entry->node.path,
		  strlen(entry->node.path), named);
	if (named)
		entry->node.sum = named->sum;
}

void tar_index_finish(struct context *context)
{
	struct place *place, *next;

	/* Children are counted, then there is room, then they are put in. */
	HASH_ITER(hh, context->index->places, place, next) {
		if (is_alive(place->entry))
			entry_of(place->entry->node.parent)
				->node.child_count++;
	}
	make_room(context, context->root);
	HASH_ITER(hh, context->index->places, place, next) {
		if (is_alive(place->entry))
			make_room(context, place->entry);
	}
	HASH_ITER(hh, context->index->places, place, next) {
		if (!is_alive(place->entry))
			continue;
		add_child(place->entry);
		give_sum(context, place->entry);
	}
	qsort(context->root->node.children, context->root->node.child_count,
	      sizeof(struct node *), by_name);
	HASH_ITER(hh, context->index->places, place, next) {
		struct node *node = &place->entry->node;

		if (is_alive(place->entry) && node->child_count > 1)
			qsort(node->children, node->child_count,
			      sizeof(struct node *), by_name);
	}
}
