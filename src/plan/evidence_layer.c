/* Knows what a COPY was made of when only its layer is left to tell. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/fs.h"
#include "context/context.h"
#include "plan/evidence.h"
#include "plan/journal.h"

#define COMPARE_MAX (8 << 20) /* bytes of a file that are compared */
#define BUDGET (64 << 20)     /* bytes compared though size and mtime agree */
#define DEPTH_MAX 255         /* directories entered */

struct walk {
	struct step *step;
	size_t shown, more, most;
	int64_t compared; /* bytes */
	int depth;
	const struct layer_rule *rule; /* NULL: times help, owners do not */
	bool unsure; /* something could not be looked at */
};

static void add_file(struct walk *walk, char op, const char *path,
		     const char *what)
{
	struct evidence *evidence;

	if (walk->shown++ >= walk->most) {
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

/* Attributes that builders carry from the context into a layer. */
static bool carried(const char *name)
{
	return !strncmp(name, "user.", 5) ||
	       !strcmp(name, "security.capability");
}

#define XATTRS_MAX 65536

/* Whether each such attribute of a is one of b, with the same value. */
static bool xattrs_within(int a, int b)
{
	AUTO_FREE char *names = mem_alloc(XATTRS_MAX);
	AUTO_FREE char *left = mem_alloc(XATTRS_MAX);
	AUTO_FREE char *right = mem_alloc(XATTRS_MAX);
	ssize_t len = flistxattr(a, names, XATTRS_MAX);

	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1) {
		ssize_t have, other;

		if (!carried(names + at))
			continue;
		have = fgetxattr(a, names + at, left, XATTRS_MAX);
		other = fgetxattr(b, names + at, right, XATTRS_MAX);
		if (have < 0 || have != other ||
		    memcmp(left, right, (size_t)have))
			return false;
	}
	return true;
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
	/* A copy keeps the whole seconds; an edit may fall into the same. */
	if (!walk->rule && (node->size > COMPARE_MAX ||
	    (node->mtime.tv_sec == old->st_mtim.tv_sec &&
	     walk->compared + node->size > BUDGET)))
		return node->mtime.tv_sec != old->st_mtim.tv_sec;
	walk->compared += node->size;
	now_fd = tree_open(walk->step->source_tree, node, &ignored);
	old_fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return !same_bytes(now_fd, old_fd) ||
	       (walk->rule && !(xattrs_within(now_fd, old_fd) &&
				xattrs_within(old_fd, now_fd)));
}

static void compare_link(struct buf *what, const struct node *node, int dir,
			 const char *name)
{
	char text[4096];
	ssize_t len = readlinkat(dir, name, text, sizeof(text) - 1);

	if (len < 0 || !node->link) {
		add_part(what, "link");
		return;
	}
	text[len] = '\0';
	if (strcmp(text, node->link))
		buf_addf(what, "link %s -> %s", text, node->link);
}

static void compare_number(struct buf *what, const char *name,
			   unsigned long old, unsigned long now)
{
	if (old != now)
		buf_addf(what, "%s%s %lu -> %lu", what->len ? ", " : "", name,
			 old, now);
}

/* What the rule of another builder puts into its key beside content. */
static void compare_owner(const struct layer_rule *rule, struct buf *what,
			  const struct node *node, const struct stat *old)
{
	compare_number(what, "uid", old->st_uid, rule->uid < 0 ?
		       node->uid : (unsigned long)rule->uid);
	compare_number(what, "gid", old->st_gid, rule->gid < 0 ?
		       node->gid : (unsigned long)rule->gid);
}

static unsigned mode_wanted(const struct walk *walk, const struct node *node)
{
	unsigned mask = walk->rule ? 07777 : 0777;

	return walk->rule && walk->rule->mode >= 0 ?
	       (unsigned)walk->rule->mode : node->mode & mask;
}

static void compare_node(struct walk *walk, const struct node *node, int dir,
			 const char *name, const struct stat *old)
{
	AUTO(buf_release) struct buf what = BUF_INIT;
	unsigned left = old->st_mode & (walk->rule ? 07777 : 0777);
	unsigned right = mode_wanted(walk, node);

	if ((old->st_mode & S_IFMT) != (node->mode & S_IFMT)) {
		evidence_type_change(&what, journal_type(old->st_mode),
				     journal_type(node->mode));
	} else if (S_ISLNK(node->mode)) {
		compare_link(&what, node, dir, name);
	} else {
		if (S_ISREG(node->mode) &&
		    content_differs(walk, node, dir, name, old))
			add_part(&what, "content");
		if (left != right)
			buf_addf(&what, "%smode %04o -> %04o",
				 what.len ? ", " : "", left, right);
	}
	if (walk->rule)
		compare_owner(walk->rule, &what, node, old);
	if (what.len)
		add_file(walk, '~', node->path, what.data);
}

int evidence_root(const struct step *step)
{
	struct tree *tree = step->source_tree;

	return !tree || tree->is_image || tree->ops->imagined ? -1 :
	       context_root_fd(tree);
}

/* A directory of the context with attributes that a copy carries: whether the
 * layer's has them is not looked at. */
static bool has_attributes(const struct walk *walk, const struct node *node)
{
	int root = evidence_root(walk->step);
	AUTO_FREE char *path = mem_printf("/proc/self/fd/%d/%s", root,
					  node->path);
	AUTO_FREE char *names = mem_alloc(XATTRS_MAX);
	ssize_t len = root < 0 ? 0 : llistxattr(path, names, XATTRS_MAX);

	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1)
		if (carried(names + at))
			return true;
	return false;
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
	if (walk->rule && has_attributes(walk, child))
		walk->unsure = true;
	below = openat(dir, child->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
		       O_NOFOLLOW);
	if (below >= 0)
		compare_dir(walk, child, below);
	else
		walk->unsure = true;
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

/* Names of the layer's directory that none of the sources has. */
static void find_removed(struct walk *walk, const char *path,
			 const struct node *const *children, size_t count,
			 int dir)
{
	AUTO(strv_release) struct strv names = { 0 };
	struct err ignored = ERR_INIT;

	if (fs_list(dir, ".", &names, &ignored) < 0) {
		walk->unsure = true;
		return;
	}
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *gone = NULL;

		if (has_child(children, count, names.items[i]) ||
		    is_whiteout(dir, names.items[i]))
			continue;
		gone = mem_printf("%s%s%s", path, *path ? "/" : "",
				  names.items[i]);
		add_file(walk, '-', gone, NULL);
	}
}

static void compare_dir(struct walk *walk, const struct node *node, int dir)
{
	struct err ignored = ERR_INIT;
	const struct node *const *children;
	size_t count;

	if (walk->depth >= DEPTH_MAX ||
	    tree_list(walk->step->source_tree, node, &children, &count,
		      &ignored) < 0) {
		walk->unsure = true;
		return;
	}
	walk->depth++;
	for (size_t i = 0; i < count; i++)
		compare_child(walk, children[i], dir);
	find_removed(walk, node->path, children, count, dir);
	walk->depth--;
}

/* ---- where it was copied to ---- */

int evidence_open_layer(struct plan *plan, const struct digest *image)
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
	if (count && store_need(plan->input.store,
				&layers[count - 1]->chain_id, &ignored) == 0)
		path = store_layer_path(plan->input.store, layers[count - 1]);
	free(layers);
	return path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

char *evidence_target(const struct step *step)
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

/* What stands right below the destination: files, and what directories hold. */
struct top {
	const struct node **nodes;
	size_t count;
};

static void top_release(struct top *top)
{
	free(top->nodes);
}
AUTO_DEFINE_IN_PLACE(struct top, top_release)

static int by_name(const void *a, const void *b)
{
	const struct node *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static bool add_item(struct step *step, const struct source_item *item,
		     struct top *top)
{
	const struct node *const *children;
	struct err ignored = ERR_INIT;
	size_t count;

	/* Through a link: the layer has another name for it. */
	if (!item->node || (!item->is_dir &&
			    strcmp(item->name, item->node->name)))
		return false;
	if (!item->is_dir) {
		MEM_PUSH(top->nodes, top->count) = item->node;
		return true;
	}
	if (tree_list(step->source_tree, item->node, &children, &count,
		      &ignored) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		MEM_PUSH(top->nodes, top->count) = children[i];
	return true;
}

/* false: two sources have one name, and the later hides the earlier. */
static bool make_top(struct step *step, struct top *top)
{
	for (size_t i = 0; i < step->sources.count; i++)
		if (!add_item(step, &step->sources.items[i], top))
			return false;
	if (top->count)
		qsort(top->nodes, top->count, sizeof(*top->nodes), by_name);
	for (size_t i = 1; i < top->count; i++)
		if (!strcmp(top->nodes[i - 1]->name, top->nodes[i]->name))
			return false;
	return true;
}

/* The only directory whose content was copied, which is where a name that is
 * gone was; "": it is not known where. */
static const char *removed_from(const struct source_set *set)
{
	const char *path = NULL;

	for (size_t i = 0; i < set->count; i++) {
		if (set->items[i].from_wildcard || (path &&
						    set->items[i].is_dir))
			return "";
		if (set->items[i].is_dir)
			path = set->items[i].node->path;
	}
	return path ? path : "";
}

static int by_path(const void *a, const void *b)
{
	const struct evidence *left = a, *right = b;

	return strcmp(left->path, right->path);
}

static bool compare_all(struct walk *walk, int root, const char *target)
{
	AUTO(top_release) struct top top = { NULL, 0 };
	struct err ignored = ERR_INIT;
	AUTO_FD int dir = -1;

	if (!make_top(walk->step, &top))
		return false;
	dir = fs_open_in_root(root, target, O_RDONLY | O_DIRECTORY |
			      O_CLOEXEC, &ignored);
	if (dir < 0)
		return false;
	for (size_t i = 0; i < top.count; i++)
		compare_child(walk, top.nodes[i], dir);
	find_removed(walk, removed_from(&walk->step->sources), top.nodes,
		     top.count, dir);
	return true;
}

/* false: the layer does not tell. */
static bool compare_sources(struct walk *walk, int root, const char *target)
{
	const struct source_item *item = walk->step->sources.items;
	size_t count = walk->step->sources.count;
	bool single = count == 1 && !item->is_dir && !item->from_wildcard;

	if (root < 0 || !count || (single && !item->node))
		return false;
	/* One match of a pattern may have been put there under another name. */
	if (walk->rule && !single && count == 1 && !item->is_dir &&
	    item->node && compare_at(walk, item->node, root, target))
		return true;
	return single ? compare_file(walk, item, root, target) :
			compare_all(walk, root, target);
}

bool evidence_layer(struct plan *plan, struct step *step,
		    const struct digest *image, size_t most)
{
	struct walk walk = { .step = step, .most = most };
	AUTO_FREE char *target = evidence_target(step);
	AUTO_FD int root = evidence_open_layer(plan, image);
	size_t first = step->evidence_count;

	if (!compare_sources(&walk, root, target))
		return false;
	if (walk.shown)
		qsort(step->evidence + first, step->evidence_count - first,
		      sizeof(*step->evidence), by_path);
	if (walk.more) {
		AUTO_FREE char *note =
			mem_printf("and %zu more files", walk.more);

		step_note(step, note);
	}
	return true;
}

/* ---- by another builder's rule ---- */

/* The destination in the layer: links of what lies below it are followed. */
static char *resolved_target(struct plan *plan, const struct step *step,
			     struct err *err)
{
	AUTO_FREE char *target = evidence_target(step);
	const struct node *node;
	struct tree *tree;
	char *resolved;

	if (!strcmp(target, "."))
		return STEAL(target);
	if (plan_tree(plan, &step->parent, &tree, err) < 0 ||
	    tree_resolve(tree, target, true, &resolved, &node, err) < 0)
		return NULL;
	if (*resolved)
		return resolved;
	free(resolved);
	return mem_strdup(".");
}

/* A directory that is copied gives its mode only to one that it makes. */
static bool tops_shown(const struct step *step, int root, const char *target)
{
	struct err ignored = ERR_INIT;
	AUTO_FD int dir = fs_open_in_root(root, target, O_PATH | O_DIRECTORY |
					  O_CLOEXEC, &ignored);
	struct stat st;

	if (dir >= 0 && fstat(dir, &st) < 0)
		return false;
	for (size_t i = 0; i < step->sources.count; i++) {
		const struct node *node = step->sources.items[i].node;

		if (step->sources.items[i].is_dir && *node->path &&
		    (dir < 0 || (node->mode & 07777) != (st.st_mode & 07777)))
			return false;
	}
	return true;
}

static bool copies_dir(const struct step *step)
{
	for (size_t i = 0; i < step->sources.count; i++)
		if (step->sources.items[i].is_dir &&
		    *step->sources.items[i].node->path)
			return true;
	return false;
}

static bool was_there(struct plan *plan, const struct step *step,
		      const char *target)
{
	struct err ignored = ERR_INIT;
	const struct node *node;
	struct tree *tree;

	return !strcmp(target, ".") ||
	       (plan_tree(plan, &step->parent, &tree, &ignored) == 0 &&
		tree_find(tree, target, &node, &ignored) > 0);
}

int evidence_match(struct plan *plan, struct step *step,
		   const struct digest *image, const struct layer_rule *rule)
{
	struct walk walk = { .step = step, .most = EVIDENCE_FILES_SHOWN,
			     .rule = rule };
	struct err ignored = ERR_INIT;
	AUTO_FREE char *target = resolved_target(plan, step, &ignored);
	AUTO_FD int root = evidence_open_layer(plan, image);

	if (!target || !compare_sources(&walk, root, target) || walk.unsure)
		return -1;
	if (walk.shown)
		return 0;
	if (rule->mode < 0 && !tops_shown(step, root, target))
		return -1;
	return copies_dir(step) && was_there(plan, step, target) ? 2 : 1;
}
