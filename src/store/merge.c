/* Knows what the layers of an image show together, without mounting them:
 * whiteouts, opaque directories, what hides what. */
#include "store/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"

/* ---- one name in one layer ---- */

char *merged_path_in(const struct merged *merged, size_t layer,
		     const char *path)
{
	return mem_printf("%s%s%s", merged->diffs[layer], path[0] ? "/" : "",
			  path);
}

/* 1 there, 0 not; a whiteout is there too. */
static int look(const struct merged *merged, size_t layer, const char *path,
		struct stat *st, struct err *err)
{
	AUTO_FREE char *name = merged_path_in(merged, layer, path);

	if (fstatat(merged->overlay_fd, name, st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	return err_sys(err, errno, "cannot look at '/%s' of the image", path);
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

static bool has_y(const char *path, const char *name)
{
	char value[2];

	return lgetxattr(path, name, value, sizeof(value)) == 1 &&
	       value[0] == 'y';
}

bool merged_is_opaque(const char *path)
{
	return has_y(path, "trusted.overlay.opaque") ||
	       has_y(path, "user.overlay.opaque");
}

static bool is_opaque(const struct merged *merged, size_t layer,
		      const char *path)
{
	AUTO_FREE char *name = merged_path_in(merged, layer, path);
	AUTO_FREE char *full = mem_printf("%s/%s", merged->overlay_path,
					  name);

	return merged_is_opaque(full);
}

/* ---- nodes ---- */

static struct merged_node *add_node(struct merged *merged, char *path)
{
	struct merged_node *node = arena_alloc(merged->arena, sizeof(*node));
	char *slash = strrchr(path, '/');

	node->node.path = path;
	node->node.name = slash ? slash + 1 : path;
	HASH_ADD_KEYPTR(hh, merged->by_path, node->node.path, strlen(path),
			node);
	return node;
}

static void note_inode(struct merged *merged, struct merged_node *node,
		       const struct stat *st)
{
	struct inode *inode, key = { .key = { st->st_dev, st->st_ino } };

	if (!S_ISREG(st->st_mode) || st->st_nlink < 2)
		return;
	HASH_FIND(hh, merged->inodes, &key.key, sizeof(key.key), inode);
	if (inode) {
		node->node.hardlink = inode->first;
		return;
	}
	inode = arena_alloc(merged->arena, sizeof(*inode));
	inode->key.dev = st->st_dev;
	inode->key.ino = st->st_ino;
	inode->first = &node->node;
	HASH_ADD(hh, merged->inodes, key, sizeof(inode->key), inode);
}

static int read_link(struct merged *merged, struct merged_node *node,
		     size_t layer, struct err *err)
{
	AUTO_FREE char *name = merged_path_in(merged, layer, node->node.path);
	char target[4097];
	ssize_t n = readlinkat(merged->overlay_fd, name, target,
			       sizeof(target));

	if (n < 0)
		return err_sys(err, errno, "cannot read the link '/%s'",
			       node->node.path);
	if (n == sizeof(target))
		return err_sys(err, ENAMETOOLONG, "cannot read the link '/%s'",
			       node->node.path);
	node->node.link = arena_strndup(merged->arena, target, (size_t)n);
	return 0;
}

static int fill_node(struct merged *merged, struct merged_node *node,
		     size_t layer, const struct stat *st, struct err *err)
{
	struct node *out = &node->node;

	out->mode = st->st_mode;
	out->uid = merged->uids ? (uid_t)subids_inside(merged->uids,
						       st->st_uid) :
				  st->st_uid;
	out->gid = merged->gids ? (gid_t)subids_inside(merged->gids,
						       st->st_gid) :
				  st->st_gid;
	out->size = S_ISREG(st->st_mode) ? st->st_size : 0;
	out->mtime = st->st_mtim;
	out->ctime = st->st_ctim;
	out->rdev = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ?
		    st->st_rdev : 0;
	out->dev = st->st_dev;
	out->ino = st->st_ino;
	note_inode(merged, node, st);
	if (S_ISLNK(st->st_mode))
		return read_link(merged, node, layer, err);
	return 0;
}

/*
 * Which of the layers show a directory, from the first of them that has it.
 * candidates are those in which its parent shows.
 */
static int stack(struct merged *merged, struct merged_node *node,
		 const unsigned short *candidates, size_t count,
		 struct err *err)
{
	struct stat st;

	for (size_t i = 0; i < count; i++) {
		size_t layer = candidates[i];
		int there = look(merged, layer, node->node.path, &st, err);

		if (there < 0)
			return -1;
		if (!there)
			continue;
		if (!S_ISDIR(st.st_mode))
			break;
		node->layers[node->layer_count++] = (unsigned short)layer;
		if (i + 1 < count &&
		    is_opaque(merged, layer, node->node.path))
			break;
	}
	return 0;
}

static int make_node(struct merged *merged, struct merged_node *dir,
		     struct merged_node *node, size_t from, size_t count,
		     struct err *err)
{
	struct stat st;
	size_t i;
	int there = 0;

	for (i = from; i < count && !there; i++) {
		there = look(merged, dir->layers[i], node->node.path, &st,
			     err);
		if (there < 0)
			return -1;
	}
	if (!there || is_whiteout(&st)) {
		node->absent = true;
		return 0;
	}
	i--;
	node->node.parent = &dir->node;
	node->layers = arena_alloc(merged->arena, (count - i) *
				   sizeof(*node->layers));
	if (fill_node(merged, node, dir->layers[i], &st, err) < 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return stack(merged, node, dir->layers + i, count - i, err);
	node->layers[0] = dir->layers[i];
	node->layer_count = 1;
	return 0;
}

int merged_child(struct merged *merged, struct merged_node *dir,
		 const char *path, size_t len, size_t from,
		 struct merged_node **out, struct err *err)
{
	struct merged_node *node;

	HASH_FIND(hh, merged->by_path, path, len, node);
	if (!node) {
		if (dir->node.listed)
			return 0;
		node = add_node(merged,
				arena_strndup(merged->arena, path, len));
		if (make_node(merged, dir, node, from, dir->layer_count,
			      err) < 0) {
			HASH_DEL(merged->by_path, node);
			return -1;
		}
	}
	*out = node;
	return !node->absent;
}

/* An image without layers has a root with nothing in it. */
int merged_make_root(struct merged *merged, struct err *err)
{
	struct merged_node *root = add_node(merged,
					    arena_strdup(merged->arena, ""));
	AUTO_FREE unsigned short *all = mem_array(merged->diff_count,
						  sizeof(*all));
	struct stat st = { .st_mode = S_IFDIR | 0755 };
	int there = 1;

	merged->root = root;
	root->layers = arena_alloc(merged->arena, merged->diff_count *
				   sizeof(*root->layers));
	for (size_t i = 0; i < merged->diff_count; i++)
		all[i] = (unsigned short)i;
	if (merged->diff_count > 0)
		there = look(merged, 0, "", &st, err);
	if (there < 0)
		return -1;
	if (!there || !S_ISDIR(st.st_mode))
		return err_set(err, ERR_CORRUPT, "the files of a layer are "
			       "missing ('%s')", merged->diffs[0]);
	root->node.implied = merged->diff_count == 0;
	if (fill_node(merged, root, 0, &st, err) < 0)
		return -1;
	return stack(merged, root, all, merged->diff_count, err);
}
