/* Knows what of a directory enters its key, and under which sum. */
#include "context/source_walk.h"

#include <string.h>

#include "base/fs.h"

int source_resolve(struct tree *tree, const char *path, char **resolved,
		   const struct node **out, struct err *err)
{
	AUTO_FREE char *clean = fs_clean_path(path);
	int found, behind;

	if (strcmp(clean, "..") == 0 || strncmp(clean, "../", 3) == 0)
		return SOURCE_OUTSIDE;
	found = tree_resolve(tree, path, true, resolved, out, err);
	if (found < 0)
		return err->kind == ERR_INPUT ? SOURCE_OUTSIDE : -1;
	if (found > 0)
		return 1;
	/* Docker asks for each part of the path; one behind a file is an error
	 * of another kind than one that is not there. */
	behind = tree_behind_file(tree, *resolved, err);
	if (behind == 0)
		return 0;
	free(STEAL(*resolved));
	return behind > 0 ? SOURCE_OUTSIDE : -1;
}

/*
 * Where the sum of an entry comes from: a link gives that of its target. 1;
 * 0: left out of the key; -1. *node is NULL where only the path is hashed: in
 * an image that of the target, *resolved (owned by the caller, NULL if it is no
 * link).
 */
static int look_behind(struct tree *tree, const struct node *entry,
		       const struct node **node, char **resolved,
		       struct err *err)
{
	const struct node *target = entry;
	int found = 1;

	if (S_ISLNK(entry->mode))
		found = source_resolve(tree, entry->path, resolved, &target,
				       err);
	if (found == SOURCE_OUTSIDE)
		return 0;
	if (found < 0)
		return -1;
	if (found && S_ISSOCK(target->mode)) /* no tar can hold it */
		return 0;
	*node = found ? target : NULL;
	return 1;
}

struct visitor {
	source_visit *visit;
	void *arg;
	const char *word; /* hashed for a file without a sum, or NULL */
};

static int visit_entry(void *arg, struct tree *tree, const struct node *entry,
		       struct err *err)
{
	const struct visitor *visitor = arg;
	AUTO_FREE char *resolved = NULL;
	struct source_file file = { .entry = entry };
	struct digest sum;
	int rc = look_behind(tree, entry, &file.node, &resolved, err);

	if (rc <= 0)
		return rc;
	if (file.node) {
		rc = tree_sum(tree, file.node, &sum, err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			file.node = NULL;
	}
	if (file.node)
		file.sum = DIGEST_HEX(&sum);
	else if (visitor->word && !S_ISDIR(entry->mode))
		file.sum = visitor->word;
	else
		file.sum = tree->is_image && resolved ? resolved : entry->path;
	return visitor->visit(visitor->arg, &file, err);
}

/* Sums that need no content are cheap enough to be made. */
static int entry_known(struct tree *tree, const struct node *entry,
		       struct err *err)
{
	AUTO(buf_release) struct buf header = BUF_INIT;
	AUTO_FREE char *resolved = NULL;
	const struct node *node = NULL;
	struct digest sum;
	int rc = look_behind(tree, entry, &node, &resolved, err);

	if (rc < 0)
		return -1;
	if (rc == 0 || !node || tree->ops->known_sum(tree, node, &sum) == 1 ||
	    !S_ISREG(node->mode) || node->size == 0)
		return 1;
	rc = tree->ops->sum_header(tree, node, &header, err);
	return rc < 0 ? -1 : rc == 0;
}

int source_list(struct tree *tree, const struct node *dir,
		const struct node *const **out, size_t *count,
		struct err *err)
{
	if (tree_list(tree, dir, out, count, err) < 0)
		return -1;
	if (dir->denied)
		return err_set(err, ERR_NOT_FOUND, "COPY failed: lstat /%s/%s: "
			       "no such file or directory", dir->path,
			       dir->denied);
	return 0;
}

typedef int entry_visit(void *arg, struct tree *tree, const struct node *entry,
			struct err *err);

/* Real directories only: links are not entered. Non-zero ends the walk. */
static int each_below(struct tree *tree, const struct node *dir,
		      entry_visit *visit, void *arg, struct err *err)
{
	const struct node *const *children;
	size_t count;
	int rc;

	if (source_list(tree, dir, &children, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		rc = visit(arg, tree, children[i], err);
		if (rc != 0)
			return rc;
		if (!S_ISDIR(children[i]->mode))
			continue;
		rc = each_below(tree, children[i], visit, arg, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int each_entry(struct tree *tree, const struct source_item *item,
		      entry_visit *visit, void *arg, struct err *err)
{
	int rc = 0;

	if (!item->is_dir || item->node->path[0])
		rc = visit(arg, tree, item->node, err);
	if (rc == 0 && item->is_dir)
		rc = each_below(tree, item->node, visit, arg, err);
	return rc;
}

int source_walk(struct tree *tree, const struct source_item *item,
		source_visit *visit, void *arg, struct err *err)
{
	struct visitor visitor = { visit, arg, item->is_dir ? NULL
							    : item->word };

	return each_entry(tree, item, visit_entry, &visitor, err);
}

/* Ends the walk with 1 at the first that is not known. */
static int is_unknown(void *arg, struct tree *tree, const struct node *entry,
		      struct err *err)
{
	int known = entry_known(tree, entry, err);

	(void)arg;
	return known < 0 ? -1 : !known;
}

int source_item_known(struct tree *tree, const struct source_item *item,
		      struct err *err)
{
	int rc = each_entry(tree, item, is_unknown, NULL, err);

	return rc < 0 ? -1 : rc == 0;
}
