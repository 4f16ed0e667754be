/* Knows how an overlay upper directory becomes the entries of a layer. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <uthash.h>

#include "base/fs.h"
#include "spec/layertar.h"
#include "spec/tarsum.h"

#define SMALL ((int64_t)32 * 1024) /* from here on bytes are lent */
#define CHUNKS 4
#define XATTR_LIMIT 65536 /* XATTR_SIZE_MAX of the kernel */

struct seen {
	ino_t ino;
	char *name; /* first name of the inode */
	UT_hash_handle hh;
};

struct walk {
	struct layer_writer *writer;
	const char *opaque;
	struct seen *links;
	uint64_t size;
	char *small;             /* SMALL bytes */
	struct chunk_pool *pool;
	struct buf path; /* of the directory walked, with a slash at the end */
};

static bool type_of(mode_t mode, char *flag)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		*flag = '0';
		return true;
	case S_IFLNK:
		*flag = '2';
		return true;
	case S_IFCHR:
		*flag = '3';
		return true;
	case S_IFBLK:
		*flag = '4';
		return true;
	case S_IFDIR:
		*flag = '5';
		return true;
	case S_IFIFO:
		*flag = '6';
		return true;
	default:
		return false; /* sockets are left out */
	}
}

/* An xattr of a name that is not followed; 1, 0 or -1. */
static int get_xattr(int dir, const char *name, const char *key,
		     struct buf *out, struct err *err)
{
	AUTO_FREE char *path = mem_printf("/proc/self/fd/%d/%s", dir, name);
	char value[XATTR_LIMIT];
	ssize_t n = lgetxattr(path, key, value, sizeof(value));

	if (n < 0 && (errno == ENODATA || errno == ENOTSUP || errno == EPERM))
		return 0;
	if (n < 0)
		return err_sys(err, errno, "cannot read %s of '%s'", key, name);
	buf_clear(out);
	buf_add(out, value, (size_t)n);
	return 1;
}

static int add_capability(int dir, const char *name, struct tar_entry *entry,
			  struct err *err)
{
	AUTO(buf_release) struct buf value = BUF_INIT;
	int has = get_xattr(dir, name, "security.capability", &value, err);

	if (has <= 0)
		return has;
	tarsum_fix_capability(&value);
	MEM_PUSH(entry->xattrs, entry->xattr_count) = (struct tar_xattr){
		.name = mem_strdup("security.capability"),
		.value = value,
	};
	value = (struct buf)BUF_INIT;
	return 0;
}

static int add_link_text(int dir, const char *name, struct tar_entry *entry,
			 struct err *err)
{
	char target[4096];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	if (n < 0)
		return err_sys(err, errno, "cannot read link '%s'", name);
	entry->linkname = mem_strndup(target, (size_t)n);
	return 0;
}

/* The second name of an inode is a hard link to the first. */
static void add_hard_link(struct walk *walk, const struct stat *st,
			  struct tar_entry *entry)
{
	struct seen *seen;

	HASH_FIND(hh, walk->links, &st->st_ino, sizeof(st->st_ino), seen);
	if (seen) {
		free(entry->linkname);
		entry->linkname = mem_strdup(seen->name);
		entry->typeflag = '1';
		entry->size = 0;
		return;
	}
	seen = mem_alloc(sizeof(*seen));
	seen->ino = st->st_ino;
	seen->name = mem_strdup(entry->name);
	HASH_ADD(hh, walk->links, ino, sizeof(seen->ino), seen);
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

/* After the link rule: a later whiteout keeps the first one's name as link
 * text, as dockerd does (classic-builder.md 9.3). */
static void make_whiteout(const struct walk *walk, const char *name,
			  struct tar_entry *entry)
{
	free(entry->name);
	entry->name = mem_printf("%s.wh.%s", walk->path.data, name);
	entry->mode = 0600;
	entry->typeflag = '0';
	entry->size = 0;
}

static int make_entry(struct walk *walk, int dir, const char *name,
		      const struct stat *st, struct tar_entry *entry,
		      struct err *err)
{
	entry->name = mem_printf("%s%s%s", walk->path.data, name,
				 S_ISDIR(st->st_mode) ? "/" : "");
	entry->mode = st->st_mode;
	entry->uid = st->st_uid;
	entry->gid = st->st_gid;
	entry->mtime = st->st_mtim;
	entry->size = S_ISREG(st->st_mode) ? st->st_size : 0;
	entry->uname = mem_strdup(layertar_user_name(st->st_uid));
	entry->gname = mem_strdup(layertar_group_name(st->st_gid));
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		entry->devmajor = major(st->st_rdev);
		entry->devminor = minor(st->st_rdev);
	}
	if (S_ISLNK(st->st_mode) && add_link_text(dir, name, entry, err) < 0)
		return -1;
	if (!S_ISLNK(st->st_mode) && !is_whiteout(st) &&
	    add_capability(dir, name, entry, err) < 0)
		return -1;
	if (!S_ISDIR(st->st_mode)) {
		/* size counts each inode once */
		if (st->st_nlink > 1)
			add_hard_link(walk, st, entry);
		if (entry->typeflag != '1')
			walk->size += (uint64_t)st->st_size;
	}
	if (is_whiteout(st))
		make_whiteout(walk, name, entry);
	return 0;
}

static ssize_t read_some(int fd, char *bytes, size_t len, const char *name,
			 struct err *err)
{
	ssize_t n;

	do
		n = read(fd, bytes, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, errno, "cannot read '%s'", name);
	if (n == 0)
		return err_set(err, ERR_FAILED,
			       "'%s' became shorter while it was read", name);
	return n;
}

static ssize_t add_chunk(struct walk *walk, int fd, size_t len,
			 const char *name, struct err *err)
{
	AUTO(chunk_drop) struct chunk *chunk = chunk_take(walk->pool);
	ssize_t n = read_some(fd, chunk->bytes, len, name, err);

	if (n < 0 ||
	    layer_writer_lend(walk->writer, chunk, (size_t)n, err) < 0)
		return -1;
	return n;
}

static ssize_t add_small(struct walk *walk, int fd, size_t len,
			 const char *name, struct err *err)
{
	ssize_t n = read_some(fd, walk->small, len, name, err);

	if (n < 0 ||
	    layer_writer_data(walk->writer, walk->small, (size_t)n, err) < 0)
		return -1;
	return n;
}

static int add_content(struct walk *walk, int dir, const char *name,
		       int64_t size, struct err *err)
{
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "cannot open '%s'", name);
	while (size > 0) {
		ssize_t n = size < SMALL ?
			add_small(walk, fd, (size_t)size, name, err) :
			add_chunk(walk, fd, size < (int64_t)CHUNK_SIZE ?
				  (size_t)size : CHUNK_SIZE, name, err);

		if (n < 0)
			return -1;
		size -= n;
	}
	return 0;
}

static int add_opaque(struct walk *walk, int dir, const char *name,
		      const struct tar_entry *of, struct err *err)
{
	AUTO(buf_release) struct buf value = BUF_INIT;
	struct tar_entry entry = { 0 };
	int has = get_xattr(dir, name, walk->opaque, &value, err), rc;

	if (has <= 0 || value.len != 1 || value.data[0] != 'y')
		return has < 0 ? -1 : 0;
	entry.name = mem_printf("%s.wh..wh..opq", of->name);
	entry.mode = of->mode & 0777;
	entry.uid = of->uid;
	entry.gid = of->gid;
	entry.uname = of->uname;
	entry.gname = of->gname;
	entry.typeflag = '0';
	rc = layer_writer_entry(walk->writer, &entry, err);
	free(entry.name);
	return rc;
}

static int visit(void *arg, int dir, const char *name, struct err *err);

static int walk_into(struct walk *walk, int dir, const char *name,
		     struct err *err)
{
	size_t before = walk->path.len;
	int rc;

	buf_addf(&walk->path, "%s/", name);
	rc = fs_each(dir, name, visit, walk, err);
	walk->path.len = before;
	walk->path.data[before] = '\0';
	return rc;
}

static int visit(void *arg, int dir, const char *name, struct err *err)
{
	struct walk *walk = arg;
	AUTO(tar_entry_release) struct tar_entry entry = { 0 };
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "cannot look at '%s%s'",
			       walk->path.data, name);
	if (!type_of(st.st_mode, &entry.typeflag))
		return 0;
	if (make_entry(walk, dir, name, &st, &entry, err) < 0 ||
	    layer_writer_entry(walk->writer, &entry, err) < 0)
		return -1;
	if (entry.size && add_content(walk, dir, name, entry.size, err) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (add_opaque(walk, dir, name, &entry, err) < 0)
		return -1;
	return walk_into(walk, dir, name, err);
}

int layer_writer_upper(struct layer_writer *writer, int upper_dir,
		       const char *opaque_xattr, uint64_t *size,
		       struct err *err)
{
	struct walk walk = { .writer = writer, .opaque = opaque_xattr };
	struct seen *seen, *next;
	int rc;

	walk.small = mem_alloc((size_t)SMALL);
	walk.pool = chunk_pool_new(CHUNKS);
	buf_adds(&walk.path, "");
	rc = fs_each(upper_dir, ".", visit, &walk, err);
	HASH_ITER(hh, walk.links, seen, next) {
		HASH_DEL(walk.links, seen);
		free(seen->name);
		free(seen);
	}
	buf_release(&walk.path);
	free(walk.small);
	chunk_pool_free(walk.pool);
	if (rc == 0 && size)
		*size = walk.size;
	return rc;
}
