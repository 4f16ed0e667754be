/* Knows how links are followed in a tree that cannot be left. */
#include "spec/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"

int tree_find(struct tree *tree, const char *path, const struct node **out,
	      struct err *err)
{
	return tree->ops->find(tree, path, out, err);
}

int tree_list(struct tree *tree, const struct node *dir,
	      const struct node *const **out, size_t *count, struct err *err)
{
	return tree->ops->list(tree, dir, out, count, err);
}

int tree_open(struct tree *tree, const struct node *file, struct err *err)
{
	int fd = tree->ops->open(tree, file, err);

	if (fd >= 0)
		tree->files_read++;
	return fd;
}

int tree_capability(struct tree *tree, const struct node *node,
		    struct buf *out, struct err *err)
{
	return tree->ops->capability(tree, node, out, err);
}

bool tree_imagined(struct tree *tree, const struct node *node)
{
	return tree->ops->imagined && tree->ops->imagined(tree, node);
}

#define SUM_CHUNK (256 * 1024)

int tree_add_content(struct tree *tree, const struct node *node,
		     struct sha256 *sha, struct err *err)
{
	AUTO_FD int fd = tree_open(tree, node, err);
	AUTO_FREE char *chunk = NULL;
	ssize_t n;

	if (fd < 0)
		return -1;
	chunk = mem_alloc(SUM_CHUNK);
	while ((n = read(fd, chunk, SUM_CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot read '%s'",
				       node->path);
		sha256_add(sha, chunk, (size_t)n);
	}
	return 0;
}

int tree_sum(struct tree *tree, const struct node *node, struct digest *out,
	     struct err *err)
{
	AUTO(buf_release) struct buf header = BUF_INIT;
	AUTO(sha256_free) struct sha256 *sha = NULL;
	int has;

	if (tree->ops->known_sum(tree, node, out) == 1)
		return 1;
	has = tree->ops->sum_header(tree, node, &header, err);
	if (has <= 0)
		return has;
	sha = sha256_new();
	sha256_add(sha, header.data, header.len);
	/* classic-builder.md 3.5: in an image each name is a file. */
	if (S_ISREG(node->mode) && (tree->is_image || !node->hardlink) &&
	    node->size > 0 &&
	    tree_add_content(tree, node, sha, err) < 0)
		return -1;
	sha256_end(sha, out);
	if (tree->ops->learn_sum)
		tree->ops->learn_sum(tree, node, out);
	return 1;
}

/* Docker gives up after 255 component steps (classic-builder.md 0.5). */
#define RESOLVE_MAX_STEPS 255

struct walk {
	struct tree *tree;
	struct buf done; /* resolved so far */
	struct buf todo; /* still to come, without leading slash */
	int steps;
};

static void pop(struct buf *path)
{
	char *slash = path->len ? memrchr(path->data, '/', path->len) : NULL;

	path->len = slash ? (size_t)(slash - path->data) : 0;
	path->data[path->len] = '\0';
}

/* Takes the first component off todo; false when there is none. */
static bool take(struct buf *todo, struct buf *part)
{
	size_t skip = strspn(todo->data, "/");
	size_t len = strcspn(todo->data + skip, "/");

	buf_clear(part);
	if (len == 0)
		return false;
	buf_add(part, todo->data + skip, len);
	todo->len -= skip + len;
	memmove(todo->data, todo->data + skip + len, todo->len + 1);
	return true;
}

static void follow(struct walk *walk, const char *target)
{
	struct buf todo = BUF_INIT;

	buf_adds(&todo, target);
	buf_addc(&todo, '/');
	buf_add(&todo, walk->todo.data, walk->todo.len);
	buf_release(&walk->todo);
	walk->todo = todo;
	if (target[0] == '/') {
		walk->done.len = 0;
		walk->done.data[0] = '\0';
	} else {
		pop(&walk->done);
	}
}

static int step(struct walk *walk, const char *part, bool follow_last,
		const struct node **node, struct err *err)
{
	int found;

	*node = NULL;
	if (strcmp(part, ".") == 0)
		return 0;
	if (strcmp(part, "..") == 0) {
		pop(&walk->done);
		return 0;
	}
	if (walk->done.len)
		buf_addc(&walk->done, '/');
	buf_adds(&walk->done, part);
	found = tree_find(walk->tree, walk->done.data, node, err);
	if (found < 0)
		return -1;
	if (found == 0) {
		*node = NULL;
		return 0;
	}
	if (!S_ISLNK((*node)->mode) || !(*node)->link)
		return 0;
	if (!follow_last && strspn(walk->todo.data, "/") == walk->todo.len)
		return 0;
	follow(walk, (*node)->link);
	return 0;
}

static int resolve(struct walk *walk, const char *path, bool follow_last,
		   const struct node **out, struct err *err)
{
	AUTO(buf_release) struct buf part = BUF_INIT;
	AUTO_FREE char *rooted = mem_printf("/%s", path);
	AUTO_FREE char *clean = fs_clean_path(rooted);

	buf_adds(&walk->done, "");
	buf_adds(&walk->todo, clean);
	while (take(&walk->todo, &part)) {
		if (++walk->steps > RESOLVE_MAX_STEPS)
			return err_set(err, ERR_INPUT,
				       "evalSymlinksInScope: too many links "
				       "in %s", path);
		if (step(walk, part.data, follow_last, out, err) < 0)
			return -1;
	}
	return tree_find(walk->tree, walk->done.data, out, err);
}

int tree_resolve(struct tree *tree, const char *path, bool follow_last,
		 char **resolved, const struct node **out, struct err *err)
{
	struct walk walk = { .tree = tree };
	const struct node *node = NULL;
	int found = resolve(&walk, path, follow_last, &node, err);

	buf_release(&walk.todo);
	if (found < 0) {
		buf_release(&walk.done);
		return -1;
	}
	*out = found ? node : NULL;
	if (resolved)
		*resolved = buf_steal(&walk.done);
	else
		buf_release(&walk.done);
	return found;
}

int tree_behind_file(struct tree *tree, const char *path, struct err *err)
{
	AUTO_FREE char *above = mem_strdup(path);
	char *slash;

	while ((slash = strrchr(above, '/'))) {
		const struct node *node;
		int found;

		*slash = '\0';
		found = tree_find(tree, above, &node, err);
		if (found != 0)
			return found < 0 ? -1 : !S_ISDIR(node->mode);
	}
	return 0;
}

int tree_read(struct tree *tree, const char *path, size_t limit,
	      struct buf *out, struct err *err)
{
	const struct node *node;
	AUTO_FD int fd = -1;
	int found = tree_resolve(tree, path, true, NULL, &node, err);

	if (found <= 0)
		return found;
	if (!S_ISREG(node->mode))
		return err_set(err, ERR_INPUT, "'%s' is not a regular file",
			       path);
	fd = tree->ops->open(tree, node, err);
	if (fd < 0)
		return -1;
	return fs_read_fd(fd, limit, out, err) < 0 ?
		err_wrap(err, "file '%s'", path) : 1;
}

void tree_free(struct tree *tree)
{
	if (tree)
		tree->ops->free(tree);
}
