/* Knows what the instructions that run nothing leave behind: a container that
 * was created and committed, and its working directory. */
#include <string.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "sandbox/initlayer.h"

/* 1 with the path to make, 0 it is there (or none is asked for). */
static int missing_workdir(struct tree *tree, const char *workdir,
			   char **out, struct err *err)
{
	AUTO_FREE char *resolved = NULL;
	const struct node *node;
	int found;

	if (!workdir[0])
		return 0;
	found = tree_resolve(tree, workdir, true, &resolved, &node, err);
	if (found < 0)
		return -1;
	/* The container that Docker creates stands on its init layer. */
	if (initlayer_has_dir(resolved))
		return 0;
	if (initlayer_has_file(resolved) || (found && !S_ISDIR(node->mode)))
		return err_set(err, ERR_INPUT,
			       "Cannot mkdir: %s is not a directory", workdir);
	if (found)
		return 0;
	*out = STEAL(resolved);
	return 1;
}

static int no_path(const char *path, struct err *err)
{
	return err_set(err, ERR_INPUT, "lstat %s: invalid argument", path);
}

/* Creating a container mounts its volumes. */
static int check_volumes(const struct map *volumes, struct err *err)
{
	for (size_t i = 0; i < volumes->count; i++)
		if (utf8_has_nul(volumes->items[i].key))
			return no_path(volumes->items[i].key, err);
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
	    check_volumes(&work->step->probe.volumes, err) < 0)
		return -1;
	return make_workdir(work, err);
}
