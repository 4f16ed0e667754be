/* Knows the tar header that the client makes of a file. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "context/entry.h"
#include "spec/tarsum.h"

#define CAPABILITY_NAME "security.capability"
#define CAPABILITY_MAX 64 /* the largest revision has 24 bytes */
#define BLOCK 512

static int read_capability(struct context *context, struct entry *entry,
			   struct buf *out, struct err *err)
{
	AUTO_FREE char *path =
		mem_printf("%s/%s", context->root_path, entry->node.path);
	char value[CAPABILITY_MAX];
	ssize_t n = lgetxattr(path, CAPABILITY_NAME, value, sizeof(value));

	entry->capability = 0;
	/* Docker takes every failure but a missing name for an error; here a
	 * file that vanished has none either. */
	if (n < 0 && errno != ENODATA && errno != ENOTSUP && errno != ENOENT &&
	    errno != EPERM && errno != ENOTDIR)
		return err_sys(err, errno, "cannot read the capabilities of "
			       "'%s'", entry->node.path);
	if (n <= 0)
		return 0;
	buf_add(out, value, (size_t)n);
	tarsum_fix_capability(out);
	entry->capability = (int)out->len;
	return 1;
}

int entry_capability(struct context *context, struct entry *entry,
		     struct buf *out, struct err *err)
{
	buf_clear(out);
	if (entry->capability == 0)
		return 0;
	if (entry->capability_bytes) {
		buf_add(out, entry->capability_bytes,
			(size_t)entry->capability);
		return 1;
	}
	if (context->root_fd < 0)
		return 0;
	return read_capability(context, entry, out, err);
}

static char type_of(const struct node *node)
{
	if (node->hardlink)
		return '1';
	switch (node->mode & S_IFMT) {
	case S_IFLNK:
		return '2';
	case S_IFCHR:
		return '3';
	case S_IFBLK:
		return '4';
	case S_IFDIR:
		return '5';
	case S_IFIFO:
		return '6';
	}
	return '0';
}

static char *text(const char *s)
{
	union {
		const char *borrowed;
		char *field;
	} both = { .borrowed = s };

	return both.field;
}

void entry_header_release(struct tar_entry *header)
{
	for (size_t i = 0; i < header->xattr_count; i++)
		buf_release(&header->xattrs[i].value);
	free(header->xattrs);
	header->xattrs = NULL;
	header->xattr_count = 0;
}

int entry_header(struct context *context, struct entry *entry,
		 struct tar_entry *out, struct buf *name, struct err *err)
{
	const struct node *node = &entry->node;
	struct tar_entry header = { .typeflag = type_of(node) };
	struct buf value = BUF_INIT;
	int has;

	if (node->implied || entry == context->root)
		return 0;
	buf_clear(name);
	buf_adds(name, node->path);
	if (S_ISDIR(node->mode))
		buf_addc(name, '/');
	header.name = name->data;
	header.mode = context->no_type_bits ? node->mode & 07777 : node->mode;
	header.mtime = node->mtime;
	header.atime_sec = -1;
	if (entry_has_content(entry))
		header.size = node->size;
	header.linkname = text(node->hardlink ? node->hardlink->path
					      : node->link);
	if (S_ISCHR(node->mode) || S_ISBLK(node->mode)) {
		header.devmajor = major(node->rdev);
		header.devminor = minor(node->rdev);
	}
	has = entry_capability(context, entry, &value, err);
	if (has < 0) {
		buf_release(&value);
		return -1;
	}
	if (has) {
		struct tar_xattr xattr = { text(CAPABILITY_NAME), value };

		MEM_PUSH(header.xattrs, header.xattr_count) = xattr;
	} else {
		buf_release(&value);
	}
	*out = header;
	return 1;
}

static bool is_plain(const char *s, size_t limit)
{
	size_t n = 0;

	if (!s)
		return true;
	for (; s[n]; n++)
		if ((unsigned char)s[n] >= 0x80)
			return false;
	return n <= limit;
}

/* Whether the header is one block, as it nearly always is. */
static bool is_one_block(const struct entry *entry)
{
	const struct node *node = &entry->node;

	return entry->capability == 0 &&
	       is_plain(node->path, S_ISDIR(node->mode) ? 99 : 100) &&
	       is_plain(node->link, 100) &&
	       (!node->hardlink || is_plain(node->hardlink->path, 100)) &&
	       node->size < (off_t)1 << 33 && node->mtime.tv_sec >= 0 &&
	       node->mtime.tv_sec < (time_t)1 << 33 &&
	       is_plain(layertar_user_name(entry->owner), 32) &&
	       is_plain(layertar_group_name(entry->group), 32);
}

uint64_t entry_tar_bytes(struct context *context, struct entry *entry)
{
	AUTO(buf_release) struct buf name = BUF_INIT;
	AUTO(buf_release) struct buf blocks = BUF_INIT;
	AUTO(buf_release) struct buf capability = BUF_INIT;
	struct err err = ERR_INIT;
	struct tar_entry header;
	uint64_t size = entry_has_content(entry)
				? (uint64_t)entry->node.size
				: 0;

	if (entry->node.implied)
		return 0;
	size = (size + BLOCK - 1) / BLOCK * BLOCK;
	if (entry->capability == CAPABILITY_UNKNOWN &&
	    entry_capability(context, entry, &capability, &err) < 0)
		return BLOCK + size;
	if (is_one_block(entry) ||
	    entry_header(context, entry, &header, &name, &err) != 1)
		return BLOCK + size;
	header.uname = text(layertar_user_name(entry->owner));
	header.gname = text(layertar_group_name(entry->group));
	tar_header_format(&header, &blocks);
	entry_header_release(&header);
	return blocks.len + size;
}
