/* Knows how a directory tree is read from the disk, by several threads. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "context/entry.h"

/* Helpers start when that many directories wait; a small context is read
 * before a thread would run. */
#define HELPERS_FROM 16
#define HELPERS_MAX 3

/* The directories that wait, and the first error in walk order. */
struct pool {
	struct context *context;
	bool check_access;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct entry **waiting;
	size_t waiting_count;
	size_t busy;
	char *failed; /* path of the error, or NULL */
	struct err err;
	pthread_t threads[HELPERS_MAX];
	size_t helpers, helpers_wanted;
};

/* What one thread needs to itself. */
struct worker {
	struct pool *pool;
	struct arena *arena;
	size_t ignored;
	struct context_ignored *left;
	size_t left_count;
};

static void add_error(struct pool *pool, const char *path,
		      const struct err *err)
{
	pthread_mutex_lock(&pool->lock);
	if (!pool->failed ||
	    path_order(path, strlen(path), pool->failed) < 0) {
		free(pool->failed);
		pool->failed = mem_strdup(path);
		pool->err = *err;
	}
	pthread_mutex_unlock(&pool->lock);
}

static int cannot_stat(struct pool *pool, const char *path)
{
	const char *root = pool->context->root_path;
	const char *slash = path[0] ? "/" : "";
	struct err err = ERR_INIT;
	int sys = errno;

	if (sys == EACCES || sys == EPERM)
		err_set(&err, ERR_DENIED,
			"error checking context: can't stat '%s%s%s'", root,
			slash, path);
	else
		err_sys(&err, sys, "error checking context: '%s%s%s'", root,
			slash, path);
	add_error(pool, path, &err);
	return -1;
}

/* ---- one name ---- */

struct name {
	const char *path, *text;
	unsigned char type;
};

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

static int read_link(struct worker *worker, int dir, struct entry *entry)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, entry->node.name, target, sizeof(target));

	if (n < 0)
		return -1;
	entry->node.link = arena_strndup(worker->arena, target, (size_t)n);
	return 0;
}

/* The client opens every file before it sends the first. */
static void check_access(struct pool *pool, int dir, const struct entry *entry)
{
	struct err err = ERR_INIT;

	if (!S_ISREG(entry->node.mode) || (entry->node.mode & 0444) == 0444 ||
	    faccessat(dir, entry->node.name, R_OK, AT_EACCESS) == 0 ||
	    errno != EACCES)
		return;
	err_set(&err, ERR_DENIED,
		"error checking context: no permission to read from '%s/%s'",
		pool->context->root_path, entry->node.path);
	add_error(pool, entry->node.path, &err);
}

static void leave(struct worker *worker, const char *path, int line)
{
	if (line)
		worker->ignored++;
	if (worker->pool->context->keep_ignored)
		MEM_PUSH(worker->left, worker->left_count) =
			(struct context_ignored){ .path = path, .line = line };
}

static bool is_skipped(struct worker *worker, const struct name *name,
		       struct ignore_verdict *verdict)
{
	const struct ignore *rules = worker->pool->context->applied;

	if (rules)
		*verdict = ignore_match(rules, name->path);
	if (!verdict->ignored)
		return false;
	if ((name->type == DT_DIR || name->type == DT_UNKNOWN) &&
	    ignore_may_hold(rules, name->path))
		return false;
	leave(worker, name->path, verdict->line);
	return true;
}

/* The daemon makes it, when something below it arrives. */
static void imply(struct context *context, struct entry *entry)
{
	entry->node.implied = true;
	entry->node.mode = S_IFDIR | 0755;
	entry->node.mtime = context->walk_start;
}

/* 1 *out is a new entry, 0 nothing to send, -1. What vanished since its name
 * was read is not there. */
static int visit(struct worker *worker, int dir, const struct name *name,
		 struct entry **out)
{
	struct pool *pool = worker->pool;
	struct entry *entry;
	struct ignore_verdict verdict = { false, 0 };
	struct stat st;

	if (is_skipped(worker, name, &verdict))
		return 0;
	if (fstatat(dir, name->text, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : cannot_stat(pool, name->path);
	if (verdict.ignored && !S_ISDIR(st.st_mode)) {
		leave(worker, name->path, verdict.line);
		return 0;
	}
	if (S_ISSOCK(st.st_mode)) {
		leave(worker, name->path, 0);
		return 0;
	}
	entry = entry_new(worker->arena, name->path);
	set_attributes(entry, &st);
	if (S_ISLNK(st.st_mode) && read_link(worker, dir, entry) < 0)
		return errno == ENOENT ? 0 : cannot_stat(pool, name->path);
	if (verdict.ignored)
		imply(pool->context, entry);
	if (pool->check_access)
		check_access(pool, dir, entry);
	*out = entry;
	return 1;
}

/* ---- one directory ---- */

struct names {
	struct name *items;
	size_t count;
};

static void names_release(struct names *names)
{
	free(names->items);
}
AUTO_DEFINE_IN_PLACE(struct names, names_release)

static void close_dir(DIR *dir)
{
	if (dir)
		closedir(dir);
}
AUTO_DEFINE(DIR, close_dir)

static int by_bytes(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static char *join(struct arena *arena, const char *dir, const char *name)
{
	size_t dir_len = strlen(dir), name_len = strlen(name);
	char *path = arena_alloc(arena, dir_len + name_len + 2);

	memcpy(path, dir, dir_len);
	if (dir_len > 0)
		path[dir_len++] = '/';
	memcpy(path + dir_len, name, name_len);
	return path;
}

static int read_names(struct worker *worker, DIR *dir, const char *path,
		      struct names *out)
{
	size_t prefix = path[0] ? strlen(path) + 1 : 0;
	struct dirent *item;

	while (errno = 0, (item = readdir(dir))) {
		struct name name = { .type = item->d_type };

		if (strcmp(item->d_name, ".") == 0 ||
		    strcmp(item->d_name, "..") == 0)
			continue;
		name.path = join(worker->arena, path, item->d_name);
		name.text = name.path + prefix;
		MEM_PUSH(out->items, out->count) = name;
	}
	if (errno)
		return -1;
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), by_bytes);
	return 0;
}

/* Paths are opened from the root and no descriptor stays open: a deep tree
 * needs no more of them than a flat one. What became a link since its name
 * was read leads nowhere else. */
static DIR *open_dir(const struct context *context, const char *path)
{
	struct err err = ERR_INIT;
	AUTO_FD int fd = fs_open_in_root(context->root_fd, path,
					 O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
					 &err);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		(void)STEAL_FD(fd);
	else if (fd < 0)
		errno = err.sys;
	return dir;
}

static void visit_names(struct worker *worker, struct entry *parent, int dir,
			const struct names *names)
{
	const struct node **children =
		arena_alloc(worker->arena, names->count * sizeof(*children));

	for (size_t i = 0; i < names->count; i++) {
		struct entry *entry = NULL;

		if (visit(worker, dir, &names->items[i], &entry) <= 0)
			continue;
		entry->node.parent = &parent->node;
		children[parent->node.child_count++] = &entry->node;
	}
	parent->node.children = children;
}

static void scan(struct worker *worker, struct entry *parent)
{
	const char *path = parent->node.path;
	AUTO(close_dir) DIR *dir = open_dir(worker->pool->context, path);
	AUTO(names_release) struct names names = { NULL, 0 };

	parent->node.listed = true;
	if (!dir && errno == ENOENT)
		return;
	if (!dir || read_names(worker, dir, path, &names) < 0)
		(void)cannot_stat(worker->pool, path);
	else
		visit_names(worker, parent, dirfd(dir), &names);
}

/* ---- all of them ---- */

static void *work(void *arg);

/* With the lock held. */
static void add_waiting(struct pool *pool, const struct entry *parent)
{
	for (size_t i = 0; i < parent->node.child_count; i++) {
		struct entry *child = entry_of(parent->node.children[i]);

		if (S_ISDIR(child->node.mode))
			MEM_PUSH(pool->waiting, pool->waiting_count) = child;
	}
	if (pool->waiting_count > 1)
		pthread_cond_broadcast(&pool->changed);
	if (pool->waiting_count < HELPERS_FROM)
		return;
	for (; pool->helpers < pool->helpers_wanted; pool->helpers++)
		if (pthread_create(&pool->threads[pool->helpers], NULL, work,
				   pool) != 0) {
			pool->helpers_wanted = pool->helpers;
			break;
		}
}

static void merge(struct pool *pool, struct worker *worker)
{
	struct context *context = pool->context;

	context->stats.ignored += worker->ignored;
	for (size_t i = 0; i < worker->left_count; i++)
		MEM_PUSH(context->left, context->left_count) = worker->left[i];
	free(worker->left);
	MEM_PUSH(pool->context->arenas, pool->context->arena_count) =
		worker->arena;
}

static void *work(void *arg)
{
	struct pool *pool = arg;
	struct worker worker = { .pool = pool, .arena = arena_new() };

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct entry *dir;

		while (pool->waiting_count == 0 && pool->busy > 0)
			pthread_cond_wait(&pool->changed, &pool->lock);
		if (pool->waiting_count == 0)
			break;
		dir = pool->waiting[--pool->waiting_count];
		pool->busy++;
		pthread_mutex_unlock(&pool->lock);
		scan(&worker, dir);
		pthread_mutex_lock(&pool->lock);
		pool->busy--;
		add_waiting(pool, dir);
	}
	pthread_cond_broadcast(&pool->changed);
	merge(pool, &worker);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static size_t processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 1 ? (size_t)n : 1;
}

static int run(struct pool *pool, struct err *err)
{
	MEM_PUSH(pool->waiting, pool->waiting_count) = pool->context->root;
	work(pool);
	for (size_t i = 0; i < pool->helpers; i++)
		pthread_join(pool->threads[i], NULL);
	free(pool->waiting);
	if (!pool->failed)
		return 0;
	free(pool->failed);
	*err = pool->err;
	return -1;
}

/* Its name among those of the root. */
static void put_ignore(struct context *context, const char *content)
{
	struct node *root = &context->root->node;
	struct entry *entry = entry_new(context->arena, IGNORE_NAME);
	const struct node **children = arena_alloc(
		context->arena, (root->child_count + 1) * sizeof(*children));
	size_t at = 0;

	entry->node.mode = S_IFREG | 0644;
	entry->node.mtime = entry->node.ctime = context->walk_start;
	entry->node.parent = root;
	entry->owner = geteuid();
	entry->group = getegid();
	entry->links = 1;
	entry->capability = 0;
	entry_set_content(context, entry, content);
	while (at < root->child_count &&
	       strcmp(root->children[at]->name, IGNORE_NAME) < 0)
		at++;
	if (at)
		memcpy(children, root->children, at * sizeof(*children));
	children[at] = &entry->node;
	if (at < root->child_count)
		memcpy(children + at + 1, root->children + at,
		       (root->child_count - at) * sizeof(*children));
	root->children = children;
	root->child_count++;
}

static void write_ignore(struct context *context, const char *content)
{
	const struct node *root = &context->root->node;

	for (size_t i = 0; i < root->child_count; i++) {
		struct entry *entry = entry_of(root->children[i]);

		if (strcmp(entry->node.name, IGNORE_NAME) != 0)
			continue;
		if (S_ISREG(entry->node.mode))
			entry_set_content(context, entry, content);
		entry->links = 1; /* as who writes a file anew leaves it */
		return;
	}
	put_ignore(context, content);
}

int context_walk(struct context *context, const char *content,
		 struct err *err)
{
	struct pool pool = { .context = context,
			     .check_access = geteuid() != 0,
			     .lock = PTHREAD_MUTEX_INITIALIZER,
			     .changed = PTHREAD_COND_INITIALIZER,
			     .helpers_wanted = processors() - 1 };
	struct stat st;

	/* The clock that the kernel stamps files with. */
	clock_gettime(CLOCK_REALTIME_COARSE, &context->walk_start);
	if (fstat(context->root_fd, &st) < 0)
		return err_sys(err, errno, "error checking context: '%s'",
			       context->root_path);
	if (pool.helpers_wanted > HELPERS_MAX)
		pool.helpers_wanted = HELPERS_MAX;
	context->root = entry_new(context->arena, "");
	set_attributes(context->root, &st);
	if (run(&pool, err) < 0)
		return -1;
	if (content)
		write_ignore(context, content);
	context_number(context);
	return 0;
}
