/* Knows what an overlay upper directory comes to hold when things are put over
 * an image: copy-up, merging, replacing, opaque directories, times. */
#include "engine/upper.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "spec/gofmt.h"

static struct upper_node *node_new(struct upper *upper,
				   struct upper_node *parent, char *path)
{
	struct upper_node *node = mem_alloc(sizeof(*node));

	node->path = path;
	node->parent = parent;
	if (parent) {
		node->next = parent->children;
		if (node->next)
			node->next->prev = node;
		parent->children = node;
		HASH_ADD_KEYPTR(hh, upper->by_path, node->path,
				strlen(node->path), node);
	}
	return node;
}

void upper_inode_drop(struct upper_inode *inode)
{
	if (!inode || --inode->links > 0)
		return;
	buf_release(&inode->capability);
	free(inode);
}

static void node_free(struct upper_node *node)
{
	free(node->path);
	free(node->link);
	buf_release(&node->capability);
	upper_inode_drop(node->inode);
	free(node);
}

/* Takes the node and all below it out; without recursion, for deep trees. */
static void node_remove(struct upper *upper, struct upper_node *node)
{
	struct upper_node *at = node;

	for (;;) {
		struct upper_node *parent = at->parent;
		bool last = at == node;

		if (at->children) {
			at = at->children;
			continue;
		}
		if (at->prev)
			at->prev->next = at->next;
		else
			parent->children = at->next;
		if (at->next)
			at->next->prev = at->prev;
		HASH_DEL(upper->by_path, at);
		node_free(at);
		if (last)
			return;
		at = parent;
	}
}

struct upper *upper_new(struct tree *lower)
{
	struct upper *upper = mem_alloc(sizeof(*upper));
	struct err ignored = ERR_INIT;

	upper->lower = lower;
	upper->now = gofmt_now().sec;
	upper->staging_fd = -1;
	upper->root = node_new(upper, NULL, mem_strdup(""));
	upper->root->attr.mode = S_IFDIR | 0755;
	/* An image without layers may have no root at all. */
	if (tree_find(lower, "", &upper->root->lower, &ignored) != 1)
		upper->root->lower = NULL;
	return upper;
}

void upper_free(struct upper *upper)
{
	struct upper_node *node, *next;

	if (!upper)
		return;
	HASH_ITER(hh, upper->by_path, node, next) {
		HASH_DEL(upper->by_path, node);
		node_free(node);
	}
	node_free(upper->root);
	if (upper->staging_fd >= 0)
		close(upper->staging_fd);
	free(upper);
}

static struct upper_node *node_at(const struct upper *upper, const char *path,
				  size_t len)
{
	struct upper_node *node;

	if (len == 0)
		return upper->root;
	HASH_FIND(hh, upper->by_path, path, len, node);
	return node;
}

/* The nearest directory above path that is in the upper tree. */
static struct upper_node *nearest(const struct upper *upper, const char *path)
{
	size_t len = strlen(path);
	struct upper_node *node;

	do {
		while (len > 0 && path[len - 1] != '/')
			len--;
		if (len > 0)
			len--;
		node = node_at(upper, path, len);
	} while (!node);
	return node;
}

static int look_below(struct upper *upper, const char *path,
		      const struct node **out, struct err *err)
{
	*out = NULL;
	if (!nearest(upper, path)->lower)
		return 0;
	return tree_find(upper->lower, path, out, err);
}

int upper_look(struct upper *upper, const char *path, struct upper_view *out,
	       struct err *err)
{
	struct upper_node *node = node_at(upper, path, strlen(path));
	const struct node *below;
	int found;

	if (node) {
		*out = (struct upper_view){ node->attr.mode, node->link, node,
					    NULL };
		return 1;
	}
	found = look_below(upper, path, &below, err);
	if (found == 1)
		*out = (struct upper_view){ below->mode, below->link, NULL,
					    below };
	return found;
}

int upper_set_device(struct upper_node *node, dev_t rdev, struct err *err)
{
	node->rdev = rdev;
	return S_ISCHR(node->attr.mode) && rdev == 0 ?
	       err_set(err, ERR_INPUT, "operation not permitted") : 0;
}

void upper_touch(struct upper *upper, struct upper_node *dir)
{
	dir->attr.mtime = upper->now;
}

static char *child_path(const struct upper_node *dir, const char *name)
{
	return dir->path[0] ? mem_printf("%s/%s", dir->path, name) :
			      mem_strdup(name);
}

/* parent is in the upper tree already. */
static struct upper_node *copy_up(struct upper *upper,
				  struct upper_node *parent,
				  const struct node *below)
{
	struct upper_node *node =
		node_new(upper, parent, mem_strdup(below->path));

	node->attr = (struct upper_attr){ below->mode, below->uid, below->gid,
					  below->mtime.tv_sec };
	node->covers = true;
	node->rdev = below->rdev;
	node->link = mem_strdup(below->link);
	if (S_ISDIR(below->mode))
		node->lower = below;
	return node;
}

/* One component of upper_mkdirs: parent is there, path may be. */
static int mkdir_one(struct upper *upper, struct upper_node *parent,
		     const char *path, uid_t uid, gid_t gid,
		     struct upper_node **out, bool *made, struct err *err)
{
	struct upper_view view;
	int found = upper_look(upper, path, &view, err);

	*made = false;
	if (found < 0)
		return -1;
	if (found && !S_ISDIR(view.mode))
		return err_set(err, ERR_INPUT, "mkdir /%s: not a directory",
			       path);
	if (found) {
		*out = view.node ? view.node :
				   copy_up(upper, parent, view.below);
		return 0;
	}
	*out = node_new(upper, parent, mem_strdup(path));
	(*out)->attr = (struct upper_attr){ S_IFDIR | 0755, uid, gid,
					    upper->now };
	upper_touch(upper, parent);
	*made = true;
	return 0;
}

int upper_mkdirs(struct upper *upper, const char *path, uid_t uid, gid_t gid,
		 struct upper_node **out, bool *made, struct err *err)
{
	AUTO_FREE char *part = mem_strdup(path);
	struct upper_node *at = upper->root;
	size_t end = 0, len = strlen(path);
	bool is_new = false;

	while (end < len) {
		end += strcspn(part + end, "/");
		part[end] = '\0';
		if (mkdir_one(upper, at, part, uid, gid, &at, &is_new,
			      err) < 0)
			return -1;
		if (end < len)
			part[end++] = '/';
	}
	*out = at;
	if (made)
		*made = is_new;
	return 0;
}

int upper_put(struct upper *upper, struct upper_node *dir, const char *name,
	      const struct upper_attr *attr, struct upper_node **out,
	      struct err *err)
{
	AUTO_FREE char *path = child_path(dir, name);
	struct upper_node *old = node_at(upper, path, strlen(path));
	const struct node *below = NULL;
	bool covers;

	if (!old && dir->lower &&
	    tree_find(upper->lower, path, &below, err) < 0)
		return -1;
	if (S_ISDIR(attr->mode) && old && S_ISDIR(old->attr.mode)) {
		*out = old;
	} else if (S_ISDIR(attr->mode) && below && S_ISDIR(below->mode)) {
		*out = copy_up(upper, dir, below);
	} else {
		covers = old ? old->covers : below != NULL;
		if (old)
			node_remove(upper, old);
		*out = node_new(upper, dir, STEAL(path));
		(*out)->covers = covers;
		(*out)->opaque = covers && S_ISDIR(attr->mode);
		(*out)->whiteout = !S_ISDIR(attr->mode) &&
				    strncmp(name, ".wh.", 4) == 0;
		upper_touch(upper, dir);
	}
	(*out)->attr = *attr;
	return 0;
}

struct upper_inode *upper_inode_new(void)
{
	return mem_alloc(sizeof(struct upper_inode));
}

void upper_inode_set(struct upper_inode *inode, const struct upper_attr *attr,
		     struct span capability)
{
	inode->has_attr = true;
	inode->attr = *attr;
	buf_clear(&inode->capability);
	buf_add(&inode->capability, capability.ptr, capability.len);
}

static void take_inode_attr(struct upper_node *node)
{
	const struct upper_inode *inode = node->inode;

	if (!inode || !inode->has_attr)
		return;
	node->attr = inode->attr;
	buf_clear(&node->capability);
	buf_add(&node->capability, inode->capability.data,
		inode->capability.len);
}

void upper_give(struct upper_node *node, struct upper_inode *inode)
{
	inode->links++;
	upper_inode_drop(node->inode);
	node->inode = inode;
}

int upper_link_target(struct upper *upper, const char *path,
		      struct upper_node **out, struct err *err)
{
	struct upper_node *parent, *node;
	struct upper_inode *inode;
	struct upper_view view;
	AUTO_FREE char *dir = mem_strdup(path);
	char *slash = strrchr(dir, '/');
	int found = upper_look(upper, path, &view, err);

	if (found < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_INPUT, "no such file or directory");
	if (S_ISDIR(view.mode))
		return err_set(err, ERR_INPUT, "operation not permitted");
	if (view.node) {
		*out = view.node;
		return 0;
	}
	if (slash)
		*slash = '\0';
	if (upper_mkdirs(upper, slash ? dir : "", 0, 0, &parent, NULL, err) < 0)
		return -1;
	node = copy_up(upper, parent, view.below);
	if (S_ISREG(view.below->mode)) {
		inode = upper_inode_new();
		inode->tree = upper->lower;
		inode->source = view.below;
		inode->size = view.below->size;
		upper_give(node, inode);
	}
	*out = node;
	return 0;
}

/* Names compare part by part, so that '/' is lower than any other byte. */
static int compare_paths(const void *va, const void *vb)
{
	const unsigned char *a =
		(const unsigned char *)(*(struct upper_node *const *)va)->path;
	const unsigned char *b =
		(const unsigned char *)(*(struct upper_node *const *)vb)->path;
	int ca, cb;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	ca = *a == '/' ? 1 : *a ? *a + 1 : 0;
	cb = *b == '/' ? 1 : *b ? *b + 1 : 0;
	return ca - cb;
}

struct upper_node **upper_sorted(const struct upper *upper, size_t *count)
{
	size_t n = 0;
	struct upper_node **list =
		mem_array(HASH_COUNT(upper->by_path) + 1, sizeof(*list));
	struct upper_node *node;

	for (node = upper->by_path; node; node = node->hh.next) {
		take_inode_attr(node);
		list[n++] = node;
	}
	qsort(list, n, sizeof(*list), compare_paths);
	*count = n;
	return list;
}
