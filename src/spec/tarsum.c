/* Knows which header fields enter the sum of a COPY/ADD source. */
#include "spec/tarsum.h"

#include <stdlib.h>
#include <string.h>

static void add_text(struct buf *out, const char *key, const char *value)
{
	buf_adds(out, key);
	if (value)
		buf_adds(out, value);
}

static void add_number(struct buf *out, const char *key, long long value)
{
	buf_addf(out, "%s%lld", key, value);
}

static int by_name(const void *a, const void *b)
{
	const struct tar_xattr *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void add_xattrs(struct buf *out, const struct tar_entry *entry)
{
	AUTO_FREE const struct tar_xattr **sorted =
		mem_array(entry->xattr_count, sizeof(*sorted));

	for (size_t i = 0; i < entry->xattr_count; i++)
		sorted[i] = &entry->xattrs[i];
	if (entry->xattr_count > 1)
		qsort(sorted, entry->xattr_count, sizeof(*sorted), by_name);
	for (size_t i = 0; i < entry->xattr_count; i++) {
		buf_adds(out, sorted[i]->name);
		buf_add(out, sorted[i]->value.data, sorted[i]->value.len);
	}
}

void tarsum_header(const struct tar_entry *entry, struct buf *out)
{
	add_text(out, "name", entry->name);
	add_number(out, "mode", entry->mode);
	add_number(out, "uid", entry->uid);
	add_number(out, "gid", entry->gid);
	add_number(out, "size", entry->size);
	buf_addf(out, "typeflag%c", entry->typeflag);
	add_text(out, "linkname", entry->linkname);
	add_text(out, "uname", entry->uname);
	add_text(out, "gname", entry->gname);
	add_number(out, "devmajor", entry->devmajor);
	add_number(out, "devminor", entry->devminor);
	add_xattrs(out, entry);
}

/* struct vfs_ns_cap_data is struct vfs_cap_data and a root id behind it. */
#define CAPABILITY_REVISION 3 /* index of the revision's byte */
#define CAPABILITY_V2_SIZE 20

void tarsum_fix_capability(struct buf *value)
{
	if (value->len <= CAPABILITY_V2_SIZE ||
	    value->data[CAPABILITY_REVISION] != 3)
		return;
	value->data[CAPABILITY_REVISION] = 2;
	value->len = CAPABILITY_V2_SIZE;
	value->data[value->len] = '\0';
}
