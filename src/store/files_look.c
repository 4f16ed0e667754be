/* Knows how entries of a compact tree of files are found, named and read. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "store/files.h"
#include "store/inside.h"

#define XATTR_LIMIT 65536

const char *files_name(const struct files *files, uint32_t at)
{
	return files->names.data + files->items[at].name;
}

const char *files_link(const struct files *files, uint32_t at)
{
	const struct file *file = &files->items[at];

	return S_ISLNK(file->mode) ? files->names.data + file->link : NULL;
}

uint32_t files_hardlink(const struct files *files, uint32_t at)
{
	uint32_t group = files->items[at].group, first;

	if (group == FILE_NONE)
		return FILE_NONE;
	first = files->groups[group].first;
	if (first == at || files->items[first].group != group)
		return FILE_NONE;
	return first;
}

char *files_path(const struct files *files, uint32_t at)
{
	size_t len = 0;
	char *path, *p;

	for (uint32_t i = at; i != 0; i = files->items[i].parent)
		len += strlen(files_name(files, i)) + 1;
	if (len == 0)
		return mem_strdup("");
	path = mem_alloc(len);
	p = path + len - 1;
	for (uint32_t i = at; i != 0; i = files->items[i].parent) {
		const char *name = files_name(files, i);
		size_t n = strlen(name);

		memcpy(p -= n, name, n);
		if (p > path)
			*--p = '/';
	}
	return path;
}

int files_find(const struct files *files, const char *path, uint32_t *out)
{
	uint32_t at = 0;

	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");

		for (at = files->items[at].child; at != FILE_NONE;
		     at = files->items[at].next) {
			const char *name = files_name(files, at);

			if (strncmp(name, path, len) == 0 && !name[len])
				break;
		}
		if (at == FILE_NONE || files->items[at].state == FILE_GONE)
			return 0;
		path += len;
	}
	*out = at;
	return 1;
}

bool files_is_below(const struct files *files, uint32_t at, uint32_t top)
{
	while (at > top)
		at = files->items[at].parent;
	return at == top;
}

static char *place_in(const struct files *files, uint32_t at, size_t layer)
{
	AUTO_FREE char *path = files_path(files, at);

	return mem_printf("%s/%s/%s", files->overlay,
			  files->layers[layer].diff, path);
}

int files_open_in(const struct files *files, uint32_t at, size_t layer,
		  struct err *err)
{
	AUTO_FREE char *name = place_in(files, at, layer);
	struct stat st;
	AUTO_FD int fd = quiet_open(AT_FDCWD, name, O_RDONLY | O_NOFOLLOW |
				    O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot open '%s'", name);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_FAILED, "'%s' is not a regular file",
			       name);
	return STEAL_FD(fd);
}

int files_open(const struct files *files, uint32_t at, struct err *err)
{
	return files_open_in(files, at, files->items[at].layer, err);
}

static bool is_overlays(const char *name)
{
	return strncmp(name, "trusted.overlay.", 16) == 0 ||
	       strncmp(name, "user.overlay.", 13) == 0;
}

static void add_xattr(const char *path, const char *name, struct strv *out)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO_FREE char *value = mem_alloc(XATTR_LIMIT);
	ssize_t len = lgetxattr(path, name, value, XATTR_LIMIT);

	buf_addf(&text, "%s=", name);
	for (ssize_t i = 0; i < len; i++)
		buf_addf(&text, "%02x", (unsigned char)value[i]);
	strv_add(out, text.data);
}

int files_xattrs_of(const char *path, struct strv *out, struct err *err)
{
	AUTO_FREE char *names = NULL;
	ssize_t len = llistxattr(path, NULL, 0);

	if (len > 0 && len <= XATTR_LIMIT) {
		names = mem_alloc(XATTR_LIMIT);
		len = llistxattr(path, names, XATTR_LIMIT);
	}
	if (len < 0 && errno == ENOTSUP)
		return 0;
	if (len < 0)
		return err_sys(err, errno, "cannot list the attributes of "
			       "'%s'", path);
	for (char *p = names; p && p < names + len; p += strlen(p) + 1)
		if (!is_overlays(p))
			add_xattr(path, p, out);
	strv_sort(out);
	return 0;
}

int files_xattrs(const struct files *files, uint32_t at, size_t layer,
		 struct strv *out, struct err *err)
{
	AUTO_FREE char *path = NULL;

	if (files->layer_count == 0)
		return 0;
	path = place_in(files, at, layer);
	return files_xattrs_of(path, out, err);
}

/* Whether this name is the one under which its inode is counted. */
static bool counts(const struct files *files, bool *seen, uint32_t at)
{
	uint32_t group = files->items[at].group;

	if (group == FILE_NONE)
		return true;
	if (seen[group])
		return false;
	return seen[group] = true;
}

void files_count_totals(struct files *files)
{
	AUTO_FREE bool *seen = mem_array(files->group_count, sizeof(*seen));

	free(files->totals);
	files->totals = mem_array(files->count, sizeof(*files->totals));
	for (uint32_t i = 0; i < files->count; i++)
		if (files->items[i].state != FILE_GONE &&
		    S_ISREG(files->items[i].mode) && counts(files, seen, i))
			files->totals[i] = files->items[i].size;
	for (size_t i = files->count; i-- > 1;) {
		const struct file *file = &files->items[i];

		if (file->state == FILE_GONE ||
		    (file->state == FILE_REMOVED &&
		     files->items[file->parent].state != FILE_REMOVED))
			continue;
		files->totals[file->parent] += files->totals[i];
	}
}
