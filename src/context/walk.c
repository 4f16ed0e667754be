/* Knows in which order the client sends entries, and which go together. */
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>

#include "context/entry.h"

struct entry *entry_new(struct arena *arena, const char *path)
{
	struct entry *entry = arena_alloc(arena, sizeof(*entry));
	const char *slash = strrchr(path, '/');

	entry->node.path = path;
	entry->node.name = slash ? slash + 1 : path;
	entry->capability = CAPABILITY_UNKNOWN;
	return entry;
}

int path_order(const char *a, size_t a_len, const char *b)
{
	for (size_t i = 0;; i++) {
		int x = i < a_len ? (unsigned char)a[i] : -1;
		int y = b[i] ? (unsigned char)b[i] : -1;

		if (x == y && x < 0)
			return 0;
		if (x == y)
			continue;
		return (x == '/' ? 0 : x) - (y == '/' ? 0 : y);
	}
}

/* The first entry of each inode that has more than one name. The client
 * looks at the inode's number alone, not at the device. */
struct first {
	ino_t ino;
	const struct node *node;
	UT_hash_handle hh;
};

static void find_hard_link(struct first **firsts, struct entry *entry)
{
	struct first *first;

	HASH_FIND(hh, *firsts, &entry->node.ino, sizeof(ino_t), first);
	if (first) {
		entry->node.hardlink = first->node;
		return;
	}
	first = mem_alloc(sizeof(*first));
	first->ino = entry->node.ino;
	first->node = &entry->node;
	HASH_ADD(hh, *firsts, ino, sizeof(ino_t), first);
}

static void count(struct context_stats *stats, const struct entry *entry)
{
	if (entry->node.implied)
		return;
	if (S_ISDIR(entry->node.mode))
		stats->dirs++;
	else if (S_ISLNK(entry->node.mode))
		stats->links++;
	else
		stats->files++;
	if (entry_has_content(entry))
		stats->bytes += (uint64_t)entry->node.size;
}

/* An implied directory with nothing below it is not made. */
static void drop_empty(struct node *dir)
{
	size_t kept = 0;

	for (size_t i = 0; i < dir->child_count; i++) {
		struct node *child = &entry_of(dir->children[i])->node;

		if (S_ISDIR(child->mode))
			drop_empty(child);
		if (!child->implied || child->child_count > 0)
			dir->children[kept++] = child;
	}
	dir->child_count = kept;
}

static void number(struct context *context, const struct node *dir,
		   struct first **firsts)
{
	for (size_t i = 0; i < dir->child_count; i++) {
		struct entry *entry = entry_of(dir->children[i]);

		MEM_PUSH(context->entries, context->count) = entry;
		if (!S_ISDIR(entry->node.mode) && entry->links > 1 &&
		    context->root_fd >= 0)
			find_hard_link(firsts, entry);
		count(&context->stats, entry);
		if (S_ISDIR(entry->node.mode))
			number(context, &entry->node, firsts);
	}
}

void context_number(struct context *context)
{
	struct first *firsts = NULL, *first, *next;

	drop_empty(&context->root->node);
	number(context, &context->root->node, &firsts);
	HASH_ITER(hh, firsts, first, next) {
		HASH_DEL(firsts, first);
		free(first);
	}
}

/* ---- build files ---- */

void entry_set_content(struct context *context, struct entry *entry,
		       const char *content)
{
	entry->content = arena_strdup(context->arena, content);
	entry->node.size = (off_t)strlen(content);
	entry->node.hardlink = NULL;
	entry->node.sum = (struct digest){ "" };
}

static void take_out(struct context *context, struct entry *entry)
{
	struct entry *parent = entry_of(entry->node.parent);
	struct node *dir = &parent->node;
	size_t kept = 0;

	for (size_t i = 0; i < dir->child_count; i++)
		if (dir->children[i] != &entry->node)
			dir->children[kept++] = dir->children[i];
	dir->child_count = kept;
	entry->node.hidden = true;
	context->hidden[context->hidden_count++] = entry;
}

void context_hide(struct context *context)
{
	const char *const names[HIDDEN_MAX] = { IGNORE_NAME,
						context->dockerfile };

	for (size_t i = 0; i < HIDDEN_MAX; i++) {
		struct err err = ERR_INIT;
		const struct node *node;

		if (names[i] && context->ignore &&
		    ignore_match(context->ignore, names[i]).ignored &&
		    tree_find(&context->tree, names[i], &node, &err) == 1 &&
		    node->parent && !node->hidden)
			take_out(context, entry_of(node));
	}
}
