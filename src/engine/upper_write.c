/* Knows how to make a planned upper directory real in one pass: every byte of
 * a source is read once, for its file, its layer and its sum. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/upper.h"
#include "spec/tarsum.h"

#define CHUNK ((size_t)256 * 1024)
/* Below this a clone costs more than the write that it saves. */
#define CLONE_MIN ((int64_t)1024 * 1024)

struct pass {
	struct upper *upper;
	const struct upper_target *target;
	struct sha256 *sha;
	char *chunk;
	int64_t done;       /* bytes of content */
	uint64_t size;
	bool cannot_clone;
};

static int node_error(struct err *err, const struct upper_node *node,
		      const char *what)
{
	return err_sys(err, errno, "cannot %s '/%s'", what, node->path);
}

/* ---- the entry in the tar ---- */

static char type_flag(mode_t mode)
{
	static const struct {
		mode_t type;
		char flag;
	} flags[] = {
		{ S_IFREG, '0' }, { S_IFLNK, '2' }, { S_IFCHR, '3' },
		{ S_IFBLK, '4' }, { S_IFDIR, '5' }, { S_IFIFO, '6' },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (flags[i].type == (mode & S_IFMT))
			return flags[i].flag;
	return '0';
}

static int add_entry(struct pass *pass, struct tar_entry *entry,
		     const struct upper_node *node, struct err *err)
{
	entry->uid = node->attr.uid;
	entry->gid = node->attr.gid;
	/* Not written through: the tar only reads its strings. */
	entry->uname = (char *)(uintptr_t)layertar_user_name(node->attr.uid);
	entry->gname = (char *)(uintptr_t)layertar_group_name(node->attr.gid);
	return layer_writer_entry(pass->target->writer, entry, err);
}

static int write_header(struct pass *pass, const struct upper_node *node,
			int64_t size, const char *hardlink, struct err *err)
{
	struct tar_xattr xattr = { .name = (char[]){ "security.capability" } };
	AUTO_FREE char *dir_name = NULL;
	struct tar_entry entry = {
		.name = node->path,
		.mode = node->attr.mode,
		.size = size,
		.mtime = { .tv_sec = node->attr.mtime },
		.typeflag = hardlink ? '1' : type_flag(node->attr.mode),
		.linkname = hardlink ? (char *)(uintptr_t)hardlink : node->link,
		.atime_sec = -1,
	};

	if (S_ISDIR(node->attr.mode))
		entry.name = dir_name = mem_printf("%s/", node->path);
	if (S_ISCHR(node->attr.mode) || S_ISBLK(node->attr.mode)) {
		entry.devmajor = major(node->rdev);
		entry.devminor = minor(node->rdev);
	}
	if (node->capability.len > 0) {
		xattr.value = node->capability;
		entry.xattrs = &xattr;
		entry.xattr_count = 1;
	}
	return add_entry(pass, &entry, node, err);
}

/* classic-builder.md 9.3: right after its directory. */
static int write_opaque_header(struct pass *pass,
			       const struct upper_node *node, struct err *err)
{
	AUTO_FREE char *name = mem_printf("%s/.wh..wh..opq", node->path);
	struct tar_entry entry = {
		.name = name,
		.mode = node->attr.mode & 0777,
		.typeflag = '0',
		.atime_sec = -1,
	};

	return add_entry(pass, &entry, node, err);
}

/* ---- attributes on disk ---- */

static void times_of(const struct upper_node *node, struct timespec times[2])
{
	times[0] = times[1] = (struct timespec){ node->attr.mtime, 0 };
}

/* Owner first: a chown clears what a chmod then sets. */
static int set_attr_fd(int fd, const struct upper_node *node, struct err *err)
{
	struct timespec times[2];

	times_of(node, times);
	if ((node->attr.uid != geteuid() || node->attr.gid != getegid()) &&
	    fchown(fd, node->attr.uid, node->attr.gid) < 0)
		return node_error(err, node, "change the owner of");
	if (fchmod(fd, node->attr.mode & 07777) < 0)
		return node_error(err, node, "change the mode of");
	if (node->capability.len > 0 &&
	    fsetxattr(fd, "security.capability", node->capability.data,
		      node->capability.len, 0) < 0)
		return node_error(err, node, "set the capabilities of");
	if (futimens(fd, times) < 0)
		return node_error(err, node, "set the time of");
	return 0;
}

static int set_attr_at(int dir, const struct upper_node *node,
		       struct err *err)
{
	struct timespec times[2];

	times_of(node, times);
	if (fchownat(dir, node->path, node->attr.uid, node->attr.gid,
		     AT_SYMLINK_NOFOLLOW) < 0)
		return node_error(err, node, "change the owner of");
	if (!S_ISLNK(node->attr.mode) &&
	    fchmodat(dir, node->path, node->attr.mode & 07777, 0) < 0)
		return node_error(err, node, "change the mode of");
	if (utimensat(dir, node->path, times, AT_SYMLINK_NOFOLLOW) < 0)
		return node_error(err, node, "set the time of");
	return 0;
}

/* ---- content ---- */

static int step_on(struct pass *pass, int64_t bytes, struct err *err)
{
	pass->done += bytes;
	if (pass->target->progress &&
	    pass->target->progress(pass->target->arg, pass->done) != 0)
		return err_set(err, ERR_CANCELLED, "cancelled");
	return 0;
}

static ssize_t read_chunk(int fd, char *chunk, size_t len)
{
	ssize_t got;

	do
		got = read(fd, chunk, len);
	while (got < 0 && errno == EINTR);
	return got;
}

/* from is read to its size; to is written unless -1; sha may be NULL. */
static int pump(struct pass *pass, const struct upper_node *node, int from,
		int to, struct sha256 *sha, struct err *err)
{
	int64_t left = node->inode->size;

	while (left > 0) {
		size_t want = left < (int64_t)CHUNK ? (size_t)left : CHUNK;
		ssize_t got = read_chunk(from, pass->chunk, want);

		if (got < 0)
			return node_error(err, node, "read the source of");
		if (got == 0)
			return err_set(err, ERR_FAILED,
				       "the source of '/%s' became shorter "
				       "while it was copied", node->path);
		if (layer_writer_data(pass->target->writer, pass->chunk,
				      (size_t)got, err) < 0)
			return -1;
		if (sha)
			sha256_add(sha, pass->chunk, (size_t)got);
		if (to >= 0 &&
		    fs_write_all(to, pass->chunk, (size_t)got, err) < 0)
			return err_wrap(err, "cannot write '/%s'", node->path);
		left -= got;
		if (step_on(pass, got, err) < 0)
			return -1;
	}
	return 0;
}

/* Whether the sum of the source is wanted; then sha holds its header. */
static int start_sum(struct pass *pass, const struct upper_inode *inode,
		     struct sha256 **sha, struct err *err)
{
	AUTO(buf_release) struct buf header = BUF_INIT;
	struct tree *tree = inode->tree;
	struct digest known;
	int made;

	*sha = NULL;
	/* The sum of a second link does not hold the content. */
	if (!tree->ops->learn_sum || tree == pass->upper->lower ||
	    (inode->source->hardlink && !tree->is_image) ||
	    tree->ops->known_sum(tree, inode->source, &known) == 1)
		return 0;
	made = tree->ops->sum_header(tree, inode->source, &header, err);
	if (made != 1)
		return made;
	sha256_reset(pass->sha);
	sha256_add(pass->sha, header.data, header.len);
	*sha = pass->sha;
	return 0;
}

static void end_sum(const struct upper_inode *inode, struct sha256 *sha)
{
	struct digest sum;

	sha256_end(sha, &sum);
	inode->tree->ops->learn_sum(inode->tree, inode->source, &sum);
}

/* A clone shares the blocks: nothing is written, the bytes are read for the
 * sums only, from the clone, so that all of them are of one instant. */
static bool try_clone(struct pass *pass, const struct upper_node *node,
		      int from, int to)
{
	struct stat st;

	if (pass->cannot_clone || node->inode->size < CLONE_MIN)
		return false;
	if (ioctl(to, FICLONE, from) < 0) {
		pass->cannot_clone = true;
		return false;
	}
	return fstat(to, &st) == 0 && st.st_size == node->inode->size;
}

static int open_new(struct pass *pass, const struct upper_node *node,
		    struct err *err)
{
	int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(pass->target->diff_fd, node->path, flags, 0600);

	/* A whiteout of the same name came first and gives way. */
	if (fd < 0 && errno == EEXIST &&
	    unlinkat(pass->target->diff_fd, node->path, 0) == 0)
		fd = openat(pass->target->diff_fd, node->path, flags, 0600);
	if (fd < 0)
		return node_error(err, node, "create");
	return fd;
}

static int copy_source(struct pass *pass, const struct upper_node *node,
		       struct err *err)
{
	struct upper_inode *inode = node->inode;
	AUTO_FD int from = tree_open(inode->tree, inode->source, err);
	AUTO_FD int to = -1;
	struct sha256 *sha;
	bool cloned;

	if (from < 0)
		return -1;
	to = open_new(pass, node, err);
	if (to < 0 || start_sum(pass, inode, &sha, err) < 0)
		return -1;
	cloned = try_clone(pass, node, from, to);
	if (pump(pass, node, cloned ? to : from, cloned ? -1 : to, sha,
		 err) < 0)
		return -1;
	if (sha)
		end_sum(inode, sha);
	return set_attr_fd(to, node, err);
}

static int move_staged(struct pass *pass, const struct upper_node *node,
		       struct err *err)
{
	AUTO_FD int fd = -1;
	char name[32];

	snprintf(name, sizeof(name), "%llu",
		 (unsigned long long)node->inode->staged);
	if (renameat(pass->upper->staging_fd, name, pass->target->diff_fd,
		     node->path) < 0)
		return node_error(err, node, "create");
	fd = openat(pass->target->diff_fd, node->path,
		    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return node_error(err, node, "open");
	if (pump(pass, node, fd, -1, NULL, err) < 0)
		return -1;
	return set_attr_fd(fd, node, err);
}

static int write_file(struct pass *pass, struct upper_node *node,
		      struct err *err)
{
	struct upper_inode *inode = node->inode;
	int dir = pass->target->diff_fd;

	if (inode->first) {
		if (linkat(dir, inode->first->path, dir, node->path, 0) < 0)
			return node_error(err, node, "create");
		return write_header(pass, node, 0, inode->first->path, err);
	}
	inode->first = node;
	if (write_header(pass, node, inode->size, NULL, err) < 0)
		return -1;
	pass->size += (uint64_t)inode->size;
	return inode->staged ? move_staged(pass, node, err) :
			       copy_source(pass, node, err);
}

/* ---- everything else ---- */

static int write_dir(struct pass *pass, struct upper_node *node,
		     struct err *err)
{
	/* Its attributes come last, when nothing is put into it any more. */
	if (mkdirat(pass->target->diff_fd, node->path, 0700) < 0 &&
	    (errno != EEXIST ||
	     unlinkat(pass->target->diff_fd, node->path, 0) < 0 ||
	     mkdirat(pass->target->diff_fd, node->path, 0700) < 0))
		return node_error(err, node, "create directory");
	if (write_header(pass, node, 0, NULL, err) < 0)
		return -1;
	return node->opaque ? write_opaque_header(pass, node, err) : 0;
}

static int write_special(struct pass *pass, struct upper_node *node,
			 struct err *err)
{
	int dir = pass->target->diff_fd;
	int made = S_ISLNK(node->attr.mode) ?
			   symlinkat(node->link, dir, node->path) :
			   mknodat(dir, node->path,
				   (node->attr.mode & S_IFMT) | 0600,
				   node->rdev);

	if (made < 0)
		return node_error(err, node, "create");
	if (S_ISLNK(node->attr.mode))
		pass->size += strlen(node->link);
	if (write_header(pass, node, 0, NULL, err) < 0)
		return -1;
	return set_attr_at(dir, node, err);
}

/* The tar holds the file ".wh.x"; unpacked it is a whiteout of x. */
static int write_whiteout(struct pass *pass, struct upper_node *node,
			  struct err *err)
{
	const char *slash = strrchr(node->path, '/');
	const char *name = slash ? slash + 1 : node->path;
	AUTO_FREE char *path = mem_printf(
		"%.*s%s", (int)(name - node->path), node->path, name + 4);

	if (write_header(pass, node, 0, NULL, err) < 0)
		return -1;
	if (strcmp(name, ".wh..wh..opq") == 0) {
		node->parent->opaque = true;
		return 0;
	}
	if (strncmp(name, ".wh..wh.", 8) == 0 || !name[4])
		return 0;
	if (mknodat(pass->target->diff_fd, path, S_IFCHR, makedev(0, 0)) < 0 ||
	    fchownat(pass->target->diff_fd, path, node->attr.uid,
		     node->attr.gid, AT_SYMLINK_NOFOLLOW) < 0)
		return node_error(err, node, "create");
	return 0;
}

static int write_node(struct pass *pass, struct upper_node *node,
		      struct err *err)
{
	if (node->whiteout)
		return write_whiteout(pass, node, err);
	if (S_ISDIR(node->attr.mode))
		return write_dir(pass, node, err);
	if (S_ISREG(node->attr.mode))
		return write_file(pass, node, err);
	return write_special(pass, node, err);
}

/* Deepest first, so that a time once set is not disturbed. */
static int finish_dirs(struct pass *pass, struct upper_node **nodes,
		       size_t count, struct err *err)
{
	for (size_t i = count; i-- > 0;) {
		AUTO_FD int fd = -1;

		if (!S_ISDIR(nodes[i]->attr.mode))
			continue;
		fd = openat(pass->target->diff_fd, nodes[i]->path,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return node_error(err, nodes[i], "open");
		if (nodes[i]->opaque &&
		    fsetxattr(fd, pass->target->opaque_xattr, "y", 1, 0) < 0)
			return node_error(err, nodes[i], "make opaque");
		if (set_attr_fd(fd, nodes[i], err) < 0)
			return -1;
	}
	return 0;
}

int upper_write(struct upper *upper, const struct upper_target *target,
		uint64_t *size, struct err *err)
{
	AUTO(sha256_free) struct sha256 *sha = sha256_new();
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	struct pass pass = { .upper = upper, .target = target, .sha = sha,
			     .chunk = chunk };
	size_t count;
	AUTO_FREE struct upper_node **nodes = upper_sorted(upper, &count);

	for (size_t i = 0; i < count; i++)
		if (write_node(&pass, nodes[i], err) < 0 ||
		    step_on(&pass, 0, err) < 0)
			return -1;
	if (finish_dirs(&pass, nodes, count, err) < 0)
		return -1;
	if (upper->root->opaque &&
	    fsetxattr(target->diff_fd, target->opaque_xattr, "y", 1, 0) < 0)
		return node_error(err, upper->root, "make opaque");
	*size = pass.size;
	return 0;
}

/* ---- staging ---- */

int upper_stage(struct upper *upper, int diff_fd, struct err *err)
{
	char name[32];
	int fd;

	if (upper->staging_fd < 0) {
		/* Beside the content, for the rename; nobody looks there
		 * before the layer is committed. */
		memcpy(upper->staging_name, ".wh.", 4);
		fs_random_hex(upper->staging_name + 4);
		if (mkdirat(diff_fd, upper->staging_name, 0700) == 0)
			upper->staging_fd = openat(
				diff_fd, upper->staging_name,
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (upper->staging_fd < 0)
			return err_sys(err, errno,
				       "cannot make a staging directory");
	}
	snprintf(name, sizeof(name), "%llu",
		 (unsigned long long)++upper->staged);
	fd = openat(upper->staging_fd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, errno, "cannot stage a file");
	return fd;
}

int upper_unstage(struct upper *upper, int diff_fd, struct err *err)
{
	if (upper->staging_fd < 0)
		return 0;
	close(upper->staging_fd);
	upper->staging_fd = -1;
	return fs_remove_tree(diff_fd, upper->staging_name, err);
}
