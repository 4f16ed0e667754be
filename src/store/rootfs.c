/* Knows how the merged layers of an image are a tree of files: listing,
 * opening, sums (classic-builder.md 3.5). */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "spec/tarsum.h"
#include "store/merge.h"

#define CAPABILITY "security.capability"
#define CAPABILITY_MAX 256

static struct merged *merged_of(struct tree *tree)
{
	return (struct merged *)tree;
}

static struct merged_node *node_of(const struct node *node)
{
	return (struct merged_node *)(uintptr_t)node;
}

/* ---- tree_ops ---- */

static int find(struct tree *tree, const char *path, const struct node **out,
		struct err *err)
{
	struct merged *merged = merged_of(tree);
	struct merged_node *at = merged->root;
	size_t end = 0, len = strlen(path);
	int found;

	HASH_FIND(hh, merged->by_path, path, len, at);
	if (at) {
		*out = &at->node;
		return !at->absent;
	}
	for (at = merged->root; end < len; end++) {
		size_t start = end;

		end += strcspn(path + end, "/");
		/* Cleaned paths have none of these; a link's text may. */
		if (end == start || path[len - 1] == '/' ||
		    !S_ISDIR(at->node.mode) ||
		    (end - start == 1 && path[start] == '.') ||
		    (end - start == 2 && !strncmp(path + start, "..", 2)))
			return 0;
		found = merged_child(merged, at, path, end, 0, &at, err);
		if (found <= 0)
			return found;
	}
	*out = &at->node;
	return 1;
}

struct found_name {
	char *name;
	size_t layer; /* index in the directory's layers */
};

struct listing {
	struct found_name *items;
	size_t count, layer;
};

static int visit_name(void *arg, const char *name, unsigned char type,
		      struct err *err)
{
	struct listing *listing = arg;

	(void)type;
	(void)err;
	MEM_PUSH(listing->items, listing->count) = (struct found_name){
		.name = mem_strdup(name), .layer = listing->layer,
	};
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct found_name *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return x->layer < y->layer ? -1 : x->layer > y->layer;
}

static int read_names(struct merged *merged, struct merged_node *dir,
		      struct listing *out, struct err *err)
{
	for (size_t i = 0; i < dir->layer_count; i++) {
		AUTO_FREE char *name = merged_path_in(merged, dir->layers[i],
					       dir->node.path);

		out->layer = i;
		if (quiet_each(merged->overlay_fd, name, visit_name, out,
			       err) < 0)
			return err_wrap(err, "cannot list '/%s' of the image",
					dir->node.path);
	}
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), by_name);
	return 0;
}

static int make_children(struct merged *merged, struct merged_node *dir,
			 const struct listing *names, struct err *err)
{
	const struct node **children =
		arena_alloc(merged->arena,
			    names->count * sizeof(*children));
	size_t count = 0;

	for (size_t i = 0; i < names->count; i++) {
		const struct found_name *item = &names->items[i];
		AUTO_FREE char *path = NULL;
		struct merged_node *child;
		int found;

		if (i > 0 && strcmp(item[-1].name, item->name) == 0)
			continue;
		path = mem_printf("%s%s%s", dir->node.path,
				  dir->node.path[0] ? "/" : "", item->name);
		found = merged_child(merged, dir, path, strlen(path),
				   item->layer, &child, err);
		if (found < 0)
			return -1;
		if (found)
			children[count++] = &child->node;
		else if (dir->layer_count == 1 && dir != merged->root &&
			 !dir->node.denied)
			dir->node.denied = child->node.name;
	}
	dir->node.children = children;
	dir->node.child_count = count;
	dir->node.listed = true;
	return 0;
}

static int list(struct tree *tree, const struct node *node,
		const struct node *const **out, size_t *count,
		struct err *err)
{
	struct merged_node *dir = node_of(node);
	struct listing names = { 0 };
	int rc = 0;

	if (!S_ISDIR(node->mode))
		return err_sys(err, ENOTDIR, "cannot list '/%s'", node->path);
	if (!node->listed) {
		rc = read_names(merged_of(tree), dir, &names, err);
		if (rc == 0)
			rc = make_children(merged_of(tree), dir, &names, err);
		for (size_t i = 0; i < names.count; i++)
			free(names.items[i].name);
		free(names.items);
	}
	if (rc < 0)
		return -1;
	*out = node->children;
	*count = node->child_count;
	return 0;
}

static int open_file(struct tree *tree, const struct node *file,
		     struct err *err)
{
	struct merged *merged = merged_of(tree);
	struct merged_node *node = node_of(file);
	AUTO_FREE char *name = NULL;
	struct stat st;
	AUTO_FD int fd = -1;

	if (!S_ISREG(file->mode))
		return err_set(err, ERR_FAILED, "'/%s' is not a regular file",
			       file->path);
	name = merged_path_in(merged, node->layers[0], file->path);
	fd = quiet_open(merged->overlay_fd, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot open '/%s' of the image",
			       file->path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_FAILED, "'/%s' is not a regular file",
			       file->path);
	return STEAL_FD(fd);
}

static int capability(struct tree *tree, const struct node *file,
		      struct buf *out, struct err *err)
{
	struct merged *merged = merged_of(tree);
	struct merged_node *node = node_of(file);
	struct buf value = BUF_INIT;
	AUTO_FREE char *name = NULL, *full = NULL;
	char bytes[CAPABILITY_MAX];
	ssize_t n;

	if (node->layer_count == 0 || S_ISLNK(file->mode))
		return 0;
	name = merged_path_in(merged, node->layers[0], file->path);
	full = mem_printf("%s/%s", merged->overlay_path, name);
	n = lgetxattr(full, CAPABILITY, bytes, sizeof(bytes));
	if (n < 0 && (errno == ENODATA || errno == ENOTSUP))
		return 0;
	if (n < 0)
		return err_sys(err, errno, "cannot read the capabilities of "
			       "'/%s'", file->path);
	buf_add(&value, bytes, (size_t)n);
	tarsum_fix_capability(&value);
	buf_add(out, value.data, value.len);
	buf_release(&value);
	return 1;
}

static char type_flag(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return '0';
	case S_IFLNK:
		return '2';
	case S_IFCHR:
		return '3';
	case S_IFBLK:
		return '4';
	case S_IFDIR:
		return '5';
	case S_IFIFO:
		return '6';
	}
	return 0;
}

/* classic-builder.md 3.5: every name is an ordinary file, also a hard link. */
static int sum_header(struct tree *tree, const struct node *node,
		      struct buf *out, struct err *err)
{
	AUTO_FREE char *name = mem_printf("%s%s", node->path,
					  S_ISDIR(node->mode) ? "/" : "");
	AUTO(buf_release) struct buf value = BUF_INIT;
	struct tar_xattr xattr = { .name = (char[]){ CAPABILITY } };
	struct tar_entry entry = {
		.name = name,
		.mode = node->mode,
		.uid = node->uid,
		.gid = node->gid,
		.size = node->size,
		.typeflag = type_flag(node->mode),
		.linkname = (char *)(uintptr_t)node->link,
		.uname = (char *)(uintptr_t)layertar_user_name(node->uid),
		.gname = (char *)(uintptr_t)layertar_group_name(node->gid),
		.devmajor = major(node->rdev),
		.devminor = minor(node->rdev),
		.xattrs = &xattr,
	};
	int has;

	if (!entry.typeflag)
		return 0;
	has = capability(tree, node, &value, err);
	if (has < 0)
		return -1;
	xattr.value = value;
	entry.xattr_count = (size_t)has;
	tarsum_header(&entry, out);
	return 1;
}

static int known_sum(struct tree *tree, const struct node *node,
		     struct digest *out)
{
	(void)tree;
	if (!digest_is_set(&node->sum))
		return 0;
	*out = node->sum;
	return 1;
}

static void learn_sum(struct tree *tree, const struct node *node,
		      const struct digest *sum)
{
	(void)tree;
	node_of(node)->node.sum = *sum;
}

static void merged_free(struct tree *tree)
{
	struct merged *merged = merged_of(tree);

	HASH_CLEAR(hh, merged->by_path);
	HASH_CLEAR(hh, merged->inodes);
	if (merged->overlay_fd >= 0)
		close(merged->overlay_fd);
	free(merged->overlay_path);
	free(merged->uids);
	free(merged->gids);
	arena_free(merged->arena);
	free(merged);
}

static const struct tree_ops ops = {
	.find = find,
	.list = list,
	.open = open_file,
	.capability = capability,
	.sum_header = sum_header,
	.known_sum = known_sum,
	.learn_sum = learn_sum,
	.free = merged_free,
};

/* ---- making one ---- */

static int add_diffs(struct merged *merged, struct layer_entry *top,
		     struct err *err)
{
	size_t count = top ? top->depth : 0;

	/* More cannot be mounted either; 128 is the kernel's and Docker's
	 * (store.md 1.5). */
	if (count > UINT16_MAX)
		return err_set(err, ERR_UNSUPPORTED, "too many layers");
	merged->diffs = arena_alloc(merged->arena,
				    count * sizeof(*merged->diffs));
	for (; top; top = top->parent) {
		AUTO_FREE char *name = mem_printf("%s/diff",
						  top->layer.cache_id);

		merged->diffs[merged->diff_count++] =
			arena_strdup(merged->arena, name);
	}
	return 0;
}

/* A user's own root, seen from outside of the namespace that wrote it. */
static void add_ids(struct merged *merged, const struct store *store)
{
	struct err ignored = ERR_INIT;
	struct subids uids, gids;
	struct stat st;

	if (!store->ours || geteuid() == 0 ||
	    fstat(store->root_fd, &st) < 0 || st.st_uid != geteuid() ||
	    subids_read(SUBIDS_UID, getuid(), &uids, &ignored) < 0 ||
	    subids_read(SUBIDS_GID, getgid(), &gids, &ignored) < 0)
		return;
	merged->uids = mem_dup(&uids, sizeof(uids));
	merged->gids = mem_dup(&gids, sizeof(gids));
}

int store_tree(struct store *store, const struct digest *chain,
	       struct tree **out, struct err *err)
{
	struct layer_entry *top = NULL;
	struct merged *merged;
	int found = 1;

	if (chain && digest_is_set(chain))
		found = store_need(store, chain, err) < 0 ? -1 :
			layer_table_get(store, chain, &top, err);
	if (found == 0)
		return err_set(err, ERR_CORRUPT, "layer %.12s does not exist",
			       DIGEST_HEX(chain));
	if (found < 0)
		return -1;
	merged = mem_alloc(sizeof(*merged));
	merged->tree.ops = &ops;
	merged->tree.is_image = true;
	merged->arena = arena_new();
	merged->overlay_path = mem_printf(
		"%s/" STORE_DRIVER,
		store->absolute ? store->absolute : store->root);
	add_ids(merged, store);
	/* The tree may live longer than the store. */
	merged->overlay_fd = store->overlay_fd < 0 ? -1 :
			     fcntl(store->overlay_fd, F_DUPFD_CLOEXEC, 3);
	if (add_diffs(merged, top, err) < 0 ||
	    merged_make_root(merged, err) < 0) {
		merged_free(&merged->tree);
		return -1;
	}
	*out = &merged->tree;
	return 0;
}
