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
#include "spec/chunk.h"
#include "spec/hasher.h"
#include "spec/tarsum.h"

/* From here on a file's bytes are lent to the hashing threads; below, many
 * files are copied into one batch. */
#define LEND_MIN ((int64_t)32 * 1024)
#define CHUNKS 8 /* of large files under way to the two threads */
/* Below this a clone costs more than the write that it saves. */
#define CLONE_MIN ((int64_t)1024 * 1024)

struct pass {
	struct upper *upper;
	const struct upper_target *target;
	struct hasher *hasher;   /* sums of the sources */
	struct chunk_pool *pool;
	char *small;             /* LEND_MIN bytes */
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

/* A file that is read once, for its layer, its copy and its sum. */
struct flow {
	const struct upper_node *node;
	int from, to; /* to is -1 where the bytes are in place */
	bool summed;
};

static int check_read(const struct flow *flow, ssize_t got, struct err *err)
{
	if (got < 0)
		return node_error(err, flow->node, "read the source of");
	if (got == 0)
		return err_set(err, ERR_FAILED,
			       "the source of '/%s' became shorter "
			       "while it was copied", flow->node->path);
	return 0;
}

static int write_out(const struct flow *flow, const char *bytes, size_t len,
		     struct err *err)
{
	if (flow->to >= 0 && fs_write_all(flow->to, bytes, len, err) < 0)
		return err_wrap(err, "cannot write '/%s'", flow->node->path);
	return 0;
}

static ssize_t pump_small(struct pass *pass, const struct flow *flow,
			  size_t want, struct err *err)
{
	ssize_t got = read_chunk(flow->from, pass->small, want);

	if (check_read(flow, got, err) < 0 ||
	    layer_writer_data(pass->target->writer, pass->small, (size_t)got,
			      err) < 0)
		return -1;
	if (flow->summed)
		hasher_add(pass->hasher, pass->small, (size_t)got);
	return write_out(flow, pass->small, (size_t)got, err) < 0 ? -1 : got;
}

/* Both threads begin with the chunk while it is written here. */
static ssize_t pump_chunk(struct pass *pass, const struct flow *flow,
			  size_t want, struct err *err)
{
	AUTO(chunk_drop) struct chunk *chunk = chunk_take(pass->pool);
	ssize_t got = read_chunk(flow->from, chunk->bytes, want);

	if (check_read(flow, got, err) < 0 ||
	    layer_writer_lend(pass->target->writer, chunk, (size_t)got,
			      err) < 0)
		return -1;
	if (flow->summed)
		hasher_lend(pass->hasher, chunk, (size_t)got);
	return write_out(flow, chunk->bytes, (size_t)got, err) < 0 ? -1 : got;
}

static int pump(struct pass *pass, const struct flow *flow, struct err *err)
{
	int64_t left = flow->node->inode->size;

	while (left > 0) {
		ssize_t got = left < LEND_MIN ?
			pump_small(pass, flow, (size_t)left, err) :
			pump_chunk(pass, flow, left < (int64_t)CHUNK_SIZE ?
				   (size_t)left : CHUNK_SIZE, err);

		if (got < 0)
			return -1;
		left -= got;
		if (step_on(pass, got, err) < 0)
			return -1;
	}
	return 0;
}

/* Whether the sum of the source is wanted: 1 and begun, 0, or -1. */
static int start_sum(struct pass *pass, struct upper_inode *inode,
		     struct err *err)
{
	AUTO(buf_release) struct buf header = BUF_INIT;
	struct tree *tree = inode->tree;
	struct digest known;
	int made;

	/* The sum of a second link does not hold the content. */
	if (!tree->ops->learn_sum || tree == pass->upper->lower ||
	    (inode->source->hardlink && !tree->is_image) ||
	    tree->ops->known_sum(tree, inode->source, &known) == 1)
		return 0;
	made = tree->ops->sum_header(tree, inode->source, &header, err);
	if (made != 1)
		return made;
	hasher_begin(pass->hasher, inode);
	hasher_add(pass->hasher, header.data, header.len);
	return 1;
}

static void learn_sums(struct pass *pass)
{
	struct digest sum;
	void *tag;

	while (hasher_next(pass->hasher, &tag, &sum)) {
		const struct upper_inode *inode = tag;

		inode->tree->ops->learn_sum(inode->tree, inode->source, &sum);
	}
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
	struct flow flow = { .node = node };
	int summed;

	if (from < 0)
		return -1;
	to = open_new(pass, node, err);
	if (to < 0)
		return -1;
	summed = start_sum(pass, inode, err);
	if (summed < 0)
		return -1;
	flow.summed = summed == 1;
	flow.from = from;
	flow.to = to;
	if (try_clone(pass, node, from, to)) {
		flow.from = to;
		flow.to = -1;
	}
	if (pump(pass, &flow, err) < 0)
		return -1;
	if (flow.summed)
		hasher_end(pass->hasher);
	return set_attr_fd(to, node, err);
}

static int move_staged(struct pass *pass, const struct upper_node *node,
		       struct err *err)
{
	struct flow flow = { .node = node, .to = -1 };
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
	flow.from = fd;
	if (pump(pass, &flow, err) < 0)
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

static int write_nodes(struct pass *pass, struct upper_node **nodes,
		       size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (write_node(pass, nodes[i], err) < 0 ||
		    step_on(pass, 0, err) < 0)
			return -1;
		learn_sums(pass);
	}
	return finish_dirs(pass, nodes, count, err);
}

int upper_write(struct upper *upper, const struct upper_target *target,
		uint64_t *size, struct err *err)
{
	AUTO(hasher_free) struct hasher *hasher = hasher_new();
	AUTO(chunk_pool_free) struct chunk_pool *pool = chunk_pool_new(CHUNKS);
	AUTO_FREE char *small = mem_alloc((size_t)LEND_MIN);
	struct pass pass = { .upper = upper, .target = target,
			     .hasher = hasher, .pool = pool, .small = small };
	size_t count;
	AUTO_FREE struct upper_node **nodes = upper_sorted(upper, &count);

	if (write_nodes(&pass, nodes, count, err) < 0)
		return -1;
	if (upper->root->opaque &&
	    fsetxattr(target->diff_fd, target->opaque_xattr, "y", 1, 0) < 0)
		return node_error(err, upper->root, "make opaque");
	hasher_finish(hasher);
	learn_sums(&pass);
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
