/* Knows what one layer does to the files below it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/merge.h"

struct walk {
	struct store *store;
	const char *diff;     /* "<cache-id>/diff" */
	struct tree *below;
	store_change_visit *visit;
	void *arg;
};

static int tell(struct walk *walk, enum layer_change change, const char *path,
		const struct stat *st, struct err *err)
{
	struct layer_file file = { .change = change, .path = path };

	if (st) {
		file.mode = st->st_mode;
		file.size = S_ISREG(st->st_mode) ? st->st_size : 0;
	}
	return walk->visit(walk->arg, &file, err);
}

static int by_text(const void *key, const void *item)
{
	return strcmp(key, *(char *const *)item);
}

/* What an opaque directory hides without putting something in its place. */
static int tell_hidden(struct walk *walk, const struct node *dir,
		       const struct strv *names, struct err *err)
{
	const struct node *const *children;
	size_t count;
	int rc = 0;

	if (tree_list(walk->below, dir, &children, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++)
		if (!names->count ||
		    !bsearch(children[i]->name, names->items, names->count,
			     sizeof(*names->items), by_text))
			rc = tell(walk, LAYER_REMOVED, children[i]->path, NULL,
				  err);
	return rc;
}

static int visit_name(void *arg, const char *name, unsigned char type,
		      struct err *err)
{
	(void)type;
	(void)err;
	strv_add(arg, name);
	return 0;
}

static int walk_dir(struct walk *walk, const char *path,
		    const struct node *below, struct err *err);

static int walk_one(struct walk *walk, const char *path, bool shown,
		    struct err *err)
{
	AUTO_FREE char *name = mem_printf("%s/%s", walk->diff, path);
	const struct node *below = NULL;
	enum layer_change change;
	struct stat st;
	int rc;

	if (fstatat(walk->store->overlay_fd, name, &st,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "cannot look at '%s'", name);
	if (shown && tree_find(walk->below, path, &below, err) < 0)
		return -1;
	if (S_ISCHR(st.st_mode) && st.st_rdev == 0)
		return below ? tell(walk, LAYER_REMOVED, path, NULL, err) : 0;
	change = below ? LAYER_CHANGED : LAYER_ADDED;
	rc = tell(walk, change, path, &st, err);
	if (rc || !S_ISDIR(st.st_mode))
		return rc;
	return walk_dir(walk, path,
			below && S_ISDIR(below->mode) ? below : NULL, err);
}

/* below: the directory that shows through, or NULL. */
static int walk_dir(struct walk *walk, const char *path,
		    const struct node *below, struct err *err)
{
	AUTO(strv_release) struct strv names = { 0 };
	AUTO_FREE char *dir = mem_printf("%s%s%s", walk->diff,
					 path[0] ? "/" : "", path);
	AUTO_FREE char *full = mem_printf("%s/" STORE_DRIVER "/%s",
					  walk->store->absolute, dir);
	bool opaque = merged_is_opaque(full);
	int rc = 0;

	if (quiet_each(walk->store->overlay_fd, dir, visit_name, &names,
		       err) < 0)
		return -1;
	strv_sort(&names);
	for (size_t i = 0; i < names.count && rc == 0; i++) {
		AUTO_FREE char *child = mem_printf("%s%s%s", path,
						   path[0] ? "/" : "",
						   names.items[i]);

		rc = walk_one(walk, child, below != NULL, err);
	}
	if (rc == 0 && opaque && below)
		rc = tell_hidden(walk, below, &names, err);
	return rc;
}

int store_layer_changes(struct store *store, const struct layer *layer,
			store_change_visit *visit, void *arg, struct err *err)
{
	AUTO_FREE char *diff = NULL;
	AUTO(tree_free) struct tree *below = NULL;
	struct walk walk = { .store = store, .visit = visit, .arg = arg };
	const struct node *root = NULL;

	if (store_need(store, &layer->chain_id, err) < 0)
		return -1;
	walk.diff = diff = mem_printf("%s/diff", layer->cache_id);
	if (store_tree(store, &layer->parent, &below, err) < 0 ||
	    tree_find(below, "", &root, err) < 0)
		return -1;
	walk.below = below;
	return walk_dir(&walk, "", root, err);
}
