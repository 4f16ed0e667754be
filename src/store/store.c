/* Knows whose a root is, how a fresh one looks (store.md 1.1), and who may
 * write to it. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/inside.h"

/* Each directory comes after the one that holds it. */
static const struct {
	const char *path;
	mode_t mode;
} fresh_tree[] = {
	{ "varve", 0700 },
	{ "varve/" STORE_DRAFTS, 0700 },
	{ "varve/" STORE_TMP, 0700 },
	{ "image", 0700 },
	{ "image/overlay2", 0700 },
	{ "image/overlay2/imagedb", 0700 },
	{ "image/overlay2/imagedb/content", 0700 },
	{ "image/overlay2/imagedb/content/sha256", 0700 },
	{ "image/overlay2/imagedb/metadata", 0700 },
	{ "image/overlay2/imagedb/metadata/sha256", 0700 },
	{ "image/overlay2/layerdb", 0700 },
	{ "image/overlay2/layerdb/sha256", 0755 },
	{ "image/overlay2/layerdb/tmp", 0755 },
	{ "image/overlay2/distribution", 0700 },
	{ "overlay2", 0710 },
	{ "overlay2/l", 0700 },
};

char *store_default_root(void)
{
	const char *set = getenv("VARVE_ROOT");
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");

	if (set && set[0])
		return mem_strdup(set);
	if (geteuid() == 0)
		return mem_strdup("/var/lib/varve");
	if (data && data[0] == '/')
		return mem_printf("%s/varve", data);
	return mem_printf("%s/.local/share/varve", home ? home : "");
}

void store_warn(struct store *store, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strv_add(&store->warnings, text);
}

int store_writable(const struct store *store, struct err *err)
{
	if (store->mode == STORE_WRITE)
		return 0;
	return err_set(err, ERR_DENIED, "'%s' is open for reading only",
		       store->root);
}

/* ---- whose it is ---- */

/* 1 varve/format says it is ours, 0 it does not, -1. */
static int read_format(const struct store *store, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	int found = quiet_read(store->root_fd, "varve/format", SMALL_LIMIT,
			       &text, err);

	if (found <= 0)
		return found;
	if (text.len != strlen(STORE_FORMAT) ||
	    strcmp(text.data, STORE_FORMAT) != 0)
		return err_set(err, ERR_UNSUPPORTED,
			       "'%s' was made by another version of varve",
			       store->root);
	return 1;
}

static int visit_root(void *arg, const char *name, unsigned char type,
		      struct err *err)
{
	bool *taken = arg;

	(void)type;
	(void)err;
	/* varve alone: its maker was killed; lost+found: a new file system. */
	if (strcmp(name, "varve") != 0 && strcmp(name, "lost+found") != 0)
		*taken = true;
	return 0;
}

/* Ours, or nobody's so far: it may be written. */
static int check_ours(const struct store *store, struct err *err)
{
	bool taken = false;
	int ours = read_format(store, err);

	if (ours)
		return ours < 0 ? -1 : 0;
	if (quiet_each(store->root_fd, ".", visit_root, &taken, err) < 0)
		return err_wrap(err, "cannot read '%s'", store->root);
	if (!taken)
		return 0;
	return err_set(err, ERR_DENIED,
		       "'%s' was not made by varve: it can be read, not "
		       "written", store->root);
}

/* ---- locks ---- */

static int take_lock(struct store *store, struct err *err)
{
	store->lock_fd = openat(store->private_fd, "lock",
				O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock_fd < 0)
		return err_sys(err, errno, "cannot open the lock of '%s'",
			       store->root);
	if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(err, ERR_CONFLICT,
			       "another varve is writing to '%s'",
			       store->root);
	return err_sys(err, errno, "cannot lock '%s'", store->root);
}

/* dockerd holds this one exclusively as long as it runs (store.md 1.8); held
 * shared by us it keeps a dockerd from starting meanwhile. */
static int shut_out_daemon(struct store *store, struct err *err)
{
	store->daemon_fd = openat(store->root_fd, "volumes/metadata.db",
				  O_RDONLY | O_CLOEXEC);
	if (store->daemon_fd < 0 ||
	    flock(store->daemon_fd, LOCK_SH | LOCK_NB) == 0 ||
	    errno != EWOULDBLOCK)
		return 0;
	return err_set(err, ERR_CONFLICT, "a docker daemon is running on '%s'",
		       store->root);
}

/* ---- making ---- */

static int make_root(struct store *store, struct err *err)
{
	AUTO_FREE char *parent = mem_strdup(store->root);
	char *slash;
	size_t len = strlen(parent);

	while (len > 1 && parent[len - 1] == '/')
		parent[--len] = '\0';
	slash = strrchr(parent, '/');
	if (slash && slash != parent) {
		*slash = '\0';
		if (fs_mkdir_p(AT_FDCWD, parent, 0755, err) < 0)
			return -1;
	}
	if (mkdir(store->root, 0710) == 0)
		return chmod(store->root, 0710) == 0 ? 0 :
		       err_sys(err, errno, "cannot make '%s'", store->root);
	if (errno != EEXIST)
		return err_sys(err, errno, "cannot make '%s'", store->root);
	return 0;
}

static int make_dir(struct store *store, const char *path, mode_t mode,
		    struct err *err)
{
	if (mkdirat(store->root_fd, path, mode) < 0) {
		if (errno == EEXIST)
			return 0;
		return err_sys(err, errno, "cannot make '%s/%s'", store->root,
			       path);
	}
	if (fchmodat(store->root_fd, path, mode, 0) < 0)
		return err_sys(err, errno, "cannot make '%s/%s'", store->root,
			       path);
	return 0;
}

/* The format goes first: from then on the root is ours, however little of
 * the rest there is, and the next writer completes it. */
static int make_tree(struct store *store, struct err *err)
{
	struct stat st;

	if (fstatat(store->private_fd, "format", &st, 0) < 0 &&
	    fs_write_atomic(store->private_fd, "format", STORE_FORMAT,
			    strlen(STORE_FORMAT), 0600, true, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(fresh_tree) / sizeof(*fresh_tree); i++)
		if (make_dir(store, fresh_tree[i].path, fresh_tree[i].mode,
			     err) < 0)
			return -1;
	return 0;
}

static int open_private(struct store *store, struct err *err)
{
	store->private_fd = quiet_open(store->root_fd, "varve",
				       O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (store->private_fd < 0 && errno != ENOENT)
		return err_sys(err, errno, "cannot open '%s/varve'",
			       store->root);
	return 0;
}

static int open_root(struct store *store, struct err *err)
{
	store->root_fd = quiet_open(AT_FDCWD, store->root,
				    O_RDONLY | O_DIRECTORY);
	if (store->root_fd < 0)
		return err_sys(err, errno, "cannot open the store '%s'",
			       store->root);
	store->absolute = realpath(store->root, NULL);
	if (!store->absolute)
		return err_sys(err, errno, "cannot resolve '%s'",
			       store->root);
	return 0;
}

/* Everything up to the point from which a writer may read what is there. */
static int begin_writing(struct store *store, struct err *err)
{
	if (make_root(store, err) < 0 || open_root(store, err) < 0 ||
	    check_ours(store, err) < 0 ||
	    make_dir(store, "varve", 0700, err) < 0 ||
	    open_private(store, err) < 0 || take_lock(store, err) < 0 ||
	    shut_out_daemon(store, err) < 0 || make_tree(store, err) < 0)
		return -1;
	store->ours = true;
	return 0;
}

/* 0 there is no such root, 1 go on, -1. */
static int begin_reading(struct store *store, struct err *err)
{
	struct err format = ERR_INIT;
	int ours;

	if (open_root(store, err) < 0) {
		if (err->sys != ENOENT)
			return -1;
		*err = (struct err)ERR_INIT;
		return 0;
	}
	ours = read_format(store, &format);
	if (ours < 0)
		store_warn(store, "%s", format.msg);
	store->ours = ours == 1;
	if (store->ours && open_private(store, err) < 0)
		return -1;
	return 1;
}

/* ---- opening ---- */

static int open_dir(struct store *store, int dir, const char *path, int *out,
		    struct err *err)
{
	if (dir < 0)
		return 0;
	*out = quiet_open(dir, path, O_RDONLY | O_DIRECTORY);
	if (*out < 0 && errno != ENOENT)
		return err_sys(err, errno, "cannot open '%s' of the store "
			       "'%s'", path, store->root);
	return 0;
}

static int open_dirs(struct store *store, struct err *err)
{
	if (open_dir(store, store->root_fd, "image/" STORE_DRIVER,
		     &store->image_fd, err) < 0 ||
	    open_dir(store, store->image_fd, "imagedb/content/sha256",
		     &store->content_fd, err) < 0 ||
	    open_dir(store, store->image_fd, "imagedb/metadata/sha256",
		     &store->metadata_fd, err) < 0 ||
	    open_dir(store, store->image_fd, "layerdb/sha256",
		     &store->layerdb_fd, err) < 0 ||
	    open_dir(store, store->root_fd, STORE_DRIVER,
		     &store->overlay_fd, err) < 0)
		return -1;
	return 0;
}

static int visit_driver(void *arg, const char *name, unsigned char type,
			struct err *err)
{
	struct store *store = arg;

	(void)type;
	(void)err;
	store_warn(store, "'%s' uses the storage driver '%s'; varve reads "
		   STORE_DRIVER " only", store->root, name);
	return 0;
}

static int load(struct store *store, struct err *err)
{
	struct stat st;

	if (open_dirs(store, err) < 0)
		return -1;
	mirror_load(store);
	if (store->image_fd < 0)
		return quiet_each(store->root_fd, "image", visit_driver,
				  store, err) < 0 ? -1 : 0;
	if (store->mode == STORE_WRITE && store_recover(store, err) < 0)
		return -1;
	/* Read in this order a live root is consistent (store.md 1.8). */
	if (tag_table_load(store, err) < 0 ||
	    image_table_load(store, err) < 0)
		return -1;
	tag_table_apply(store);
	if (store->mode == STORE_WRITE &&
	    fstatat(store->image_fd, "repositories.json", &st, 0) < 0 &&
	    errno == ENOENT)
		return tag_table_save(store, err);
	return 0;
}

/* Only root outside of any user namespace may write trusted.* */
static const char *opaque_name(void)
{
	AUTO(buf_release) struct buf map = BUF_INIT;
	struct err ignored = ERR_INIT;
	unsigned long inside = 0, outside = 0, count = 0;
	bool initial = true;

	if (fs_read(AT_FDCWD, "/proc/self/uid_map", SMALL_LIMIT, &map,
		    &ignored) == 1 && map.len > 0)
		initial = sscanf(map.data, "%lu %lu %lu", &inside, &outside,
				 &count) == 3 &&
			  inside == 0 && outside == 0 && count == 4294967295;
	return initial && geteuid() == 0 ? "trusted.overlay.opaque" :
					   "user.overlay.opaque";
}

static struct store *store_new(const char *root, enum store_mode mode)
{
	struct store *store = mem_alloc(sizeof(*store));

	store->root = mem_strdup(root);
	store->mode = mode;
	store->opaque = opaque_name();
	store->root_fd = store->image_fd = store->content_fd = -1;
	store->metadata_fd = store->layerdb_fd = store->overlay_fd = -1;
	store->private_fd = store->lock_fd = store->daemon_fd = -1;
	return store;
}

int store_open(const char *root, enum store_mode mode, struct store **out,
	       struct err *err)
{
	AUTO(store_free) struct store *store = store_new(root, mode);
	int there;

	if (mode == STORE_WRITE)
		there = begin_writing(store, err) < 0 ? -1 : 1;
	else
		there = begin_reading(store, err);
	if (there < 0 || (there && load(store, err) < 0))
		return -1;
	*out = STEAL(store);
	return 0;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	layer_uses_release(store);
	containers_release(store);
	layer_table_release(store);
	image_table_release(store);
	tag_table_release(store);
	strv_release(&store->warnings);
	for (int *fd = (int[]){ store->root_fd, store->image_fd,
				store->content_fd, store->metadata_fd,
				store->layerdb_fd, store->overlay_fd,
				store->private_fd, store->daemon_fd,
				store->lock_fd, -2 }; *fd != -2; fd++)
		if (*fd >= 0)
			close(*fd);
	free(store->absolute);
	free(store->root);
	free(store);
}

/* ---- asking ---- */

const char *store_root(const struct store *store)
{
	return store->root;
}

bool store_is_ours(const struct store *store)
{
	return store->ours;
}

bool store_is_free(const struct store *store)
{
	struct err why = ERR_INIT;

	return store->root_fd < 0 || check_ours(store, &why) == 0;
}

int store_private_fd(const struct store *store)
{
	return store->ours ? store->private_fd : -1;
}

const struct strv *store_warnings(const struct store *store)
{
	return &store->warnings;
}

const char *store_opaque_xattr(const struct store *store)
{
	return store->opaque;
}
