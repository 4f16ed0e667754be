/* Knows how directories are listed ahead of the one who goes through them. */
#include "store/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utlist.h>

#define LINK_MAX_LEN 4096
#define AHEAD_MAX 20000  /* names that are listed and not gone through */
#define HELPERS_MAX 3
#define HELP_FROM 32     /* directories that wait: less is done alone */

enum item_state { WAITING, TAKEN, DONE };

struct item {
	struct scan_dir dir;      /* first */
	char *path;               /* relative to dir_fd */
	struct buf text;          /* names and links */
	enum item_state state;
	bool ahead;
	struct err *err;          /* if it failed; owned */
	struct item *prev, *next;         /* all of them */
	struct item *stack_prev, *stack_next; /* that wait, next one first */
};

struct scan {
	int dir_fd;
	bool names_only;
	struct item *items, *waiting, *top;
	size_t waiting_count, ahead;
	bool ended;
	pthread_t helpers[HELPERS_MAX];
	size_t helper_count;
	pthread_mutex_t lock;
	pthread_cond_t moved;
};

/* ---- one directory ---- */

/* Texts move while they grow: offsets until the end. */
static const char *offset(const struct buf *text)
{
	return (const char *)(uintptr_t)(text->len + 1);
}

static int visit_name(void *arg, const char *text, unsigned char type,
		      struct err *err)
{
	struct item *item = arg;

	(void)err;
	MEM_PUSH(item->dir.names, item->dir.count) =
		(struct scan_name){ .text = offset(&item->text),
				    .st.mode = DTTOIF(type) };
	buf_add(&item->text, text, strlen(text) + 1);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct scan_name *)a)->text,
		      ((const struct scan_name *)b)->text);
}

static void settle(struct item *item, bool links)
{
	for (size_t i = 0; i < item->dir.count; i++) {
		struct scan_name *name = &item->dir.names[i];
		const char **slot = links ? &name->link : &name->text;

		if (*slot)
			*slot = item->text.data + (uintptr_t)*slot - 1;
	}
}

/* Links are kept apart until all are read: names are used meanwhile. */
static int read_link(int dir, const struct item *item, struct scan_name *name,
		     struct buf *links, struct err *err)
{
	char target[LINK_MAX_LEN + 1];
	ssize_t n = readlinkat(dir, name->text, target, LINK_MAX_LEN);

	if (n < 0)
		return err_sys(err, errno, "cannot read the link '%s/%s'",
			       item->path, name->text);
	target[n] = '\0';
	name->link = offset(links);
	buf_add(links, target, strlen(target) + 1);
	return 0;
}

/* A whiteout is told by its number. */
static bool is_known(const struct scan_name *name)
{
	return name->st.mode && !S_ISCHR(name->st.mode);
}

static int look_at(int dir, struct item *item, bool names_only,
		   struct buf *links, struct err *err)
{
	for (size_t i = 0; i < item->dir.count; i++) {
		struct scan_name *name = &item->dir.names[i];
		struct stat st;

		if (names_only && is_known(name))
			continue;
		if (fstatat(dir, name->text, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys(err, errno, "cannot look at '%s/%s'",
				       item->path, name->text);
		name->st = (struct scan_stat){
			st.st_dev, st.st_ino, (uint64_t)st.st_size,
			st.st_rdev, st.st_mode, st.st_uid, st.st_gid,
			(uint32_t)st.st_nlink };
		if (S_ISLNK(st.st_mode) && !names_only &&
		    read_link(dir, item, name, links, err) < 0)
			return -1;
	}
	return 0;
}

static int list(const struct scan *scan, struct item *item, struct err *err)
{
	AUTO(buf_release) struct buf links = BUF_INIT;
	AUTO_FD int fd = quiet_open(scan->dir_fd, item->path,
				    O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

	if (fd < 0)
		return err_sys(err, errno, "cannot open '%s'", item->path);
	if (quiet_each(fd, ".", visit_name, item, err) < 0)
		return -1;
	settle(item, false);
	if (item->dir.count > 1)
		qsort(item->dir.names, item->dir.count,
		      sizeof(*item->dir.names), by_text);
	if (look_at(fd, item, scan->names_only, &links, err) < 0)
		return -1;
	item->dir.bytes = item->text.len + links.len;
	/* The names stay where they are; the links get a place of their own
	 * behind the path, which nobody needs from here on. */
	free(item->path);
	item->path = buf_steal(&links);
	for (size_t i = 0; i < item->dir.count; i++)
		if (item->dir.names[i].link)
			item->dir.names[i].link = item->path +
				(uintptr_t)item->dir.names[i].link - 1;
	return 0;
}

/* ---- all of them; under the lock ---- */

static struct item *add_item(struct scan *scan, char *path)
{
	struct item *item = mem_alloc(sizeof(*item));

	item->path = path;
	DL_APPEND(scan->items, item);
	DL_PREPEND2(scan->waiting, item, stack_prev, stack_next);
	scan->waiting_count++;
	return item;
}

static void take(struct scan *scan, struct item *item)
{
	DL_DELETE2(scan->waiting, item, stack_prev, stack_next);
	scan->waiting_count--;
	item->state = TAKEN;
}

static void name_dirs(struct scan *scan, struct item *item, const char *path)
{
	for (size_t i = item->dir.count; i-- > 0;)
		if (S_ISDIR(item->dir.names[i].st.mode))
			item->dir.names[i].dir = &add_item(scan, mem_printf(
				"%s/%s", path, item->dir.names[i].text))->dir;
}

/* Called with the lock held, which is let go meanwhile. */
static void work(struct scan *scan, struct item *item)
{
	AUTO_FREE char *path = mem_strdup(item->path);
	struct err err = ERR_INIT;

	take(scan, item);
	pthread_mutex_unlock(&scan->lock);
	if (list(scan, item, &err) < 0)
		item->err = mem_dup(&err, sizeof(err));
	pthread_mutex_lock(&scan->lock);
	if (!item->err)
		name_dirs(scan, item, path);
	item->state = DONE;
	pthread_cond_broadcast(&scan->moved);
}

static void *help(void *arg)
{
	struct scan *scan = arg;

	pthread_mutex_lock(&scan->lock);
	while (!scan->ended) {
		struct item *item = scan->waiting;

		if (!item || scan->ahead > AHEAD_MAX) {
			pthread_cond_wait(&scan->moved, &scan->lock);
			continue;
		}
		item->ahead = true;
		work(scan, item);
		scan->ahead += item->dir.count;
	}
	pthread_mutex_unlock(&scan->lock);
	return NULL;
}

static void call_helpers(struct scan *scan)
{
	long most = sysconf(_SC_NPROCESSORS_ONLN) - 1;

	while (scan->waiting_count >= HELP_FROM &&
	       scan->helper_count < HELPERS_MAX &&
	       (long)scan->helper_count < most &&
	       pthread_create(&scan->helpers[scan->helper_count], NULL, help,
			      scan) == 0)
		scan->helper_count++;
}

/* ---- the caller's side ---- */

struct scan *scan_start(int dir_fd, const char *top, bool names_only)
{
	struct scan *scan = mem_alloc(sizeof(*scan));

	scan->dir_fd = dir_fd;
	scan->names_only = names_only;
	pthread_mutex_init(&scan->lock, NULL);
	pthread_cond_init(&scan->moved, NULL);
	scan->top = add_item(scan, mem_strdup(top));
	return scan;
}

struct scan_dir *scan_top(struct scan *scan)
{
	return &scan->top->dir;
}

int scan_enter(struct scan *scan, struct scan_dir *dir, struct err *err)
{
	struct item *item = (struct item *)dir;

	pthread_mutex_lock(&scan->lock);
	if (item->state == WAITING)
		work(scan, item);
	while (item->state != DONE)
		pthread_cond_wait(&scan->moved, &scan->lock);
	if (item->ahead) {
		scan->ahead -= item->dir.count;
		pthread_cond_broadcast(&scan->moved);
	}
	call_helpers(scan);
	pthread_mutex_unlock(&scan->lock);
	if (!item->err)
		return 0;
	*err = *item->err;
	return -1;
}

static void free_item(struct item *item)
{
	free(item->dir.names);
	free(item->path);
	free(item->err);
	buf_release(&item->text);
	free(item);
}

void scan_leave(struct scan *scan, struct scan_dir *dir)
{
	struct item *item = (struct item *)dir;

	pthread_mutex_lock(&scan->lock);
	DL_DELETE(scan->items, item);
	pthread_mutex_unlock(&scan->lock);
	free_item(item);
}

void scan_free(struct scan *scan)
{
	struct item *item, *next;

	if (!scan)
		return;
	pthread_mutex_lock(&scan->lock);
	scan->ended = true;
	pthread_cond_broadcast(&scan->moved);
	pthread_mutex_unlock(&scan->lock);
	for (size_t i = 0; i < scan->helper_count; i++)
		pthread_join(scan->helpers[i], NULL);
	DL_FOREACH_SAFE(scan->items, item, next)
		free_item(item);
	pthread_mutex_destroy(&scan->lock);
	pthread_cond_destroy(&scan->moved);
	free(scan);
}
