/* Knows what the instructions that run nothing leave behind: a container that
 * was created and committed, and its working directory. */
#include <string.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "sandbox/initlayer.h"

enum there { NOTHING, DIRECTORY, OTHER };

/* What a path of the container leads to, which stands on its init layer; -1.
 * *resolved is where, owned. */
static int look(struct tree *tree, const char *path, char **resolved,
		struct err *err)
{
	const struct node *node;
	int found = tree_resolve(tree, path, true, resolved, &node, err);

	if (found < 0)
		return -1;
	if (initlayer_has_dir(*resolved))
		return DIRECTORY;
	if (initlayer_has_file(*resolved))
		return OTHER;
	if (!found)
		return NOTHING;
	return S_ISDIR(node->mode) ? DIRECTORY : OTHER;
}

/* 1 with the path to make, 0 it is there. */
static int missing_workdir(struct tree *tree, const char *workdir,
			   char **out, struct err *err)
{
	AUTO_FREE char *resolved = NULL;
	int there = look(tree, workdir, &resolved, err);

	if (there < 0)
		return -1;
	if (there == OTHER)
		return err_set(err, ERR_INPUT,
			       "Cannot mkdir: %s is not a directory", workdir);
	if (there == DIRECTORY)
		return 0;
	*out = STEAL(resolved);
	return 1;
}

static int no_path(const char *path, struct err *err)
{
	return err_set(err, ERR_INPUT, "lstat %s: invalid argument", path);
}

static int check_volume(struct tree *tree, const char *path, struct err *err)
{
	AUTO_FREE char *resolved = NULL;
	int there = look(tree, path, &resolved, err), behind;

	if (there < 0)
		return -1;
	if (there == OTHER)
		return err_set(err, ERR_INPUT, "cannot mount volume over "
			       "existing file, file exists /%s", resolved);
	behind = there == NOTHING ? tree_behind_file(tree, resolved, err) : 0;
	return behind > 0 ? err_set(err, ERR_INPUT, "lstat /%s: not a "
				    "directory", resolved) : behind;
}

/* Creating a container finds the places of its volumes. */
static int check_volumes(struct work *work, struct err *err)
{
	const struct map *volumes = &work->step->probe.volumes;

	for (size_t i = 0; i < volumes->count; i++) {
		AUTO_FREE char *path = fs_clean_path(volumes->items[i].key);
		struct tree *tree;

		if (utf8_has_nul(path))
			return no_path(path, err);
		if (build_tree(work->build, &work->chain, &tree, err) < 0 ||
		    check_volume(tree, path, err) < 0)
			return -1;
	}
	return 0;
}

/* Creating a container makes its working directory (section 1.4, 3). */
static int make_workdir(struct work *work, struct err *err)
{
	struct tree *tree;
	AUTO(upper_free) struct upper *upper = NULL;
	AUTO(layer_draft_free) struct layer_draft *draft = NULL;
	AUTO_FREE char *workdir = NULL, *path = NULL;
	struct upper_node *dir;
	int missing;

	if (!work->step->probe.working_dir[0])
		return 0;
	workdir = fs_clean_path(work->step->probe.working_dir);
	if (utf8_has_nul(workdir))
		return no_path(workdir, err);
	if (build_tree(work->build, &work->chain, &tree, err) < 0)
		return -1;
	missing = missing_workdir(tree, workdir, &path, err);
	if (missing <= 0)
		return missing;
	upper = upper_new(tree);
	if (upper_mkdirs(upper, path, 0, 0, &dir, NULL, err) < 0)
		return err->kind != ERR_INPUT ? -1 :
		       err_set(err, ERR_INPUT,
			       "Cannot mkdir: %s is not a directory", workdir);
	if (store_draft(work->build->store, &work->chain, &draft, err) < 0)
		return -1;
	return commit_upper(work, draft, upper, err);
}

int meta_step(struct work *work, struct err *err)
{
	if (plan_container_edit(work->build->plan, work->step,
				work->container, err) < 0 ||
	    make_workdir(work, err) < 0)
		return -1;
	return check_volumes(work, err);
}
