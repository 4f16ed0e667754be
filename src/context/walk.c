/* Knows in which order the client walks a directory, and what it skips. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "base/fs.h"
#include "context/entry.h"

struct entry *entry_new(struct context *context, const char *path)
{
	struct entry *entry = arena_alloc(context->arena, sizeof(*entry));
	const char *slash;

	entry->node.path = arena_strdup(context->arena, path);
	slash = strrchr(entry->node.path, '/');
	entry->node.name = slash ? slash + 1 : entry->node.path;
	entry->capability = CAPABILITY_UNKNOWN;
	return entry;
}

/* ---- one directory ---- */

struct name {
	char *text; /* owned */
	unsigned char type;
};

struct names {
	struct name *items;
	size_t count;
};

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].text);
	free(names->items);
}
AUTO_DEFINE_IN_PLACE(struct names, names_release)

static int by_bytes(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static void close_dir(DIR *dir)
{
	if (dir)
		closedir(dir);
}
AUTO_DEFINE(DIR, close_dir)

static int cannot_stat(const struct context *context, const char *path,
		       struct err *err)
{
	int sys = errno;

	if (sys == EACCES || sys == EPERM)
		return err_set(err, ERR_DENIED,
			       "error checking context: can't stat '%s%s%s'",
			       context->root_path, path[0] ? "/" : "", path);
	return err_sys(err, sys, "error checking context: '%s%s%s'",
		       context->root_path, path[0] ? "/" : "", path);
}

static int read_names(DIR *dir, struct names *out)
{
	struct dirent *item;

	while (errno = 0, (item = readdir(dir))) {
		struct name name;

		if (strcmp(item->d_name, ".") == 0 ||
		    strcmp(item->d_name, "..") == 0)
			continue;
		name.text = mem_strdup(item->d_name);
		name.type = item->d_type;
		MEM_PUSH(out->items, out->count) = name;
	}
	if (errno)
		return -1;
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), by_bytes);
	return 0;
}

static void set_attributes(struct entry *entry, const struct stat *st)
{
	struct node *node = &entry->node;

	node->mode = st->st_mode;
	node->size = S_ISREG(st->st_mode) ? st->st_size : 0;
	node->mtime = st->st_mtim;
	node->ctime = st->st_ctim;
	node->rdev = st->st_rdev;
	node->dev = st->st_dev;
	node->ino = st->st_ino;
	entry->owner = st->st_uid;
	entry->group = st->st_gid;
	entry->links = st->st_nlink;
}

static int read_link(struct context *context, int dir, struct entry *entry)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, entry->node.name, target, sizeof(target));

	if (n < 0)
		return -1;
	entry->node.link = arena_strndup(context->arena, target, (size_t)n);
	return 0;
}

/* The client opens every file before it sends the first. */
static int check_readable(const struct context *context, int dir,
			  const struct entry *entry, struct err *err)
{
	if (!S_ISREG(entry->node.mode) || geteuid() == 0 ||
	    (entry->node.mode & 0444) == 0444)
		return 0;
	if (faccessat(dir, entry->node.name, R_OK, AT_EACCESS) == 0 ||
	    errno != EACCES)
		return 0;
	return err_set(err, ERR_DENIED,
		       "error checking context: no permission to read from "
		       "'%s/%s'", context->root_path, entry->node.path);
}

static bool is_skipped(struct context *context, const char *path,
		       unsigned char type, bool *ignored)
{
	*ignored = context->applied &&
		   ignore_match(context->applied, path).ignored;
	if (!*ignored)
		return false;
	if ((type == DT_DIR || type == DT_UNKNOWN) &&
	    ignore_may_hold(context->applied, path))
		return false;
	context->stats.ignored++;
	return true;
}

/* 1 *out is a new entry, 0 nothing to send, -1. */
static int visit(struct context *context, int dir, const struct name *name,
		 const char *path, struct entry **out, struct err *err)
{
	struct entry *entry;
	struct stat st;
	bool ignored;

	if (is_skipped(context, path, name->type, &ignored))
		return 0;
	if (fstatat(dir, name->text, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : cannot_stat(context, path, err);
	if (ignored && !S_ISDIR(st.st_mode)) {
		context->stats.ignored++;
		return 0;
	}
	if (S_ISSOCK(st.st_mode))
		return 0;
	entry = entry_new(context, path);
	set_attributes(entry, &st);
	if (S_ISLNK(st.st_mode) && read_link(context, dir, entry) < 0)
		return errno == ENOENT ? 0 : cannot_stat(context, path, err);
	if (ignored) {
		/* The daemon makes it, when something below it arrives. */
		entry->node.implied = true;
		entry->node.mode = S_IFDIR | 0755;
		entry->node.mtime = context->walk_start;
	}
	*out = entry;
	return check_readable(context, dir, entry, err) < 0 ? -1 : 1;
}

static DIR *open_dir(struct context *context, const char *path)
{
	AUTO_FD int fd = openat(context->root_fd, path[0] ? path : ".",
				O_RDONLY | O_DIRECTORY | O_CLOEXEC |
					(path[0] ? O_NOFOLLOW : 0));
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		(void)STEAL_FD(fd);
	return dir;
}

static int visit_names(struct context *context, struct entry *parent, int dir,
		       const struct names *names, struct err *err)
{
	AUTO(buf_release) struct buf path = BUF_INIT;
	const struct node **children =
		arena_alloc(context->arena, names->count * sizeof(*children));
	size_t prefix;

	buf_adds(&path, parent->node.path);
	if (path.len)
		buf_addc(&path, '/');
	prefix = path.len;
	for (size_t i = 0; i < names->count; i++) {
		struct entry *entry = NULL;
		int sent;

		path.len = prefix;
		buf_adds(&path, names->items[i].text);
		sent = visit(context, dir, &names->items[i], path.data, &entry,
			     err);
		if (sent < 0)
			return -1;
		if (sent == 0)
			continue;
		entry->node.parent = &parent->node;
		children[parent->node.child_count++] = &entry->node;
	}
	parent->node.children = children;
	return 0;
}

static int scan(struct context *context, struct entry *parent,
		struct err *err);

/* An implied directory with nothing below it is not made. */
static int scan_below(struct context *context, struct entry *parent,
		      struct err *err)
{
	struct node *node = &parent->node;
	size_t kept = 0;

	for (size_t i = 0; i < node->child_count; i++) {
		struct entry *child = entry_of(node->children[i]);

		if (S_ISDIR(child->node.mode) &&
		    scan(context, child, err) < 0)
			return -1;
		if (!child->node.implied || child->node.child_count > 0)
			node->children[kept++] = &child->node;
	}
	node->child_count = kept;
	return 0;
}

/* The descriptor is closed before the walk goes down: a deep tree needs no
 * more of them than a flat one. */
static int scan(struct context *context, struct entry *parent,
		struct err *err)
{
	parent->node.listed = true;
	{
		AUTO(close_dir) DIR *dir = open_dir(context,
						    parent->node.path);
		AUTO(names_release) struct names names = { NULL, 0 };

		if (!dir && errno == ENOENT)
			return 0;
		if (!dir || read_names(dir, &names) < 0)
			return cannot_stat(context, parent->node.path, err);
		if (visit_names(context, parent, dirfd(dir), &names, err) < 0)
			return -1;
	}
	return scan_below(context, parent, err);
}

/* ---- all of them ---- */

/* The first entry of each inode that has more than one name. The client
 * looks at the inode's number alone, not at the device. */
struct first {
	ino_t ino;
	const struct node *node;
	UT_hash_handle hh;
};

static void find_hard_link(struct first **firsts, struct entry *entry)
{
	struct first *first;

	HASH_FIND(hh, *firsts, &entry->node.ino, sizeof(ino_t), first);
	if (first) {
		entry->node.hardlink = first->node;
		return;
	}
	first = mem_alloc(sizeof(*first));
	first->ino = entry->node.ino;
	first->node = &entry->node;
	HASH_ADD(hh, *firsts, ino, sizeof(ino_t), first);
}

static void count(struct context_stats *stats, const struct entry *entry)
{
	if (entry->node.implied)
		return;
	if (S_ISDIR(entry->node.mode))
		stats->dirs++;
	else if (S_ISLNK(entry->node.mode))
		stats->links++;
	else
		stats->files++;
	if (entry_has_content(entry))
		stats->bytes += (uint64_t)entry->node.size;
}

static void number(struct context *context, const struct node *dir,
		   struct first **firsts)
{
	for (size_t i = 0; i < dir->child_count; i++) {
		struct entry *entry = entry_of(dir->children[i]);

		MEM_PUSH(context->entries, context->count) = entry;
		if (!S_ISDIR(entry->node.mode) && entry->links > 1 &&
		    context->root_fd >= 0)
			find_hard_link(firsts, entry);
		count(&context->stats, entry);
		if (S_ISDIR(entry->node.mode))
			number(context, &entry->node, firsts);
	}
}

void context_number(struct context *context)
{
	struct first *firsts = NULL, *first, *next;

	number(context, &context->root->node, &firsts);
	HASH_ITER(hh, firsts, first, next) {
		HASH_DEL(firsts, first);
		free(first);
	}
}

int context_walk(struct context *context, struct err *err)
{
	struct stat st;

	/* The clock that the kernel stamps files with. */
	clock_gettime(CLOCK_REALTIME_COARSE, &context->walk_start);
	if (fstat(context->root_fd, &st) < 0)
		return cannot_stat(context, "", err);
	context->root = entry_new(context, "");
	set_attributes(context->root, &st);
	if (scan(context, context->root, err) < 0)
		return -1;
	context_number(context);
	return 0;
}

/* ---- build files ---- */

static void take_out(struct context *context, struct entry *entry)
{
	struct entry *parent = entry_of(entry->node.parent);
	struct node *dir = &parent->node;
	size_t kept = 0;

	for (size_t i = 0; i < dir->child_count; i++)
		if (dir->children[i] != &entry->node)
			dir->children[kept++] = dir->children[i];
	dir->child_count = kept;
	entry->node.hidden = true;
	context->hidden[context->hidden_count++] = entry;
}

void context_hide(struct context *context, const char *dockerfile)
{
	const char *const names[HIDDEN_MAX] = { ".dockerignore", dockerfile };

	for (size_t i = 0; i < HIDDEN_MAX; i++) {
		struct err err = ERR_INIT;
		const struct node *node;

		if (names[i] && context->ignore &&
		    ignore_match(context->ignore, names[i]).ignored &&
		    tree_find(&context->tree, names[i], &node, &err) == 1 &&
		    node->parent && !node->hidden)
			take_out(context, entry_of(node));
	}
}
