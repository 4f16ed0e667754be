/* Knows how a tar on stdin becomes a context: every header summed as it is,
 * every content kept in one nameless file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fs.h"
#include "context/tar_index.h"
#include "spec/archive.h"
#include "spec/tarsum.h"
#include "spec/untar.h"

#define TAR_ENTRIES_MAX 10000000
#define CHUNK (256 * 1024)

static int nameless_file(struct err *err)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir && *dir ? dir : "/tmp",
		      O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		fd = memfd_create("context", MFD_CLOEXEC);
	if (fd < 0)
		err_sys(err, errno, "cannot keep the context");
	return fd;
}

struct reader {
	struct context *context;
	struct untar *untar;
	struct sha256 *sha;
	char *chunk;
	off_t end; /* of the spool */
	int fd;    /* the tar */
	size_t entries;
};

static ssize_t pull(void *arg, void *bytes, size_t len, struct err *err)
{
	struct reader *reader = arg;

	for (;;) {
		ssize_t n = read(reader->fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot read the context");
		reader->context->stats.tar_bytes += (uint64_t)n;
		return n;
	}
}

/* The sum is of the header as it came, but for the account names. */
static void sum_header(struct reader *reader, const struct tar_entry *header)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct tar_entry nameless = *header;

	nameless.uname = nameless.gname = NULL;
	tarsum_header(&nameless, &text);
	sha256_reset(reader->sha);
	sha256_add(reader->sha, text.data, text.len);
}

/* The content goes through the sum into the spool. */
static int read_content(struct reader *reader, struct entry *entry,
			struct err *err)
{
	ssize_t n;

	entry->offset = reader->end;
	while ((n = untar_read(reader->untar, reader->chunk, CHUNK, err)) > 0) {
		sha256_add(reader->sha, reader->chunk, (size_t)n);
		if (fs_write_all(reader->context->spool_fd, reader->chunk,
				 (size_t)n, err) < 0)
			return err_wrap(err, "cannot keep the context");
		reader->end += n;
	}
	if (n < 0)
		return -1;
	if (S_ISREG(entry->node.mode))
		entry->node.size = reader->end - entry->offset;
	return 0;
}

static const struct tar_xattr *capability_of(const struct tar_entry *header)
{
	for (size_t i = 0; i < header->xattr_count; i++)
		if (strcmp(header->xattrs[i].name, "security.capability") == 0)
			return &header->xattrs[i];
	return NULL;
}

/* How the daemon's unpacker makes each type. */
static int type_bits(const struct tar_entry *header, mode_t *out,
		     struct err *err)
{
	switch (header->typeflag) {
	case '0':
	case '7':
	case '\0':
		*out = S_IFREG;
		return 0;
	case '1':
		*out = 0; /* that of its target */
		return 0;
	case '2':
		*out = S_IFLNK;
		return 0;
	case '3':
		*out = S_IFCHR;
		return 0;
	case '4':
		*out = S_IFBLK;
		return 0;
	case '5':
		*out = S_IFDIR;
		return 0;
	case '6':
		*out = S_IFIFO;
		return 0;
	}
	return err_set(err, ERR_INPUT,
		       "Error processing tar file(exit status 1): unhandled "
		       "tar header type %d", header->typeflag);
}

static int make_entry(struct context *context, const struct tar_entry *header,
		      struct entry *out, struct err *err)
{
	const struct tar_xattr *capability = capability_of(header);
	mode_t type;

	if (type_bits(header, &type, err) < 0)
		return -1;
	*out = (struct entry){ 0 };
	out->node.mode = type | (header->mode & 07777);
	out->node.mtime = header->mtime;
	out->links = 1;
	if (S_ISLNK(type)) {
		out->node.mode = S_IFLNK | 0777;
		out->node.link = arena_strdup(context->arena,
					      header->linkname ? header->linkname
							       : "");
	}
	if (S_ISCHR(type) || S_ISBLK(type))
		out->node.rdev = makedev((unsigned)header->devmajor,
					 (unsigned)header->devminor);
	if (capability && capability->value.len > 0) {
		out->capability = (int)capability->value.len;
		out->capability_bytes =
			arena_strndup(context->arena, capability->value.data,
				      capability->value.len);
	}
	return 0;
}

/* A hard link is another name of what is there already; links in the
 * directories of its target are followed, the target itself is not. */
static int link_entry(struct context *context, const char *linkname,
		      struct entry *out, struct err *err)
{
	AUTO_FREE char *resolved = NULL;
	const struct node *node = NULL;
	struct entry *target;
	int found = tree_resolve(&context->tree, linkname ? linkname : "",
				 false, &resolved, &node, err);

	if (found < 0)
		return -1;
	if (found == 0 || S_ISDIR(node->mode))
		return err_set(err, ERR_INPUT,
			       "Error processing tar file(exit status 1): "
			       "link /%s: %s", resolved,
			       found ? "operation not permitted"
				     : "no such file or directory");
	target = entry_of(node);
	*out = *target;
	out->dead = false;
	out->node.sum = (struct digest){ "" };
	if (!out->node.hardlink)
		out->node.hardlink = node;
	return 0;
}

static int add_entry(struct reader *reader, const struct tar_entry *header,
		     struct err *err)
{
	struct context *context = reader->context;
	AUTO_FREE char *rooted = mem_printf("/%s", header->name ? header->name
								 : "");
	AUTO_FREE char *clean = fs_clean_path(rooted);
	const char *path = clean + 1;
	struct digest sum;
	struct entry entry;

	if (make_entry(context, header, &entry, err) < 0)
		return -1;
	sum_header(reader, header);
	if (header->typeflag != '1' && read_content(reader, &entry, err) < 0)
		return -1;
	sha256_end(reader->sha, &sum);
	if (path[0] == '\0') /* the context's own directory */
		return 0;
	tar_index_sum(context, path, &sum);
	if (header->typeflag == '1' &&
	    link_entry(context, header->linkname, &entry, err) < 0)
		return err_wrap(err, "'%s'", path);
	return tar_index_put(context, path, &entry, err);
}

static int read_entries(struct reader *reader, struct err *err)
{
	const struct tar_entry *header;
	int more;

	while ((more = untar_next(reader->untar, &header, err)) > 0) {
		if (++reader->entries > TAR_ENTRIES_MAX)
			return err_set(err, ERR_INPUT,
				       "the context has more than %d entries",
				       TAR_ENTRIES_MAX);
		if (add_entry(reader, header, err) < 0)
			return -1;
	}
	return more;
}

/* What follows the tar is sent and counted, but not read. */
static int drain(struct reader *reader, struct err *err)
{
	ssize_t n;

	while ((n = pull(reader, reader->chunk, CHUNK, err)) > 0)
		;
	return n < 0 ? -1 : 0;
}

static int read_tar(struct context *context, int fd, struct err *err)
{
	AUTO(sha256_free) struct sha256 *sha = sha256_new();
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	struct reader reader = { .context = context, .sha = sha,
				 .chunk = chunk, .fd = fd };
	AUTO(archive_source_free) struct archive_source *source =
		archive_source_pull(pull, &reader, err);
	AUTO(untar_free) struct untar *untar = NULL;

	if (!source)
		return -1;
	reader.untar = untar = untar_new(source, UNTAR_NO_SUMS);
	if (read_entries(&reader, err) < 0)
		return -1;
	return drain(&reader, err);
}

/* .dockerignore of the tar itself takes the two build files away. */
static int hide_build_files(struct context *context,
			    const struct context_options *options,
			    struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	const struct node *node;
	int found = tree_read(&context->tree, IGNORE_NAME, IGNORE_FILE_MAX,
			      &text, err);

	if (found <= 0)
		return found;
	context_set_names(context, options);
	if (context_take_ignore(context, &text, err) < 0)
		return -1;
	if (context->extra)
		context_add_ignore(context);
	if (context->dockerfile &&
	    strcmp(context->dockerfile, "Dockerfile") == 0 &&
	    tree_find(&context->tree, context->dockerfile, &node, err) == 0)
		context->dockerfile = "dockerfile";
	context_hide(context);
	return 0;
}

int tar_open(struct context *context, const struct entry *entry,
	     struct err *err)
{
	AUTO_FD int fd = nameless_file(err);
	off_t from = entry->offset;
	size_t left = (size_t)entry->node.size;

	if (fd < 0)
		return -1;
	while (left > 0) {
		ssize_t n = copy_file_range(context->spool_fd, &from, fd, NULL,
					    left, 0);

		if (n <= 0)
			break;
		left -= (size_t)n;
	}
	while (left > 0) {
		char bytes[65536];
		ssize_t n = pread(context->spool_fd, bytes,
				  left < sizeof(bytes) ? left : sizeof(bytes),
				  from);

		if (n <= 0)
			return err_sys(err, n < 0 ? errno : EIO,
				       "cannot read '%s'", entry->node.path);
		if (fs_write_all(fd, bytes, (size_t)n, err) < 0)
			return -1;
		from += n;
		left -= (size_t)n;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot read '%s'",
			       entry->node.path);
	return STEAL_FD(fd);
}

static void free_tree_of(struct context *context)
{
	if (context)
		tree_free(&context->tree);
}
AUTO_DEFINE(struct context, free_tree_of)

int context_open_tar(int fd, const struct context_options *options,
		     struct tree **out, struct err *err)
{
	AUTO(free_tree_of) struct context *context = context_new();

	context->root_path = mem_strdup("");
	context->index = tar_index_new();
	clock_gettime(CLOCK_REALTIME, &context->walk_start);
	context->root = entry_new(context->arena, "");
	context->root->node.mode = S_IFDIR | 0755;
	context->spool_fd = nameless_file(err);
	if (context->spool_fd < 0 || read_tar(context, fd, err) < 0)
		return -1;
	tar_index_finish(context);
	context_number(context);
	if (hide_build_files(context, options, err) < 0)
		return -1;
	*out = &STEAL(context)->tree;
	return 0;
}
