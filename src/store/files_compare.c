/* Knows what turned one tree of files into another. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files.h"

struct compare {
	const struct files *old;
	struct files *now;
};

/* One side of a comparison of two files. */
struct side {
	const struct files *files;
	uint32_t at;       /* names the path */
	const struct file *file;
};

static ssize_t read_full(int fd, char *out, size_t len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = read(fd, out + have, len - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int files_same_bytes(int left, int right, const char *name, struct err *err)
{
	char x[32768], y[32768];
	ssize_t n, m;

	do {
		n = read_full(left, x, sizeof(x));
		m = read_full(right, y, sizeof(y));
		if (n < 0 || m < 0)
			return err_sys(err, errno, "cannot compare '%s'",
				       name);
		if (n != m || memcmp(x, y, (size_t)n) != 0)
			return 0;
	} while (n > 0);
	return 1;
}

static int same_bytes(const struct side *a, const struct side *b,
		      struct err *err)
{
	AUTO_FD int left = files_open_in(a->files, a->at, a->file->layer,
					 err);
	AUTO_FD int right = -1;

	if (left < 0)
		return -1;
	right = files_open_in(b->files, b->at, b->file->layer, err);
	if (right < 0)
		return -1;
	return files_same_bytes(left, right, files_name(a->files, a->at),
				err);
}

static int content_differs(const struct side *a, const struct side *b,
			   struct err *err)
{
	int same;

	if (a->file->size != b->file->size)
		return DIFFERS_CONTENT;
	if (a->file->size == 0)
		return 0;
	same = same_bytes(a, b, err);
	if (same < 0)
		return -1;
	return same ? 0 : DIFFERS_CONTENT;
}

static int xattrs_differ(const struct side *a, const struct side *b,
			 struct err *err)
{
	AUTO(strv_release) struct strv left = { 0 };
	AUTO(strv_release) struct strv right = { 0 };

	if (files_xattrs(a->files, a->at, a->file->layer, &left, err) < 0 ||
	    files_xattrs(b->files, b->at, b->file->layer, &right, err) < 0)
		return -1;
	return strv_equal(&left, &right) ? 0 : DIFFERS_XATTR;
}

static const char *text_of(const struct side *side)
{
	return side->files->names.data + side->file->link;
}

static int differ(const struct side *a, const struct side *b,
		  uint8_t *out, struct err *err)
{
	const struct file *x = a->file, *y = b->file;
	int what = 0, part = 0;

	if ((x->mode & S_IFMT) != (y->mode & S_IFMT))
		what = DIFFERS_TYPE;
	else if (S_ISREG(x->mode))
		part = content_differs(a, b, err);
	else if (S_ISLNK(x->mode) && strcmp(text_of(a), text_of(b)) != 0)
		what = DIFFERS_LINK;
	else if ((S_ISCHR(x->mode) || S_ISBLK(x->mode)) && x->size != y->size)
		what = DIFFERS_DEVICE;
	if (part < 0)
		return -1;
	what |= part;
	if ((x->mode & 07777) != (y->mode & 07777))
		what |= DIFFERS_MODE;
	if (x->uid != y->uid || x->gid != y->gid)
		what |= DIFFERS_OWNER;
	part = what & DIFFERS_TYPE ? 0 : xattrs_differ(a, b, err);
	if (part < 0)
		return -1;
	*out = (uint8_t)(what | part);
	return 0;
}

int files_differ_between(const struct files *files, uint32_t at,
			 const struct file *before, const struct file *after,
			 uint8_t *differs, struct err *err)
{
	struct side a = { files, at, before }, b = { files, at, after };

	return differ(&a, &b, differs, err);
}

static bool same_layer(const struct compare *compare, const struct file *old,
		       const struct file *now)
{
	if (old->layer >= compare->old->layer_count ||
	    now->layer >= compare->now->layer_count)
		return false;
	return digest_equal(&compare->old->layers[old->layer].chain,
			    &compare->now->layers[now->layer].chain);
}

/* Where nothing but the types is known. */
static void guess(const struct file *old, struct file *now)
{
	if ((old->mode & S_IFMT) != (now->mode & S_IFMT))
		now->differs = DIFFERS_TYPE;
	if (now->differs || !S_ISDIR(now->mode))
		now->state = FILE_CHANGED;
}

static int compare_file(struct compare *compare, uint32_t was, uint32_t at,
			struct err *err)
{
	const struct file *old = &compare->old->items[was];
	struct file *now = &compare->now->items[at];
	struct side a = { compare->old, was, old };
	struct side b = { compare->now, at, now };

	now->was = was;
	now->state = FILE_SAME;
	now->differs = 0;
	if (same_layer(compare, old, now))
		return 0;
	if (compare->now->names_only) {
		guess(old, now);
		return 0;
	}
	if (differ(&a, &b, &now->differs, err) < 0)
		return -1;
	if (now->differs)
		now->state = FILE_CHANGED;
	return 0;
}

/* ---- what is on one side only ---- */

static void mark_added(struct files *now, uint32_t at)
{
	if (now->items[at].state == FILE_GONE)
		return;
	now->items[at].state = FILE_ADDED;
	for (uint32_t i = now->items[at].child; i != FILE_NONE;
	     i = now->items[i].next)
		mark_added(now, i);
}

static void set_removed(struct compare *compare, uint32_t was, uint32_t at)
{
	const struct file *old = &compare->old->items[was];
	struct file *now = &compare->now->items[at];

	now->state = FILE_REMOVED;
	now->differs = 0;
	now->was = was;
	now->mode = old->mode;
	now->uid = old->uid;
	now->gid = old->gid;
	now->size = old->size;
	now->layer = old->layer;
	now->group = FILE_NONE;
	if (S_ISLNK(old->mode)) {
		struct buf *names = &compare->now->names;
		const char *text = files_link(compare->old, was);

		now->link = (uint32_t)names->len;
		buf_add(names, text, strlen(text) + 1);
	}
}

static int compare_dir(struct compare *compare, uint32_t was, uint32_t dir,
		       struct err *err);

static int compare_child(struct compare *compare, uint32_t was, uint32_t at,
			 struct err *err)
{
	if (compare->now->items[at].state == FILE_GONE)
		set_removed(compare, was, at);
	else if (compare_file(compare, was, at, err) < 0)
		return -1;
	return compare_dir(compare, was, at, err);
}

static uint32_t next_shown(const struct files *files, uint32_t at)
{
	while (at != FILE_NONE && files->items[at].state == FILE_GONE)
		at = files->items[at].next;
	return at;
}

/* Both lists are in order of name. */
static int compare_dir(struct compare *compare, uint32_t was, uint32_t dir,
		       struct err *err)
{
	const struct files *old = compare->old;
	struct files *now = compare->now;
	uint32_t prev = FILE_NONE, a = next_shown(old, old->items[was].child);
	uint32_t b = now->items[dir].child;

	while (a != FILE_NONE || b != FILE_NONE) {
		int order = a == FILE_NONE ? 1 : b == FILE_NONE ? -1 :
			    strcmp(files_name(old, a), files_name(now, b));

		if (order > 0) {
			mark_added(now, b);
		} else {
			if (order < 0)
				b = files_add(now, dir, prev,
					      files_name(old, a));
			if (compare_child(compare, a, b, err) < 0)
				return -1;
			a = next_shown(old, old->items[a].next);
		}
		prev = b;
		b = now->items[b].next;
	}
	return 0;
}

int files_compare(const struct files *old, struct files *now,
		  struct err *err)
{
	struct compare compare = { old, now };

	if (!old || old->layer_count == 0) {
		mark_added(now, 0);
		now->items[0].state = FILE_SAME;
		return 0;
	}
	if (compare_file(&compare, 0, 0, err) < 0)
		return -1;
	return compare_dir(&compare, 0, 0, err);
}
