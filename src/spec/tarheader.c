/* Knows the bytes of a tar header as Docker 20.10 writes them. */
#include "spec/layertar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/tarblock.h"

void tar_entry_release(struct tar_entry *entry)
{
	free(entry->name);
	free(entry->linkname);
	free(entry->uname);
	free(entry->gname);
	for (size_t i = 0; i < entry->xattr_count; i++) {
		free(entry->xattrs[i].name);
		buf_release(&entry->xattrs[i].value);
	}
	free(entry->xattrs);
	*entry = (struct tar_entry){ .atime_sec = -1 };
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* Octal, zero-padded to width - 1 and a NUL. What does not fit is 0. */
static bool fits(int64_t value, int width)
{
	return value >= 0 && value < (int64_t)1 << (3 * (width - 1));
}

static void put_octal(char *field, int width, int64_t value)
{
	char text[32];

	if (!fits(value, width))
		value = 0;
	snprintf(text, sizeof(text), "%0*llo", width - 1,
		 (unsigned long long)value);
	memcpy(field, text, (size_t)width);
}

static void put_text(char *field, size_t width, const char *text, size_t len)
{
	if (len)
		memcpy(field, text, len < width ? len : width);
}

static void put_checksum(struct tar_block *block)
{
	unsigned int sum = 0;
	char text[8];

	memset(block->chksum, ' ', sizeof(block->chksum));
	for (size_t i = 0; i < sizeof(*block); i++)
		sum += ((unsigned char *)block)[i];
	snprintf(text, sizeof(text), "%06o", sum & 0777777);
	memcpy(block->chksum, text, 7);
}

/*
 * Where a long name splits into prefix and name (Go's splitUSTARPath); 0 if
 * it does not.
 */
static size_t split_point(const char *name)
{
	size_t len = strlen(name), n = len, at;

	if (len <= TAR_NAME_SIZE || !is_ascii(name))
		return 0;
	if (n > TAR_PREFIX_SIZE + 1)
		n = TAR_PREFIX_SIZE + 1;
	else if (name[n - 1] == '/')
		n--;
	for (at = n; at > 0 && name[at - 1] != '/'; at--)
		;
	if (at <= 1)
		return 0;
	at--; /* index of the slash */
	if (at > TAR_PREFIX_SIZE || len - at - 1 > TAR_NAME_SIZE ||
	    len - at - 1 == 0)
		return 0;
	return at;
}

/* One PAX record "<len> key=value\n", whose length counts itself. */
static void add_record(struct buf *out, const char *key, const char *value,
		       size_t value_len)
{
	size_t bare = strlen(key) + value_len + 3, len = bare;
	char number[24];

	for (;;) {
		size_t total = bare + (size_t)snprintf(number, sizeof(number),
						       "%zu", len);
		if (total == len)
			break;
		len = total;
	}
	buf_addf(out, "%s %s=", number, key);
	buf_add(out, value, value_len);
	buf_addc(out, '\n');
}

struct pax {
	struct buf records;
	bool needed; /* beyond what a split name asks for */
};

static void want_text(struct pax *pax, const char *key, const char *value,
		      size_t width, bool needs)
{
	if (!value || !*value || (is_ascii(value) && strlen(value) <= width))
		return;
	add_record(&pax->records, key, value, strlen(value));
	pax->needed |= needs;
}

static void want_number(struct pax *pax, const char *key, int64_t value,
			int width)
{
	char text[24];

	if (fits(value, width))
		return;
	snprintf(text, sizeof(text), "%lld", (long long)value);
	add_record(&pax->records, key, text, strlen(text));
	pax->needed = true;
}

/* Sorted by key: SCHILY… comes before the lower-case names. */
static void make_pax(const struct tar_entry *entry, bool splits,
		     struct pax *pax)
{
	static const char capability[] = "security.capability";

	for (size_t i = 0; i < entry->xattr_count; i++) {
		const struct tar_xattr *xattr = &entry->xattrs[i];

		if (strcmp(xattr->name, capability) != 0)
			continue;
		add_record(&pax->records, "SCHILY.xattr.security.capability",
			   xattr->value.data, xattr->value.len);
		pax->needed = true;
	}
	want_number(pax, "gid", entry->gid, 8);
	want_text(pax, "gname", entry->gname, TAR_OWNER_SIZE, true);
	want_text(pax, "linkpath", entry->linkname, TAR_NAME_SIZE, true);
	want_number(pax, "mtime", entry->mtime.tv_sec, 12);
	want_text(pax, "path", entry->name, TAR_NAME_SIZE, !splits);
	want_number(pax, "size", entry->size, 12);
	want_number(pax, "uid", entry->uid, 8);
	want_text(pax, "uname", entry->uname, TAR_OWNER_SIZE, true);
}

/* Bytes above 0x7f dropped, cut to the field, without a slash that the cut
 * left at the end. */
static size_t plain_text(const char *text, size_t width, char *out)
{
	size_t n = 0, all = 0;

	for (; text && *text; text++) {
		if ((unsigned char)*text >= 0x80)
			continue;
		if (n < width)
			out[n++] = *text;
		all++;
	}
	if (all > width)
		while (n > 0 && out[n - 1] == '/')
			n--;
	return n;
}

static void put_plain(char *field, size_t width, const char *text)
{
	char plain[TAR_PREFIX_SIZE];

	put_text(field, width, plain, plain_text(text, width, plain));
}

static void add_pax_block(const struct tar_entry *entry, const struct pax *pax,
			  struct buf *out)
{
	struct tar_block block = { 0 };
	const char *name = entry->name;
	size_t len = strlen(name), at, n;
	AUTO_FREE char *path = NULL;
	char plain[TAR_PREFIX_SIZE];

	for (at = len; at > 0 && name[at - 1] != '/'; at--)
		;
	path = mem_printf("%.*sPaxHeaders.0%s%s", (int)at, name,
			  name[at] ? "/" : "", name + at);
	n = plain_text(path, TAR_NAME_SIZE, plain);
	while (n > 0 && plain[n - 1] == '/')
		n--;
	put_text(block.name, TAR_NAME_SIZE, plain, n);
	put_octal(block.mode, 8, 0);
	put_octal(block.uid, 8, 0);
	put_octal(block.gid, 8, 0);
	put_octal(block.size, 12, (int64_t)pax->records.len);
	put_octal(block.mtime, 12, 0);
	block.typeflag = 'x';
	memcpy(block.magic, "ustar\0" "00", 8);
	put_checksum(&block);
	buf_add(out, &block, sizeof(block));
	buf_add(out, pax->records.data, pax->records.len);
	tar_pad(out, pax->records.len);
}

static void put_names(struct tar_block *block, const struct tar_entry *entry,
		      bool ustar, size_t split)
{
	if (!ustar) {
		put_plain(block->name, TAR_NAME_SIZE, entry->name);
		put_plain(block->linkname, TAR_NAME_SIZE, entry->linkname);
		put_plain(block->uname, TAR_OWNER_SIZE, entry->uname);
		put_plain(block->gname, TAR_OWNER_SIZE, entry->gname);
		return;
	}
	if (split) {
		put_text(block->prefix, TAR_PREFIX_SIZE, entry->name, split);
		put_text(block->name, TAR_NAME_SIZE, entry->name + split + 1,
			 strlen(entry->name + split + 1));
	} else {
		put_text(block->name, TAR_NAME_SIZE, entry->name,
			 strlen(entry->name));
	}
	if (entry->linkname)
		put_text(block->linkname, TAR_NAME_SIZE, entry->linkname,
			 strlen(entry->linkname));
	if (entry->uname)
		put_text(block->uname, TAR_OWNER_SIZE, entry->uname,
			 strlen(entry->uname));
	if (entry->gname)
		put_text(block->gname, TAR_OWNER_SIZE, entry->gname,
			 strlen(entry->gname));
}

void tar_header_format(const struct tar_entry *entry, struct buf *out)
{
	struct tar_block block = { 0 };
	struct pax pax = { 0 };
	size_t split = split_point(entry->name);

	make_pax(entry, split > 0, &pax);
	if (pax.needed)
		add_pax_block(entry, &pax, out);
	buf_release(&pax.records);
	put_names(&block, entry, !pax.needed, split);
	put_octal(block.mode, 8, entry->mode);
	put_octal(block.uid, 8, entry->uid);
	put_octal(block.gid, 8, entry->gid);
	put_octal(block.size, 12, entry->size);
	put_octal(block.mtime, 12, entry->mtime.tv_sec);
	block.typeflag = entry->typeflag;
	memcpy(block.magic, "ustar\0" "00", 8);
	put_octal(block.devmajor, 8, entry->devmajor);
	put_octal(block.devminor, 8, entry->devminor);
	put_checksum(&block);
	buf_add(out, &block, sizeof(block));
}

void tar_pad(struct buf *out, uint64_t len)
{
	static const char zeros[TAR_BLOCK_SIZE];

	buf_add(out, zeros, tar_padding(len));
}
