/* Knows how a context looks whose files got other bytes that nobody has. */
#include "plan/whatif.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "context/context.h"
#include "context/glob.h"

#define DEPTH_MAX 4096 /* directories below each other */

struct overlay {
	struct tree tree;
	struct tree *below;
	const struct node **touched; /* by address */
	size_t count;
	const struct node *written;  /* its new bytes are known; or NULL */
	struct digest sum;           /* with them */
};

static struct tree *below(struct tree *tree)
{
	return ((struct overlay *)tree)->below;
}

static int by_address(const void *a, const void *b)
{
	const struct node *const *left = a, *const *right = b;

	return *left < *right ? -1 : *left > *right;
}

static bool is_touched(struct tree *tree, const struct node *node)
{
	const struct overlay *overlay = (const struct overlay *)tree;

	return node == overlay->written ||
	       (overlay->count &&
		bsearch(&node, overlay->touched, overlay->count,
			sizeof(*overlay->touched), by_address));
}

/* ---- the tree ---- */

static int find(struct tree *tree, const char *path, const struct node **out,
		struct err *err)
{
	return tree_find(below(tree), path, out, err);
}

static int list(struct tree *tree, const struct node *dir,
		const struct node *const **out, size_t *count,
		struct err *err)
{
	return tree_list(below(tree), dir, out, count, err);
}

static int open_file(struct tree *tree, const struct node *file,
		     struct err *err)
{
	return tree_open(below(tree), file, err);
}

static int capability(struct tree *tree, const struct node *node,
		      struct buf *out, struct err *err)
{
	return tree_capability(below(tree), node, out, err);
}

static int sum_header(struct tree *tree, const struct node *node,
		      struct buf *out, struct err *err)
{
	return below(tree)->ops->sum_header(below(tree), node, out, err);
}

static int known_sum(struct tree *tree, const struct node *node,
		     struct digest *out)
{
	const struct overlay *overlay = (const struct overlay *)tree;
	AUTO_FREE char *text = NULL;

	if (node == overlay->written) {
		*out = overlay->sum;
		return 1;
	}
	if (!is_touched(tree, node))
		return below(tree)->ops->known_sum(below(tree), node, out);
	/* No file has these bytes: a sum is made of a header first. */
	text = mem_printf("imagined content of %s", node->path);
	digest_make(text, strlen(text), out);
	return 1;
}

static void learn_sum(struct tree *tree, const struct node *node,
		      const struct digest *sum)
{
	if (!is_touched(tree, node) && below(tree)->ops->learn_sum)
		below(tree)->ops->learn_sum(below(tree), node, sum);
}

static void free_overlay(struct tree *tree)
{
	free(((struct overlay *)tree)->touched);
	free(tree);
}

static const struct tree_ops overlay_ops = {
	.find = find, .list = list, .open = open_file,
	.capability = capability, .sum_header = sum_header,
	.known_sum = known_sum, .learn_sum = learn_sum,
	.imagined = is_touched, .free = free_overlay,
};

/* ---- what is touched ---- */

struct search {
	struct overlay *overlay;
	const char *pattern;
	size_t found;
	int depth;
};

static int touch_below(struct search *search, const struct node *dir,
		       bool all, struct err *err);

/* A link is looked through, as COPY does; of names for one file, the first
 * carries the content. */
static int touch(struct search *search, const struct node *node,
		 struct err *err)
{
	AUTO_FREE char *resolved = NULL;
	struct overlay *overlay = search->overlay;

	search->found++;
	if (S_ISLNK(node->mode)) {
		int rc = tree_resolve(overlay->below, node->path, true,
				      &resolved, &node, err);

		if (rc <= 0)
			return rc;
	}
	if (S_ISDIR(node->mode))
		return touch_below(search, node, true, err);
	if (!S_ISREG(node->mode))
		return 0;
	MEM_PUSH(overlay->touched, overlay->count) =
		node->hardlink ? node->hardlink : node;
	return 0;
}

/* Links inside a directory stay as they are: their targets are elsewhere. */
static int touch_below(struct search *search, const struct node *dir,
		       bool all, struct err *err)
{
	const struct node *const *children;
	size_t count;
	int rc = 0;

	if (search->depth >= DEPTH_MAX)
		return 0;
	if (tree_list(search->overlay->below, dir, &children, &count, err) < 0)
		return -1;
	search->depth++;
	for (size_t i = 0; i < count && rc == 0; i++) {
		const struct node *child = children[i];

		if (all ? !S_ISLNK(child->mode) :
			  glob_match(search->pattern, child->path))
			rc = touch(search, child, err);
		else if (S_ISDIR(child->mode))
			rc = touch_below(search, child, false, err);
	}
	search->depth--;
	return rc;
}

/* Kept away from the builder, by .dockerignore say. */
static bool is_on_disk(struct tree *tree, const char *path)
{
	int root = context_root_fd(tree);
	struct stat st;

	return root >= 0 && *path &&
	       fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int touch_named(struct search *search, const char *word,
		       struct strv *notes, struct err *err)
{
	AUTO_FREE char *rooted = mem_printf("/%s", word);
	AUTO_FREE char *path = fs_clean_path(rooted);
	AUTO_FREE char *resolved = NULL;
	struct tree *tree = search->overlay->below;
	const struct node *node;
	int rc;

	search->pattern = path + 1;
	search->found = 0;
	rc = tree_resolve(tree, path + 1, true, &resolved, &node, err);
	if (rc > 0)
		return touch(search, node, err);
	if (rc < 0)
		return -1;
	if (glob_has_wildcard(path + 1) &&
	    (tree_find(tree, "", &node, err) <= 0 ||
	     touch_below(search, node, false, err) < 0))
		return -1;
	if (search->found)
		return 0;
	if (!is_on_disk(tree, path + 1))
		return err_set(err, ERR_NOT_FOUND, "--touch: the context has "
			       "no file '%s'", word);
	strv_take(notes, mem_printf("'%s' is not in the context (excluded by "
				    ".dockerignore): changes nothing", word));
	return 0;
}

/* Puts another size into a header (classic-builder.md 3.1); the name, which
 * may hold anything, stands before it. */
static bool resize(struct buf *header, off_t old, size_t now)
{
	AUTO_FREE char *from = mem_printf("size%lldtypeflag", (long long)old);
	AUTO_FREE char *to = mem_printf("size%zutypeflag", now);
	struct buf out = BUF_INIT;
	char *at = NULL, *next = header->data;
	size_t before, len = strlen(from);

	while ((next = memmem(next, header->len - (size_t)(next -
			      header->data), from, len))) {
		at = next;
		next += len;
	}
	if (!at)
		return false;
	before = (size_t)(at - header->data);
	buf_add(&out, header->data, before);
	buf_adds(&out, to);
	buf_add(&out, at + len, header->len - before - len);
	buf_release(header);
	*header = out;
	return true;
}

/* The bytes of the Dockerfile after an edit are known: it may well be one that
 * was built before. */
static int write_file(struct overlay *overlay, const char *path,
		      const char *text, struct err *err)
{
	AUTO(sha256_free) struct sha256 *sha = sha256_new();
	AUTO(buf_release) struct buf header = BUF_INIT;
	struct tree *tree = overlay->below;
	const struct node *node;
	int rc = tree_find(tree, path, &node, err);

	if (rc <= 0 || !S_ISREG(node->mode))
		return rc < 0 ? -1 : 0;
	rc = node->hardlink ? 0 :
	     tree->ops->sum_header(tree, node, &header, err);
	if (rc < 0)
		return -1;
	if (!rc || !resize(&header, node->size, strlen(text))) {
		MEM_PUSH(overlay->touched, overlay->count) =
			node->hardlink ? node->hardlink : node;
		return 0;
	}
	sha256_add(sha, header.data, header.len);
	sha256_add(sha, text, strlen(text));
	sha256_end(sha, &overlay->sum);
	overlay->written = node;
	return 0;
}

int whatif_tree(struct tree *below_it, const struct whatif_files *files,
		struct strv *notes, struct tree **out, struct err *err)
{
	AUTO(tree_free) struct tree *made = mem_alloc(sizeof(struct overlay));
	struct overlay *overlay = (struct overlay *)made;
	struct search search = { .overlay = overlay };

	overlay->tree = (struct tree){ .ops = &overlay_ops,
				       .is_image = below_it->is_image };
	overlay->below = below_it;
	for (size_t i = 0; i < files->touch->count; i++)
		if (touch_named(&search, files->touch->items[i], notes,
				err) < 0)
			return -1;
	if (files->name &&
	    write_file(overlay, files->name, files->text, err) < 0)
		return -1;
	if (overlay->count)
		qsort(overlay->touched, overlay->count,
		      sizeof(*overlay->touched), by_address);

	*out = STEAL(made);
	return 0;
}
