/* Knows how trees of files lie in a file that is mapped. */
#include "store/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "spec/digest.h"
#include "store/inside.h"

#define PACK_MAGIC "varvepk1"

struct pack_tree {
	uint64_t items, totals, names, groups, layers;
	uint64_t places;      /* bytes */
};
struct pack_head {
	char magic[8];
	uint32_t file_size;   /* of struct file: the version of its layout */
	uint32_t has_old, has_waste, names_only;
	struct pack_tree old, now;
	uint64_t waste_items, dive_paths;
	struct waste waste;   /* its pointers mean nothing */
};

static uint64_t padded(uint64_t size)
{
	return (size + 7) & ~(uint64_t)7;
}

char *pack_name(struct store *store, const struct layer *const *layers,
		size_t count, size_t below, const char *what)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct digest sum;

	buf_addf(&text, "%s\n%s\n%s\n%zu\n", PACK_MAGIC, what,
		 store->absolute ? store->absolute : store->root, below);
	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "%s %s\n", layers[i]->chain_id.text,
			 layers[i]->cache_id);
	digest_make(text.data, text.len, &sum);
	return mem_strdup(DIGEST_HEX(&sum));
}

/* ---- writing ---- */

static int put(int fd, const void *bytes, uint64_t size, struct err *err)
{
	static const char zeros[8];

	if (size && fs_write_all(fd, bytes, size, err) < 0)
		return -1;
	return padded(size) == size ? 0 :
	       fs_write_all(fd, zeros, padded(size) - size, err);
}

/* "overlay\0chain\0diff\0chain\0…" */
static void make_places(const struct files *files, struct buf *out)
{
	buf_add(out, files->overlay, strlen(files->overlay) + 1);
	for (size_t i = 0; i < files->layer_count; i++) {
		const struct layer_place *place = &files->layers[i];

		buf_add(out, place->chain.text, strlen(place->chain.text) + 1);
		buf_add(out, place->diff, strlen(place->diff) + 1);
	}
}

static void describe(const struct files *files, struct pack_tree *out)
{
	AUTO(buf_release) struct buf places = BUF_INIT;

	make_places(files, &places);
	*out = (struct pack_tree){ files->count,
				   files->totals ? files->count : 0,
				   files->names.len,
				   files->group_count, files->layer_count,
				   places.len };
}

static int put_tree(int fd, const struct files *files, struct err *err)
{
	AUTO(buf_release) struct buf places = BUF_INIT;

	make_places(files, &places);
	if (put(fd, places.data, places.len, err) < 0 ||
	    put(fd, files->items, files->count * sizeof(*files->items),
		err) < 0 ||
	    (files->totals &&
	     put(fd, files->totals, files->count * sizeof(*files->totals),
		 err) < 0) ||
	    put(fd, files->groups, files->group_count *
		sizeof(*files->groups), err) < 0)
		return -1;
	return put(fd, files->names.data, files->names.len, err);
}

static int pack_write(const struct files *old, const struct files *now,
	       const struct waste *waste, int fd, struct err *err)
{
	struct pack_head head = { .file_size = sizeof(struct file),
				  .has_old = old != NULL,
				  .has_waste = waste != NULL,
				  .names_only = now->names_only };

	memcpy(head.magic, PACK_MAGIC, sizeof(head.magic));
	if (old)
		describe(old, &head.old);
	describe(now, &head.now);
	if (waste) {
		head.waste = *waste;
		head.waste_items = waste->count;
		head.dive_paths = waste->dive.count;
	}
	if (put(fd, &head, sizeof(head), err) < 0 ||
	    (old && put_tree(fd, old, err) < 0) ||
	    put_tree(fd, now, err) < 0)
		return -1;
	if (!waste)
		return 0;
	if (put(fd, waste->items, waste->count * sizeof(*waste->items),
		err) < 0)
		return -1;
	return put(fd, waste->dive.paths, waste->dive.count *
		   sizeof(*waste->dive.paths), err);
}

/* ---- reading ---- */

/* Parts come one after the other; NULL and `failed` beyond the end. */
struct reader {
	const char *bytes;
	uint64_t size, at;
	bool failed;
};

static void *part(struct reader *reader, uint64_t count, uint64_t size)
{
	uint64_t left = reader->size - reader->at, all;
	void *out = (char *)(uintptr_t)reader->bytes + reader->at;

	if (__builtin_mul_overflow(count, size, &all) || all > left ||
	    padded(all) > left) {
		reader->failed = true;
		return NULL;
	}
	reader->at += padded(all);
	return out;
}

static const char *next_text(const char **at, const char *end)
{
	const char *text = *at;
	const char *nul = text < end ? memchr(text, 0, (size_t)(end - text))
				     : NULL;

	if (!nul)
		return NULL;
	*at = nul + 1;
	return text;
}

static bool take_places(struct files *files, const char *at, uint64_t size,
			uint64_t count)
{
	const char *end = at + size, *chain, *diff;
	const char *overlay = next_text(&at, end);

	if (!overlay || count > size)
		return false;
	files->overlay = mem_strdup(overlay);
	files->layers = mem_array(count, sizeof(*files->layers));
	for (; files->layer_count < count; files->layer_count++) {
		struct layer_place *place =
			&files->layers[files->layer_count];

		chain = next_text(&at, end);
		diff = chain ? next_text(&at, end) : NULL;
		if (!diff || strlen(chain) >= sizeof(place->chain.text))
			return false;
		strcpy(place->chain.text, chain);
		place->diff = mem_strdup(diff);
	}
	return true;
}

/* Whatever it says, nothing outside of the file is ever looked at. */
static bool is_sound(const struct files *files, const struct files *old)
{
	uint32_t count = (uint32_t)files->count;

	if (!count || !files->names.len ||
	    files->names.data[files->names.len - 1])
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const struct file *file = &files->items[i];

		if (file->name >= files->names.len ||
		    file->link >= files->names.len ||
		    (i > 0 && file->parent >= i) ||
		    (file->child != FILE_NONE &&
		     (file->child >= count || file->child <= i)) ||
		    (file->next != FILE_NONE && file->next >= count) ||
		    (file->group != FILE_NONE &&
		     file->group >= files->group_count) ||
		    file->state > FILE_GONE ||
		    (file->state < FILE_REMOVED && files->layer_count &&
		     file->layer >= files->layer_count) ||
		    (old && file->was != FILE_NONE &&
		     file->was >= old->count))
			return false;
	}
	for (size_t i = 0; i < files->group_count; i++)
		if (files->groups[i].first >= count)
			return false;
	return true;
}

static struct files *take_tree(struct reader *reader,
			       const struct pack_tree *tree,
			       const struct files *old)
{
	AUTO(files_free) struct files *files = mem_alloc(sizeof(*files));
	const char *places = part(reader, tree->places, 1);

	files->mapped = true;
	files->count = tree->items;
	files->items = part(reader, tree->items, sizeof(*files->items));
	if (tree->totals)
		files->totals = part(reader, tree->items,
				     sizeof(*files->totals));
	files->group_count = tree->groups;
	files->groups = part(reader, tree->groups, sizeof(*files->groups));
	files->names.data = part(reader, tree->names, 1);
	files->names.len = tree->names;
	if (reader->failed || tree->items >= FILE_NONE ||
	    !take_places(files, places, tree->places, tree->layers) ||
	    !is_sound(files, old))
		return NULL;
	return STEAL(files);
}

static struct waste *take_waste(struct reader *reader,
				const struct pack_head *head,
				const struct files *files)
{
	AUTO(waste_free) struct waste *waste = mem_alloc(sizeof(*waste));
	void *items = part(reader, head->waste_items, sizeof(*waste->items));
	void *paths = part(reader, head->dive_paths,
			   sizeof(*waste->dive.paths));

	*waste = head->waste;
	waste->files = NULL;
	waste->items = NULL;
	waste->dive.paths = NULL;
	waste->count = waste->dive.count = 0;
	if (reader->failed)
		return NULL;
	waste->count = head->waste_items;
	waste->dive.count = head->dive_paths;
	waste->items = mem_dup(items, waste->count * sizeof(*waste->items));
	waste->dive.paths = mem_dup(paths, waste->dive.count *
				    sizeof(*waste->dive.paths));
	for (size_t i = 0; i < waste->count; i++)
		if (waste->items[i].at >= files->count ||
		    waste->items[i].cause >= WASTE_CAUSES)
			return NULL;
	return STEAL(waste);
}

static int take(const char *bytes, uint64_t size, struct files **old,
		struct files **now, struct waste **waste)
{
	AUTO(files_free) struct files *first = NULL;
	AUTO(files_free) struct files *second = NULL;
	struct reader reader = { bytes, size, 0, false };
	const struct pack_head *head = part(&reader, 1, sizeof(*head));

	if (!head || memcmp(head->magic, PACK_MAGIC, sizeof(head->magic)) ||
	    head->file_size != sizeof(struct file))
		return 0;
	*old = NULL;
	*waste = NULL;
	if (head->has_old && !(first = take_tree(&reader, &head->old, NULL)))
		return 0;
	second = take_tree(&reader, &head->now, first);
	if (!second || !second->totals ||
	    (head->has_waste && !(*waste = take_waste(&reader, head,
						      second))))
		return 0;
	second->names_only = head->names_only != 0;
	if (first)
		first->names_only = second->names_only;
	/* The last to be freed of the two lets the file go. */
	second->map = (void *)(uintptr_t)bytes;
	second->map_size = size;
	*old = STEAL(first);
	*now = STEAL(second);
	return 1;
}

int pack_save(const struct files *old, const struct files *now,
	      const struct waste *waste, const char *path, struct err *err)
{
	AUTO_FREE char *part = mem_printf("%s.%d", path, (int)getpid());
	AUTO_FD int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
			      O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_sys(err, errno, "cannot write '%s'", part);
	if (pack_write(old, now, waste, fd, err) < 0) {
		unlink(part);
		return -1;
	}
	if (rename(part, path) < 0)
		return err_sys(err, errno, "cannot write '%s'", path);
	return 0;
}

char *pack_names_path(const char *path)
{
	return mem_printf("%s.names", path);
}

int pack_read(const char *path, struct files **old, struct files **now,
	      struct waste **waste, struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	void *bytes;
	int rc;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_size < (off_t)sizeof(struct pack_head))
		return 0;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return err_sys(err, errno, "cannot map '%s'", path);
	rc = take(bytes, (uint64_t)st.st_size, old, now, waste);
	if (rc <= 0)
		munmap(bytes, (size_t)st.st_size);
	return rc;
}
