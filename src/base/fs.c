/* Knows how files are read whole, written whole, listed and found. */
#include "base/fs.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

int fs_read_fd(int fd, size_t limit, struct buf *out, struct err *err)
{
	size_t start = out->len;
	struct stat st;

	/* With a byte more than there are, so that the end is seen. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    (size_t)st.st_size <= limit)
		buf_reserve(out, (size_t)st.st_size + 1);
	for (;;) {
		ssize_t n;

		if (out->cap < out->len + 2)
			buf_reserve(out, 65536);
		n = read(fd, out->data + out->len, out->cap - out->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot read");
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len - start > limit)
			return err_set(err, ERR_INPUT,
				       "larger than the limit of %zu bytes",
				       limit);
		if (n == 0)
			return 0;
	}
}

int fs_read(int dir, const char *name, size_t limit, struct buf *out,
	    struct err *err)
{
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(err, errno, "cannot open '%s'", name);
	if (fs_read_fd(fd, limit, out, err) < 0)
		return err_wrap(err, "file '%s'", name);
	return 1;
}

int fs_write_all(int fd, const void *bytes, size_t len, struct err *err)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot write");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int sync_parent(int dir, const char *name, struct err *err)
{
	AUTO_FREE char *parent = mem_strdup(name);
	char *slash = strrchr(parent, '/');
	AUTO_FD int fd = -1;

	if (slash)
		*slash = '\0';
	fd = openat(dir, slash ? *parent ? parent : "/" : ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return err_sys(err, errno, "cannot sync the directory of '%s'",
			       name);
	return 0;
}

static char *temporary_name(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;
	unsigned int random;

	fs_random_bytes(&random, sizeof(random));
	return mem_printf("%.*s.tmp-%s%u", (int)(base - name), name, base,
			  random);
}

int fs_write_atomic(int dir, const char *name, const void *bytes, size_t len,
		    mode_t mode, bool durable, struct err *err)
{
	AUTO_FREE char *temporary = temporary_name(name);
	AUTO_FD int fd = openat(dir, temporary,
				O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd < 0)
		return err_sys(err, errno, "cannot create '%s'", name);
	if (fs_write_all(fd, bytes, len, err) < 0) {
		unlinkat(dir, temporary, 0);
		return err_wrap(err, "file '%s'", name);
	}
	if (fchmod(fd, mode) < 0 || (durable && fsync(fd) < 0) ||
	    renameat(dir, temporary, dir, name) < 0) {
		int saved = errno;

		unlinkat(dir, temporary, 0);
		return err_sys(err, saved, "cannot write '%s'", name);
	}
	return durable ? sync_parent(dir, name, err) : 0;
}

/* What the new file takes over from the old one. */
static int take_over(int fd, const struct stat *old, const char *path,
		     struct err *err)
{
	if (fchown(fd, old->st_uid, old->st_gid) < 0 ||
	    fchmod(fd, old->st_mode & 07777) < 0)
		return err_sys(err, errno, "cannot keep owner and mode of "
			       "'%s'", path);
	return 0;
}

static int write_new(int fd, const void *bytes, size_t len,
		     const struct stat *old, const char *path,
		     struct err *err)
{
	if (fs_write_all(fd, bytes, len, err) < 0)
		return err_wrap(err, "file '%s'", path);
	if (old && take_over(fd, old, path, err) < 0)
		return -1;
	return fsync(fd) < 0 ? err_sys(err, errno, "cannot write '%s'", path) :
			       0;
}

int fs_replace(const char *path, const void *bytes, size_t len,
	       struct err *err)
{
	AUTO_FREE char *target = realpath(path, NULL);
	AUTO_FREE char *temporary = NULL;
	AUTO_FD int fd = -1;
	struct stat old;
	bool exists;

	if (!target && errno != ENOENT)
		return err_sys(err, errno, "cannot write '%s'", path);
	if (!target && lstat(path, &old) == 0)
		return err_set(err, ERR_NOT_FOUND,
			       "'%s' is a link to nothing", path);
	if (!target)
		target = mem_strdup(path);
	exists = stat(target, &old) == 0;
	/* The directory's rights are not the file's. */
	if (exists && faccessat(AT_FDCWD, target, W_OK, AT_EACCESS) < 0)
		return err_sys(err, errno, "cannot write '%s'", path);
	temporary = temporary_name(target);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		  exists ? 0600 : 0666);
	if (fd < 0)
		return err_sys(err, errno, "cannot write '%s'", path);
	if (write_new(fd, bytes, len, exists ? &old : NULL, path, err) < 0) {
		unlink(temporary);
		return -1;
	}
	if (rename(temporary, target) < 0) {
		err_sys(err, errno, "cannot write '%s'", path);
		unlink(temporary);
		return -1;
	}
	return sync_parent(AT_FDCWD, target, err);
}

int fs_mkdir_p(int dir, const char *name, mode_t mode, struct err *err)
{
	AUTO_FREE char *path = mem_strdup(name);

	for (char *p = path + 1; *path; p++) {
		char end = *p;

		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		if (mkdirat(dir, path, mode) < 0 && errno != EEXIST)
			return err_sys(err, errno,
				       "cannot make directory '%s'", path);
		*p = end;
		if (end == '\0')
			break;
	}
	return 0;
}

int fs_list(int dir, const char *name, struct strv *out, struct err *err)
{
	int fd = openat(dir, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *entry;
	DIR *stream;

	if (fd < 0)
		return err_sys(err, errno, "cannot open directory '%s'", name);
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return err_sys(err, errno, "cannot read directory '%s'", name);
	}
	out->set = true;
	while (errno = 0, (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			strv_add(out, entry->d_name);
	}
	if (errno) {
		int saved = errno;

		closedir(stream);
		return err_sys(err, saved, "cannot read directory '%s'", name);
	}
	closedir(stream);
	strv_sort(out);
	return 0;
}

int fs_each(int dir, const char *name, fs_visit *visit, void *arg,
	    struct err *err)
{
	AUTO(strv_release) struct strv names = { 0 };
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_DIRECTORY |
					   O_NOFOLLOW | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return err_sys(err, errno, "cannot open directory '%s'", name);
	if (fs_list(fd, ".", &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count && rc == 0; i++)
		rc = visit(arg, fd, names.items[i], err);
	return rc;
}

/* The walk for kernels without openat2; links are resolved by hand. */
#define ROOT_MAX_LINKS 40

struct root_walk {
	int root, links;
	struct buf done; /* resolved so far, below root, "" for root itself */
};

static void walk_up(struct root_walk *walk)
{
	char *slash = walk->done.len ? strrchr(walk->done.data, '/') : NULL;

	walk->done.len = slash ? (size_t)(slash - walk->done.data) : 0;
	if (walk->done.data)
		walk->done.data[walk->done.len] = '\0';
}

static int walk_path(struct root_walk *walk, const char *path, bool follow,
		     struct err *err);

static int walk_link(struct root_walk *walk, const char *last, size_t before,
		     struct err *err)
{
	char target[4096];
	ssize_t n = readlinkat(walk->root, walk->done.data, target,
			       sizeof(target) - 1);

	if (n < 0)
		return err_sys(err, errno, "cannot read link '%s'", last);
	if (++walk->links > ROOT_MAX_LINKS)
		return err_sys(err, ELOOP, "cannot open '%s'", last);
	target[n] = '\0';
	walk->done.len = target[0] == '/' ? 0 : before;
	walk->done.data[walk->done.len] = '\0';
	return walk_path(walk, target, true, err);
}

static int walk_path(struct root_walk *walk, const char *path, bool follow,
		     struct err *err)
{
	while (*path) {
		size_t len = strcspn(path, "/"), before = walk->done.len;
		const char *rest = path + len + strspn(path + len, "/");
		struct stat st;

		if (len == 2 && path[0] == '.' && path[1] == '.') {
			walk_up(walk);
		} else if (len > 0 && !(len == 1 && path[0] == '.')) {
			if (before)
				buf_addc(&walk->done, '/');
			buf_add(&walk->done, path, len);
			if ((*rest || follow) &&
			    fstatat(walk->root, walk->done.data, &st,
				    AT_SYMLINK_NOFOLLOW) == 0 &&
			    S_ISLNK(st.st_mode) &&
			    walk_link(walk, path, before, err) < 0)
				return -1;
		}
		path = rest;
	}
	return 0;
}

static int open_by_walk(int root, const char *path, int flags, struct err *err)
{
	struct root_walk walk = { .root = root, .done = BUF_INIT };
	int fd = -1;

	buf_adds(&walk.done, "");
	if (walk_path(&walk, path, !(flags & O_NOFOLLOW), err) == 0) {
		fd = openat(root, walk.done.len ? walk.done.data : ".",
			    flags | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (fd < 0)
			err_sys(err, errno, "cannot open '%s'", path);
	}
	buf_release(&walk.done);
	return fd;
}

/* A rename anywhere on the machine while a ".." is walked gives EAGAIN. */
#define RENAME_TRIES 1000

int fs_open_in_root(int root, const char *path, int flags, struct err *err)
{
	struct open_how how = {
		.flags = (__u64)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? 0644 : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	for (int i = 0; i < RENAME_TRIES && fd < 0; i++) {
		fd = syscall(SYS_openat2, root, path[0] ? path : ".", &how,
			     sizeof(how));
		if (fd < 0 && errno != EAGAIN)
			break;
	}
	if (fd >= 0)
		return (int)fd;
	if (errno == ENOSYS || errno == EPERM)
		return open_by_walk(root, path, flags, err);
	return err_sys(err, errno, "cannot open '%s'", path);
}

char *fs_clean_path(const char *path)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	bool rooted = path[0] == '/';
	size_t floor; /* what ".." may not remove */

	buf_adds(&out, rooted ? "/" : "");
	floor = out.len;
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && path[0] == '.' && path[1] == '.') {
			if (out.len > floor) {
				while (out.len > floor &&
				       out.data[out.len - 1] != '/')
					out.len--;
				if (out.len > floor)
					out.len--;
				out.data[out.len] = '\0';
			} else if (!rooted) {
				buf_adds(&out, out.len ? "/.." : "..");
				floor = out.len;
			}
		} else if (len && !(len == 1 && path[0] == '.')) {
			if (out.len > (rooted ? 1U : 0U))
				buf_addc(&out, '/');
			buf_add(&out, path, len);
		}
		path += len + strspn(path + len, "/");
	}
	if (!out.len)
		buf_addc(&out, '.');
	return buf_steal(&out);
}

void fs_random_bytes(void *out, size_t len)
{
	ssize_t n = getrandom(out, len, 0);

	/* Up to 256 bytes never come short (getrandom(2)). */
	assert(len <= 256 && n == (ssize_t)len);
	(void)n;
}

void fs_random_hex(char out[65])
{
	unsigned char bytes[32];

	fs_random_bytes(bytes, sizeof(bytes));
	for (int i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}
