/* Knows what a COPY was made of when only its layer is left to tell. */
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "plan/evidence.h"

#define COMPARE_MAX (8 << 20) /* bytes of a file that are compared */
#define FILES_SHOWN 50        /* pieces of evidence about files */
#define DEPTH_MAX 255         /* directories entered */

struct walk {
	struct step *step;
	size_t shown, more;
	int depth;
};

static void add_file(struct walk *walk, char op, const char *path,
		     const char *what)
{
	struct evidence *evidence;

	if (walk->shown++ >= FILES_SHOWN) {
		walk->more++;
		return;
	}
	evidence = step_evidence(walk->step, EVIDENCE_FILE);
	evidence->op = op;
	evidence->path = mem_strdup(path);
	evidence->what = what && *what ? mem_strdup(what) : NULL;
}

static void add_part(struct buf *out, const char *text)
{
	buf_addf(out, "%s%s", out->len ? ", " : "", text);
}

/* Reads as much as both give; an unreadable file differs. */
static bool same_bytes(int a, int b)
{
	char left[32768], right[32768];
	ssize_t n;

	if (a < 0 || b < 0)
		return false;
	while ((n = read(a, left, sizeof(left))) > 0) {
		ssize_t have = 0, more = 1;

		while (have < n && more > 0) {
			more = read(b, right + have, (size_t)(n - have));
			have += more > 0 ? more : 0;
		}
		if (have != n || memcmp(left, right, (size_t)n))
			return false;
	}
	return n == 0;
}

static bool content_differs(struct walk *walk, const struct node *node,
			    int dir, const char *name, const struct stat *old)
{
	struct err ignored = ERR_INIT;
	AUTO_FD int now_fd = -1;
	AUTO_FD int old_fd = -1;

	if (node->size != old->st_size ||
	    tree_imagined(walk->step->source_tree, node))
		return true;
	/* A copy keeps the whole seconds. */
	if (node->mtime.tv_sec == old->st_mtim.tv_sec ||
	    node->size > COMPARE_MAX)
		return node->mtime.tv_sec != old->st_mtim.tv_sec;
	now_fd = tree_open(walk->step->source_tree, node, &ignored);
	old_fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return !same_bytes(now_fd, old_fd);
}

static bool link_differs(const struct node *node, int dir, const char *name)
{
	char text[4096];
	ssize_t len = readlinkat(dir, name, text, sizeof(text) - 1);

	if (len < 0 || !node->link)
		return true;
	text[len] = '\0';
	return strcmp(text, node->link) != 0;
}

static void compare_node(struct walk *walk, const struct node *node, int dir,
			 const char *name, const struct stat *old)
{
	AUTO(buf_release) struct buf what = BUF_INIT;
	unsigned left = old->st_mode & 0777, right = node->mode & 0777;

	if ((old->st_mode & S_IFMT) != (node->mode & S_IFMT)) {
		add_part(&what, "type");
	} else if (S_ISLNK(node->mode)) {
		if (link_differs(node, dir, name))
			add_part(&what, "link");
	} else {
		if (S_ISREG(node->mode) &&
		    content_differs(walk, node, dir, name, old))
			add_part(&what, "content");
		if (left != right)
			buf_addf(&what, "%smode %04o -> %04o",
				 what.len ? ", " : "", left, right);
	}
	if (what.len)
		add_file(walk, '~', node->path, what.data);
}

static void compare_dir(struct walk *walk, const struct node *node, int dir);

static void compare_child(struct walk *walk, const struct node *child,
			  int dir)
{
	AUTO_FD int below = -1;
	struct stat old;

	if (fstatat(dir, child->name, &old, AT_SYMLINK_NOFOLLOW) < 0) {
		add_file(walk, '+', child->path, NULL);
		return;
	}
	compare_node(walk, child, dir, child->name, &old);
	if (!S_ISDIR(child->mode) || !S_ISDIR(old.st_mode))
		return;
	below = openat(dir, child->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
		       O_NOFOLLOW);
	if (below >= 0)
		compare_dir(walk, child, below);
}

static bool is_whiteout(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISCHR(st.st_mode) && st.st_rdev == 0;
}

static bool has_child(const struct node *const *children, size_t count,
		      const char *name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(children[middle]->name, name);

		if (!order)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static void compare_dir(struct walk *walk, const struct node *node, int dir)
{
	AUTO(strv_release) struct strv names = { 0 };
	struct err ignored = ERR_INIT;
	const struct node *const *children;
	size_t count;

	if (walk->depth++ > DEPTH_MAX ||
	    tree_list(walk->step->source_tree, node, &children, &count,
		      &ignored) < 0 ||
	    fs_list(dir, ".", &names, &ignored) < 0) {
		walk->depth--;
		return;
	}
	for (size_t i = 0; i < count; i++)
		compare_child(walk, children[i], dir);
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = NULL;

		if (has_child(children, count, names.items[i]) ||
		    is_whiteout(dir, names.items[i]))
			continue;
		path = mem_printf("%s%s%s", node->path, *node->path ? "/" : "",
				  names.items[i]);
		add_file(walk, '-', path, NULL);
	}
	walk->depth--;
}

/* ---- where it was copied to ---- */

static int open_layer(struct plan *plan, const struct digest *image)
{
	struct err ignored = ERR_INIT;
	const struct image_config *config = plan_config(plan, image, &ignored);
	const struct layer **layers = NULL;
	AUTO_FREE char *path = NULL;
	size_t count;

	if (!config || !config->history_count ||
	    config->history[config->history_count - 1].empty_layer ||
	    store_layers_of(plan->input.store, config, &layers, &count,
			    &ignored) < 0)
		return -1;
	if (count)
		path = store_layer_path(plan->input.store, layers[count - 1]);
	free(layers);
	return path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static char *target_path(const struct step *step)
{
	AUTO_FREE char *joined = *step->dest == '/' ?
		mem_strdup(step->dest) :
		mem_printf("/%s/%s", step->after.working_dir, step->dest);
	AUTO_FREE char *clean = fs_clean_path(joined);

	return mem_strdup(clean[1] ? clean + 1 : ".");
}

static bool compare_at(struct walk *walk, const struct node *node, int root,
		       const char *path)
{
	AUTO_FREE char *above = mem_strdup(path);
	char *slash = strrchr(above, '/');
	const char *name = slash ? slash + 1 : above;
	struct err ignored = ERR_INIT;
	AUTO_FD int dir = -1;
	struct stat old;

	if (slash)
		*slash = '\0';
	dir = fs_open_in_root(root, slash ? above : ".",
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC, &ignored);
	if (dir < 0 || fstatat(dir, name, &old, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(old.st_mode))
		return false;
	compare_node(walk, node, dir, name, &old);
	return true;
}

static bool compare_file(struct walk *walk, const struct source_item *item,
			 int root, const char *target)
{
	AUTO_FREE char *inside = mem_printf("%s/%s", target, item->name);

	return compare_at(walk, item->node, root, inside) ||
	       compare_at(walk, item->node, root, target);
}

bool evidence_layer(struct plan *plan, struct step *step,
		    const struct digest *image)
{
	struct walk walk = { .step = step };
	const struct source_item *item = step->sources.items;
	AUTO_FREE char *target = target_path(step);
	struct err ignored = ERR_INIT;
	AUTO_FD int root = -1;
	AUTO_FD int dir = -1;

	if (step->sources.count != 1 || !item->node)
		return false;
	root = open_layer(plan, image);
	if (root < 0)
		return false;
	if (!item->is_dir)
		return compare_file(&walk, item, root, target);
	dir = fs_open_in_root(root, target, O_RDONLY | O_DIRECTORY |
			      O_CLOEXEC, &ignored);
	if (dir < 0)
		return false;
	compare_dir(&walk, item->node, dir);
	if (walk.more) {
		AUTO_FREE char *note =
			mem_printf("and %zu more files", walk.more);

		step_note(step, note);
	}
	return true;
}
