/* Knows how the layers of an image become one compact tree of files. */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/merge.h"
#include "store/scan.h"

#define FILES_MAX ((size_t)1 << 27)        /* entries */
#define NAMES_MAX ((size_t)UINT32_MAX)     /* bytes of names and links */

struct inode_name {
	struct {
		uint64_t dev, ino;
	} key;
	uint32_t group;
	UT_hash_handle hh;
};

struct load {
	struct store *store;
	struct files *files;
	const struct files_watch *watch;
	size_t layer;
	struct scan *scan;
	struct inode_name *inodes;
	struct buf path;   /* "<cache-id>/diff/…", where the walk is */
};

static bool shows(const struct files *files, uint32_t at)
{
	return files->items[at].state != FILE_GONE;
}

/* ---- entries ---- */

static uint32_t add_text(struct files *files, const char *text)
{
	uint32_t at = (uint32_t)files->names.len;

	buf_add(&files->names, text, strlen(text) + 1);
	return at;
}

uint32_t files_add(struct files *files, uint32_t dir, uint32_t after,
		   const char *name)
{
	struct file file = { .state = FILE_GONE, .parent = dir };
	uint32_t at = (uint32_t)files->count, *slot;

	file.child = file.next = file.group = file.was = FILE_NONE;
	file.name = add_text(files, name);
	MEM_PUSH(files->items, files->count) = file;
	if (dir == FILE_NONE)
		return at;
	slot = after == FILE_NONE ? &files->items[dir].child
				  : &files->items[after].next;
	files->items[at].next = *slot;
	*slot = at;
	return at;
}

static void leave_group(struct files *files, struct file *file)
{
	if (file->group != FILE_NONE)
		files->groups[file->group].shown--;
	file->group = FILE_NONE;
}

/* The entry and all below it are no longer shown. */
static void hide(struct files *files, uint32_t at)
{
	struct file *file = &files->items[at];

	if (file->state == FILE_GONE)
		return;
	leave_group(files, file);
	file->state = FILE_GONE;
	for (uint32_t i = file->child; i != FILE_NONE;
	     i = files->items[i].next)
		hide(files, i);
}

static int take_away(struct load *load, uint32_t at, bool whiteout,
		     struct err *err)
{
	const struct files_watch *watch = load->watch;

	if (!shows(load->files, at) && !whiteout)
		return 0;
	if (watch && watch->gone(watch->arg, load->files, at, load->layer,
				 whiteout, err) < 0)
		return -1;
	hide(load->files, at);
	return 0;
}

static void join_group(struct load *load, uint32_t at,
		       const struct scan_stat *st)
{
	struct inode_name *inode, key = { .key = { st->dev, st->ino } };
	struct files *files = load->files;

	HASH_FIND(hh, load->inodes, &key.key, sizeof(key.key), inode);
	if (!inode) {
		inode = mem_alloc(sizeof(*inode));
		inode->key.dev = st->dev;
		inode->key.ino = st->ino;
		inode->group = (uint32_t)files->group_count;
		MEM_PUSH(files->groups, files->group_count) =
			(struct file_group){ .first = at };
		HASH_ADD(hh, load->inodes, key, sizeof(inode->key), inode);
	}
	files->groups[inode->group].shown++;
	files->items[at].group = inode->group;
}

static void forget_inodes(struct load *load)
{
	struct inode_name *inode, *next;

	HASH_ITER(hh, load->inodes, inode, next) {
		HASH_DEL(load->inodes, inode);
		free(inode);
	}
}

static void fill(struct load *load, uint32_t at, const struct scan_name *name)
{
	const struct scan_stat *st = &name->st;
	struct file *file = &load->files->items[at];

	leave_group(load->files, file);
	file->mode = (uint16_t)st->mode;
	file->uid = st->uid;
	file->gid = st->gid;
	file->layer = (uint16_t)load->layer;
	file->state = FILE_SAME;
	file->size = S_ISREG(st->mode) ? st->size : 0;
	if (S_ISCHR(st->mode) || S_ISBLK(st->mode))
		file->size = st->rdev;
	if (S_ISREG(st->mode) && st->nlink > 1)
		join_group(load, at, st);
	if (name->link)
		load->files->items[at].link = add_text(load->files,
						       name->link);
}

/* ---- directories ---- */

/* The entry of a name in dir; *prev is the one before it. */
static uint32_t place(struct files *files, uint32_t dir, uint32_t *prev,
		      const char *name)
{
	uint32_t at = *prev == FILE_NONE ? files->items[dir].child
					 : files->items[*prev].next;

	for (; at != FILE_NONE; *prev = at, at = files->items[at].next) {
		int order = strcmp(files_name(files, at), name);

		if (order == 0)
			break;
		if (order > 0) {
			at = FILE_NONE;
			break;
		}
	}
	if (at == FILE_NONE)
		at = files_add(files, dir, *prev, name);
	*prev = at;
	return at;
}

static bool is_whiteout(const struct scan_stat *st)
{
	return S_ISCHR(st->mode) && st->rdev == 0;
}

static int put(struct load *load, uint32_t at, const struct scan_name *name,
	       struct err *err)
{
	const struct files_watch *watch = load->watch;
	struct file before = load->files->items[at];

	if (!S_ISDIR(before.mode) != !S_ISDIR(name->st.mode)) {
		if (take_away(load, at, false, err) < 0)
			return -1;
		before.state = FILE_GONE;
	}
	fill(load, at, name);
	if (!watch || S_ISDIR(name->st.mode))
		return 0;
	return watch->put(watch->arg, load->files, at,
			  before.state == FILE_GONE ? NULL : &before, 0, err);
}

static int hide_children(struct load *load, uint32_t dir, struct err *err)
{
	struct files *files = load->files;

	for (uint32_t i = files->items[dir].child; i != FILE_NONE;
	     i = files->items[i].next)
		if (take_away(load, i, false, err) < 0)
			return -1;
	return 0;
}

/* places: the entries of the names. */
static int put_names(struct load *load, uint32_t dir,
		     const struct scan_dir *list, uint32_t *places,
		     struct err *err)
{
	uint32_t prev = FILE_NONE;

	for (size_t i = 0; i < list->count; i++) {
		const struct scan_name *name = &list->names[i];
		int rc;

		places[i] = place(load->files, dir, &prev, name->text);
		rc = is_whiteout(&name->st)
			? take_away(load, places[i], true, err)
			: put(load, places[i], name, err);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int check_limits(const struct load *load, const struct scan_dir *list,
			struct err *err)
{
	const struct files *files = load->files;

	if (files->count + list->count > FILES_MAX ||
	    files->names.len + list->bytes > NAMES_MAX)
		return err_set(err, ERR_UNSUPPORTED, "the image has too many "
			       "files");
	return 0;
}

static int merge_dir(struct load *load, struct scan_dir *list, uint32_t dir,
		     bool over, struct err *err);

static int enter(struct load *load, const struct scan_name *name, uint32_t at,
		 bool over, struct err *err)
{
	size_t len = load->path.len;
	int rc;

	buf_addf(&load->path, "/%s", name->text);
	rc = merge_dir(load, name->dir, at, over, err);
	load->path.len = len;
	load->path.data[len] = '\0';
	return rc;
}

static bool any_child_shows(const struct files *files, uint32_t dir)
{
	uint32_t i = files->items[dir].child;

	while (i != FILE_NONE && !shows(files, i))
		i = files->items[i].next;
	return i != FILE_NONE;
}

static int merge_names(struct load *load, const struct scan_dir *list,
		       uint32_t dir, bool over, struct err *err)
{
	AUTO_FREE uint32_t *places = mem_array(list->count + 1,
					       sizeof(*places));
	const struct files_watch *watch = load->watch;

	if (check_limits(load, list, err) < 0 ||
	    put_names(load, dir, list, places, err) < 0)
		return -1;
	if (watch && dir > 0 &&
	    watch->put(watch->arg, load->files, dir, NULL, list->count,
		       err) < 0)
		return -1;
	for (size_t i = 0; i < list->count; i++)
		if (list->names[i].dir &&
		    enter(load, &list->names[i], places[i], over, err) < 0)
			return -1;
	return 0;
}

/* over: something of the layers below may show through. */
static int merge_dir(struct load *load, struct scan_dir *list, uint32_t dir,
		     bool over, struct err *err)
{
	over = over && any_child_shows(load->files, dir);
	if (over) {
		AUTO_FREE char *full = mem_printf("%s/%s",
						  load->files->overlay,
						  load->path.data);

		if (merged_is_opaque(full) &&
		    hide_children(load, dir, err) < 0)
			return -1;
	}
	if (scan_enter(load->scan, list, err) < 0 ||
	    merge_names(load, list, dir, over, err) < 0)
		return -1;
	scan_leave(load->scan, list);
	return 0;
}

static int merge_layer(struct load *load, size_t layer, struct err *err)
{
	struct files *files = load->files;
	AUTO(scan_free) struct scan *scan = NULL;
	struct stat st;

	load->layer = layer;
	buf_clear(&load->path);
	buf_adds(&load->path, files->layers[layer].diff);
	if (fstatat(load->store->overlay_fd, load->path.data, &st,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(err, ERR_CORRUPT, "the files of a layer are "
			       "missing ('%s')", load->path.data);
	files->items[0].mode = (uint16_t)st.st_mode;
	files->items[0].uid = st.st_uid;
	files->items[0].gid = st.st_gid;
	files->items[0].layer = (uint16_t)layer;
	load->scan = scan = scan_start(load->store->overlay_fd,
				       files->layers[layer].diff,
				       files->names_only);
	return merge_dir(load, scan_top(scan), 0, layer > 0, err);
}

static struct files *make_empty(struct store *store,
				const struct layer *const *layers,
				size_t count)
{
	struct files *files = mem_alloc(sizeof(*files));

	files->overlay = mem_printf("%s/" STORE_DRIVER, store->absolute
				    ? store->absolute : store->root);
	files->layers = mem_array(count, sizeof(*files->layers));
	files->layer_count = count;
	for (size_t i = 0; i < count; i++) {
		files->layers[i].chain = layers[i]->chain_id;
		files->layers[i].diff = mem_printf("%s/diff",
						   layers[i]->cache_id);
	}
	files_add(files, FILE_NONE, FILE_NONE, "");
	files->items[0].state = FILE_SAME;
	files->items[0].mode = S_IFDIR | 0755;
	return files;
}

/* It can grow on by MEM_PUSH, which knows an array's room by its count. */
static void *copy_array(const void *items, size_t count, size_t size)
{
	size_t room = 8;
	void *out;

	if (count == 0)
		return NULL;
	while (room < count)
		room *= 2;
	out = mem_grow(NULL, room, size);
	memcpy(out, items, count * size);
	return out;
}

static struct files *copy(const struct files *files, size_t layer_count)
{
	struct files *out = mem_alloc(sizeof(*out));

	out->items = copy_array(files->items, files->count,
				sizeof(*files->items));
	out->count = files->count;
	buf_add(&out->names, files->names.data, files->names.len);
	out->groups = copy_array(files->groups, files->group_count,
				 sizeof(*files->groups));
	out->group_count = files->group_count;
	out->names_only = files->names_only;
	out->overlay = mem_strdup(files->overlay);
	out->layers = mem_array(layer_count, sizeof(*out->layers));
	out->layer_count = layer_count;
	for (size_t i = 0; i < layer_count; i++) {
		out->layers[i].chain = files->layers[i].chain;
		out->layers[i].diff = mem_strdup(files->layers[i].diff);
	}
	return out;
}

/* from: the first layer that is not in yet. */
static int merge_layers(struct load *load, size_t from, size_t to,
			struct err *err)
{
	int rc = 0;

	for (size_t i = from; rc == 0 && i < to; i++) {
		rc = merge_layer(load, i, err);
		forget_inodes(load);
	}
	return rc;
}

static int check_layers(struct store *store,
			const struct layer *const *layers, size_t count,
			struct err *err)
{
	if (count > UINT16_MAX)
		return err_set(err, ERR_UNSUPPORTED, "too many layers");
	return count ? store_need(store, &layers[count - 1]->chain_id, err) :
		       0;
}

int files_load(struct store *store, const struct layer *const *layers,
	       size_t count, const struct files_watch *watch,
	       struct files **out, struct err *err)
{
	int rc = check_layers(store, layers, count, err);
	AUTO(files_free) struct files *files = make_empty(store, layers,
							  count);
	struct load load = { .store = store, .files = files, .watch = watch };

	if (rc == 0)
		rc = merge_layers(&load, 0, count, err);
	buf_release(&load.path);
	if (rc < 0)
		return -1;
	*out = STEAL(files);
	return 0;
}

/* files: empty; below: how many layers are those of *old. */
static int load_both(struct store *store, struct files *files, size_t below,
		     struct files **old, struct err *err)
{
	AUTO(files_free) struct files *first = NULL;
	struct load load = { .store = store, .files = files };
	size_t count = files->layer_count;
	int rc = merge_layers(&load, 0, below, err);

	if (rc == 0) {
		first = copy(files, below);
		rc = merge_layers(&load, below, count, err);
	}
	buf_release(&load.path);
	if (rc < 0)
		return -1;
	*old = STEAL(first);
	return 0;
}

static int load(struct store *store, const struct layer *const *layers,
		size_t count, size_t below, bool names_only,
		struct files **old, struct files **now, struct err *err)
{
	AUTO(files_free) struct files *files = NULL;

	if (check_layers(store, layers, count, err) < 0)
		return -1;
	files = make_empty(store, layers, count);
	files->names_only = names_only;
	if (load_both(store, files, below, old, err) < 0)
		return -1;
	*now = STEAL(files);
	return 0;
}

int files_load_both(struct store *store, const struct layer *const *layers,
		    size_t count, size_t below, struct files **old,
		    struct files **now, struct err *err)
{
	return load(store, layers, count, below, false, old, now, err);
}

int files_load_names(struct store *store, const struct layer *const *layers,
		     size_t count, size_t below, struct files **old,
		     struct files **now, struct err *err)
{
	return load(store, layers, count, below, true, old, now, err);
}

void files_free(struct files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->layer_count; i++)
		free(files->layers[i].diff);
	free(files->layers);
	free(files->overlay);
	if (files->map)
		munmap(files->map, files->map_size);
	if (!files->mapped) {
		free(files->items);
		free(files->groups);
		free(files->totals);
		buf_release(&files->names);
	}
	free(files);
}
