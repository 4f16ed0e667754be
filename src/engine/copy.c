/* Knows where the sources of a COPY or ADD go in the image, and who owns them
 * there (classic-builder.md section 7). */
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "spec/names.h"

#define PASSWD_MAX ((size_t)16 * 1024 * 1024)

/* A file with several names in one copied directory. */
struct link_group {
	const struct node *first; /* hash key */
	struct upper_inode *inode;
	UT_hash_handle hh;
};

struct copier {
	struct work *work;
	struct upper *upper;
	struct tree *tree;         /* of the source at work */
	struct layer_draft *draft;
	bool chown;
	long uid, gid;             /* --chown */
	char *dest;                /* resolved */
	bool dest_is_dir;          /* it ends in '/', or is one */
	/* ---- of the directory at work ---- */
	const struct node *from;
	struct upper_node *into;
	struct link_group *groups;
};

static void groups_free(struct copier *copier)
{
	struct link_group *group, *next;

	HASH_ITER(hh, copier->groups, group, next) {
		HASH_DEL(copier->groups, group);
		free(group);
	}
}

/* ---- attributes (7.2) ---- */

/* What a chown of the kernel leaves of a file's mode. */
static mode_t mode_after_chown(mode_t mode)
{
	if (S_ISDIR(mode) || S_ISLNK(mode))
		return mode;
	mode &= ~(mode_t)S_ISUID;
	if (mode & S_IXGRP)
		mode &= ~(mode_t)S_ISGID;
	return mode;
}

static bool preserves(const struct copier *copier)
{
	return copier->tree->is_image && !copier->chown;
}

static struct upper_attr attr_of(const struct copier *copier,
				 const struct node *node)
{
	struct upper_attr attr = {
		.mode = node->mode,
		.uid = copier->chown ? (uid_t)copier->uid : node->uid,
		.gid = copier->chown ? (gid_t)copier->gid : node->gid,
		.mtime = node->mtime.tv_sec < 0 ? 0 : node->mtime.tv_sec,
	};

	if (node->implied)
		attr.mtime = copier->upper->now;
	if (!preserves(copier))
		attr.mode = mode_after_chown(attr.mode);
	return attr;
}

/* ---- one thing into one directory ---- */

static void give_new(struct copier *copier, struct upper_node *to,
		     const struct node *node)
{
	struct upper_inode *inode = upper_inode_new();

	inode->tree = copier->tree;
	inode->source = node;
	inode->size = node->size;
	upper_give(to, inode);
}

static int put_node(struct copier *copier, struct upper_node *dir,
		    const char *name, const struct node *node,
		    struct upper_node **out, struct err *err)
{
	struct upper_attr attr = attr_of(copier, node);

	if (upper_put(copier->upper, dir, name, &attr, out, err) < 0)
		return -1;
	if (node->link) {
		free((*out)->link);
		(*out)->link = mem_strdup(node->link);
	}
	return upper_set_device(*out, node->rdev, err);
}

/* ---- a directory ---- */

/* Where the first name of node's inode went, if it is in this directory. */
static struct upper_inode *first_inside(struct copier *copier,
					const struct node *node)
{
	const struct node *first = node->hardlink;
	size_t len = strlen(copier->from->path);
	AUTO_FREE char *path = NULL;
	const char *rest = first->path;
	struct upper_node *at;

	if (len > 0) {
		if (strncmp(rest, copier->from->path, len) != 0 ||
		    rest[len] != '/')
			return NULL;
		rest += len + 1;
	}
	path = copier->into->path[0] ?
		       mem_printf("%s/%s", copier->into->path, rest) :
		       mem_strdup(rest);
	HASH_FIND(hh, copier->upper->by_path, path, strlen(path), at);
	return at && at->inode && at->inode->source == first ? at->inode : NULL;
}

static void give_linked(struct copier *copier, struct upper_node *to,
			const struct node *node)
{
	struct link_group *group;
	struct upper_inode *inode;

	HASH_FIND_PTR(copier->groups, &node->hardlink, group);
	inode = group ? group->inode : first_inside(copier, node);
	if (inode) {
		upper_give(to, inode);
		return;
	}
	give_new(copier, to, node);
	group = mem_alloc(sizeof(*group));
	group->first = node->hardlink;
	group->inode = to->inode;
	HASH_ADD_PTR(copier->groups, first, group);
}

static int put_file(struct copier *copier, struct upper_node *to,
		    const struct node *node, struct err *err)
{
	if (node->hardlink)
		give_linked(copier, to, node);
	else
		give_new(copier, to, node);
	if (preserves(copier) &&
	    tree_capability(copier->tree, node, &to->capability, err) < 0)
		return -1;
	return 0;
}

static int copy_children(struct copier *copier, const struct node *from,
			 struct upper_node *into, struct err *err)
{
	const struct node *const *children;
	struct upper_node *to;
	size_t count;

	if (tree_list(copier->tree, from, &children, &count, err) < 0 ||
	    build_check(copier->work->build, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct node *node = children[i];

		if (S_ISSOCK(node->mode))
			continue;
		if (put_node(copier, into, node->name, node, &to, err) < 0)
			return err_wrap(err, "failed to copy directory: Error "
					"processing tar file(exit status 1)");
		if (S_ISREG(node->mode) &&
		    put_file(copier, to, node, err) < 0)
			return -1;
		if (!S_ISDIR(node->mode))
			continue;
		if (copy_children(copier, node, to, err) < 0)
			return -1;
		/* A directory's time is set when all is in it. */
		to->attr = attr_of(copier, node);
	}
	return 0;
}

static int copy_dir(struct copier *copier, const struct node *from,
		    struct err *err)
{
	struct upper_node *into;
	bool made;
	int done;

	if (upper_mkdirs(copier->upper, copier->dest, 0, 0, &into, &made,
			 err) < 0)
		return err_wrap(err, "failed to copy directory");
	if (made && copier->chown) {
		into->attr.uid = (uid_t)copier->uid;
		into->attr.gid = (gid_t)copier->gid;
	}
	copier->from = from;
	copier->into = into;
	done = copy_children(copier, from, into, err);
	groups_free(copier);
	upper_touch(copier->upper, into);
	return done;
}

/* ---- a file ---- */

/* The path of the file to make, and its directory (owned). */
static char *file_place(const struct copier *copier, const char *name,
			char **dir)
{
	char *path = !copier->dest_is_dir ? mem_strdup(copier->dest) :
		     copier->dest[0] ?
			     mem_printf("%s/%s", copier->dest, name) :
			     mem_strdup(name);
	char *slash = strrchr(path, '/');

	*dir = slash ? mem_strndup(path, (size_t)(slash - path)) :
		       mem_strdup("");
	return path;
}

static int copy_file(struct copier *copier, const struct source_item *item,
		     struct err *err)
{
	AUTO_FREE char *dir = NULL;
	AUTO_FREE char *path = file_place(copier, item->name, &dir);
	const char *slash = strrchr(path, '/');
	struct upper_node *into, *to;
	uid_t uid = copier->chown ? (uid_t)copier->uid : 0;
	gid_t gid = copier->chown ? (gid_t)copier->gid : 0;

	/* Docker opens it, whatever it is. */
	if (S_ISCHR(item->node->mode) && item->node->rdev == 0)
		return err_set(err, ERR_INPUT, "failed to copy file: open "
			       "/%s: no such device or address",
			       item->node->path);
	/* Where owners are preserved Docker makes it by another way, which
	 * says less. */
	if (upper_mkdirs(copier->upper, dir, uid, gid, &into, NULL, err) < 0)
		return preserves(copier) ? -1 :
		       err_wrap(err, "failed to create new directory");
	if (put_node(copier, into, slash ? slash + 1 : path, item->node, &to,
		     err) < 0)
		return -1;
	upper_touch(copier->upper, into);
	if (S_ISREG(item->node->mode))
		give_new(copier, to, item->node);
	return 0;
}

static int copy_archive(struct copier *copier, const struct source_item *item,
			struct err *err)
{
	struct add_archive add = {
		.upper = copier->upper,
		.tree = copier->tree,
		.node = item->node,
		.diff_fd = layer_draft_diff_fd(copier->draft),
		.build = copier->work->build,
	};

	/* A file in the way, which is found where the root is to change. */
	if (upper_mkdirs(copier->upper, copier->dest, 0, 0, &add.dest, NULL,
			 err) < 0)
		return err->kind == ERR_INPUT ?
			       err_set(err, ERR_INPUT, "Error processing tar "
				       "file(exit status 1): Error setting up "
				       "pivot dir: mkdir /%s/.pivot_root: not "
				       "a directory", copier->dest) :
			       -1;
	return add_archive(&add, err);
}

static int copy_item(struct copier *copier, const struct source_item *item,
		     struct err *err)
{
	int archive;

	if (item->is_dir)
		return copy_dir(copier, item->node, err);
	if (!item->tree && copier->work->step->instr->kind == INSTR_ADD &&
	    S_ISREG(item->node->mode)) {
		archive = add_is_archive(copier->tree, item->node, err);
		if (archive < 0)
			return -1;
		if (archive)
			return copy_archive(copier, item, err);
	}
	return copy_file(copier, item, err);
}

/* ---- the destination (7.1) ---- */

/* Absolute, with a last '/' if it had one. */
static char *full_dest(const struct step *step)
{
	const char *dest = step->dest, *workdir = step->after.working_dir;
	size_t len = strlen(dest);
	AUTO_FREE char *joined = NULL;
	AUTO_FREE char *clean = NULL;

	if (dest[0] == '/')
		return mem_strdup(dest);
	joined = mem_printf("/%s/%s", workdir, dest);
	clean = fs_clean_path(joined);
	if (len > 0 && dest[len - 1] == '/' && clean[1])
		return mem_printf("%s/", clean);
	return STEAL(clean);
}

/* Docker joins with the root's path and cleans: "/../z" leaves it. */
static int check_inside(const char *dest, struct err *err)
{
	AUTO_FREE char *relative = NULL;
	const char *start = dest + strspn(dest, "/");

	relative = fs_clean_path(start);
	if (strcmp(relative, "..") == 0 || strncmp(relative, "../", 3) == 0)
		return err_set(err, ERR_INPUT,
			       "evalSymlinksInScope: %s is not in /", dest);
	return 0;
}

/* Docker's resolver looks at each part; below a file the kernel says no. */
static int check_way(struct tree *tree, const char *path, struct err *err)
{
	AUTO_FREE char *part = mem_strdup(path);

	for (char *slash = strchr(part, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		const struct node *node;
		int found;

		*slash = '\0';
		found = tree_find(tree, part, &node, err);
		*slash = '/';
		if (found <= 0)
			return found;
		if (S_ISDIR(node->mode))
			continue;
		return err_set(err, ERR_INPUT, "lstat /%.*s: not a directory",
			       (int)(slash + 1 - part +
				     (ptrdiff_t)strcspn(slash + 1, "/")),
			       part);
	}
	return 0;
}

static int find_dest(struct copier *copier, struct err *err)
{
	AUTO_FREE char *dest = full_dest(copier->work->step);
	size_t len = strlen(dest);
	const struct node *node = NULL;
	int found;

	if (check_inside(dest, err) < 0)
		return -1;
	found = tree_resolve(copier->upper->lower, dest, true, &copier->dest,
			     &node, err);
	if (found < 0 ||
	    (!found && check_way(copier->upper->lower, copier->dest, err) < 0))
		return -1;
	copier->dest_is_dir = dest[len - 1] == '/' || !copier->dest[0] ||
			      (found && S_ISDIR(node->mode));
	return 0;
}

/* ---- the step ---- */

static int find_owner(struct copier *copier, struct err *err)
{
	const char *spec = copier->work->step->chown;
	AUTO(buf_release) struct buf passwd = BUF_INIT, group = BUF_INIT;
	struct tree *image = copier->upper->lower;
	int has_passwd, has_group;

	if (!spec)
		return 0;
	has_passwd = tree_read(image, "etc/passwd", PASSWD_MAX, &passwd, err);
	if (has_passwd < 0)
		return -1;
	has_group = tree_read(image, "etc/group", PASSWD_MAX, &group, err);
	if (has_group < 0)
		return -1;
	copier->chown = true;
	buf_addc(&passwd, '\n');
	buf_addc(&group, '\n');
	if (names_chown(spec, has_passwd ? passwd.data : NULL,
			has_group ? group.data : NULL, &copier->uid,
			&copier->gid, err) < 0)
		return err_wrap(err, "unable to convert uid/gid chown string "
				"to host mapping");
	return 0;
}

static int copy_items(struct copier *copier, struct err *err)
{
	const struct source_set *sources = &copier->work->step->sources;
	struct tree *tree = copier->tree;

	if (find_dest(copier, err) < 0)
		return -1;
	for (size_t i = 0; i < sources->count; i++) {
		const struct source_item *item = &sources->items[i];

		copier->tree = item->tree ? item->tree : tree;
		if (copy_item(copier, item, err) < 0)
			return -1;
	}
	copier->tree = tree;
	return 0;
}

/* All sums are known now, so this reads nothing that was copied. */
static int close_key(struct copier *copier, struct err *err)
{
	struct step *step = copier->work->step;

	if (!step->key_open)
		return 0;
	if (!step->sources.key &&
	    source_make_key(copier->tree, &step->sources, err) < 0)
		return -1;
	plan_close_key(copier->work->build->plan, step, step->sources.key);
	return 0;
}

static int copy_with(struct copier *copier, struct err *err)
{
	struct work *work = copier->work;

	if (find_owner(copier, err) < 0)
		return -1;
	if (copy_items(copier, err) < 0)
		return err->kind == ERR_CANCELLED ? -1 :
		       err_wrap(err, "failed to copy files");
	if (commit_upper(work, copier->draft, copier->upper, err) < 0)
		return -1;
	return close_key(copier, err);
}

int copy_step(struct work *work, struct err *err)
{
	struct tree *lower;
	AUTO(layer_draft_free) struct layer_draft *draft = NULL;
	AUTO(upper_free) struct upper *upper = NULL;
	struct copier copier = { .work = work,
				 .tree = work->step->source_tree };
	int done;

	if (!copier.tree) /* beside a download */
		copier.tree = work->build->options->plan.context;
	if (build_tree(work->build, &work->chain, &lower, err) < 0 ||
	    store_draft(work->build->store, &work->chain, &draft, err) < 0)
		return -1;
	upper = upper_new(lower);
	copier.upper = upper;
	copier.draft = draft;
	done = copy_with(&copier, err);
	free(copier.dest);
	return done;
}
