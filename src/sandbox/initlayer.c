/* Knows the mount points and files that Docker puts above every image. */
#include "sandbox/initlayer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"

static const struct {
	const char *path;
	const char *type; /* "dir", "file", or where a link leads */
} entries[] = {
	{ "dev/pts", "dir" },	       { "dev/shm", "dir" },
	{ "proc", "dir" },	       { "sys", "dir" },
	{ ".dockerenv", "file" },      { "etc/resolv.conf", "file" },
	{ "etc/hosts", "file" },       { "etc/hostname", "file" },
	{ "dev/console", "file" },     { "etc/mtab", "/proc/mounts" },
};

bool initlayer_has_dir(const char *path)
{
	size_t len = strlen(path);

	/* A directory of the table, or one on the way to an entry. */
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		if (strncmp(entries[i].path, path, len) != 0)
			continue;
		if (entries[i].path[len] == '/' ||
		    (entries[i].path[len] == '\0' &&
		     strcmp(entries[i].type, "dir") == 0))
			return true;
	}
	return false;
}

bool initlayer_has_file(const char *path)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++)
		if (strcmp(entries[i].path, path) == 0)
			return strcmp(entries[i].type, "dir") != 0;
	return false;
}

/* Whether the layer has any of the names at the top that lead to entries. */
static bool is_touched(const char *layer)
{
	AUTO_FD int dir = open(layer, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	char top[16];

	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		const char *path = entries[i].path;

		snprintf(top, sizeof(top), "%.*s", (int)strcspn(path, "/"),
			 path);
		if (fstatat(dir, top, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
		    errno != ENOENT)
			return true;
	}
	return false;
}

bool initlayer_serves(const struct strv *made, const struct strv *now)
{
	size_t more = now->count - made->count;

	if (made->count == 0 || now->count < made->count)
		return false;
	for (size_t i = 0; i < made->count; i++)
		if (strcmp(made->items[i], now->items[more + i]) != 0)
			return false;
	for (size_t i = 0; i < more; i++)
		if (is_touched(now->items[i]))
			return false;
	return true;
}

/* Whatever is no directory on the way goes, the last name too. */
static void clear_way(int root, const char *path)
{
	AUTO_FREE char *prefix = mem_strdup(path);

	for (char *p = prefix; ; p++) {
		char end = *p;

		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		unlinkat(root, prefix, 0);
		*p = end;
		if (end == '\0')
			return;
	}
}

static int make_parent(int root, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *parent = NULL;

	if (!slash)
		return 0;
	parent = mem_strndup(path, (size_t)(slash - path));
	return fs_mkdir_p(root, parent, 0755, err);
}

static int make_entry(int root, const char *path, const char *type,
		      struct err *err)
{
	AUTO_FD int fd = -1;
	int rc;

	if (strcmp(type, "dir") == 0) {
		rc = mkdirat(root, path, 0755);
	} else if (strcmp(type, "file") == 0) {
		fd = openat(root, path,
			    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
		rc = fd < 0 ? -1 : 0;
	} else {
		rc = symlinkat(type, root, path);
	}
	return rc < 0 ? err_sys(err, errno, "cannot make '/%s'", path) : 0;
}

int initlayer_make(int root, struct err *err)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		const char *path = entries[i].path;
		struct stat st;

		clear_way(root, path);
		if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
			continue; /* a directory of the image */
		if (make_parent(root, path, err) < 0 ||
		    make_entry(root, path, entries[i].type, err) < 0)
			return err_wrap(err, "cannot make the init layer");
	}
	return 0;
}
