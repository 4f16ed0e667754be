/* Knows how Go's archive/tar frames a tar: blocks, PAX and GNU extensions. */
#include "spec/untar.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "spec/layerhash.h"
#include "spec/paxread.h"
#include "spec/tarblock.h"

#define CHUNK (64 * 1024)

struct untar {
	struct archive_source *source;
	struct layer_hash *hash; /* NULL: no sums wanted */
	struct tar_entry entry;
	bool in_file, ended;
	uint64_t left, padding;  /* of the current entry's content */
	struct buf name, link;   /* from GNU L and K headers */
	bool has_name, has_link;
	struct pax_values pax;   /* from an x header */
	size_t have, at;         /* read ahead */
	char chunk[CHUNK];
};

struct untar *untar_new(struct archive_source *source, int split_fd)
{
	struct untar *untar = mem_alloc(sizeof(*untar));

	untar->source = source;
	if (split_fd != UNTAR_NO_SUMS)
		untar->hash = layer_hash_new(NULL, NULL, split_fd);
	untar->entry.atime_sec = -1;
	return untar;
}

static void forget_extensions(struct untar *untar)
{
	untar->has_name = untar->has_link = false;
	buf_clear(&untar->name);
	buf_clear(&untar->link);
	pax_values_release(&untar->pax);
}

void untar_free(struct untar *untar)
{
	if (!untar)
		return;
	layer_hash_free(untar->hash);
	tar_entry_release(&untar->entry);
	forget_extensions(untar);
	buf_release(&untar->name);
	buf_release(&untar->link);
	free(untar);
}

/* Up to len bytes: fewer only at the end of the stream. */
static ssize_t get(struct untar *untar, void *bytes, size_t len,
		   struct err *err)
{
	size_t done = 0;

	while (done < len) {
		size_t n = untar->have - untar->at;

		if (n == 0) {
			ssize_t got = archive_source_read(untar->source,
							  untar->chunk, CHUNK,
							  err);
			if (got < 0)
				return -1;
			if (got == 0)
				break;
			untar->at = 0;
			untar->have = (size_t)got;
			continue;
		}
		n = n < len - done ? n : len - done;
		memcpy((char *)bytes + done, untar->chunk + untar->at, n);
		untar->at += n;
		done += n;
	}
	return (ssize_t)done;
}

static ssize_t get_raw(struct untar *untar, void *bytes, size_t len,
		       struct err *err)
{
	ssize_t n = get(untar, bytes, len, err);

	if (n > 0 && untar->hash)
		layer_hash_raw(untar->hash, bytes, (size_t)n);
	return n;
}

static int bad_header(struct err *err)
{
	return err_set(err, ERR_INPUT, "archive/tar: invalid tar header");
}

ssize_t untar_read(struct untar *untar, void *bytes, size_t len,
		   struct err *err)
{
	ssize_t n;

	if (len > untar->left)
		len = (size_t)untar->left;
	n = get(untar, bytes, len, err);
	if (n < 0)
		return -1;
	if ((size_t)n < len)
		return err_set(err, ERR_INPUT, "unexpected EOF");
	untar->left -= (size_t)n;
	if (untar->hash)
		layer_hash_data(untar->hash, bytes, (size_t)n);
	return n;
}

static int end_file(struct untar *untar, struct err *err)
{
	char rest[CHUNK];

	if (!untar->in_file)
		return 0;
	while (untar->left)
		if (untar_read(untar, rest, sizeof(rest), err) < 0)
			return -1;
	if (untar->hash)
		layer_hash_file_end(untar->hash);
	untar->in_file = false;
	/* Go takes a stream that ends inside the padding. */
	return get_raw(untar, rest, (size_t)untar->padding, err) < 0 ? -1 : 0;
}

static bool all_zero(const struct tar_block *block)
{
	const char *p = (const char *)block;

	for (size_t i = 0; i < sizeof(*block); i++)
		if (p[i])
			return false;
	return true;
}

/* 1 a header, 0 the end, -1. */
static int get_block(struct untar *untar, struct tar_block *block,
		     struct err *err)
{
	ssize_t n = get_raw(untar, block, sizeof(*block), err);

	if (n <= 0)
		return (int)n;
	if (n < (ssize_t)sizeof(*block))
		return err_set(err, ERR_INPUT, "unexpected EOF");
	if (!all_zero(block))
		return 1;
	n = get_raw(untar, block, sizeof(*block), err);
	if (n < 0)
		return -1;
	if (n > 0 && (n < (ssize_t)sizeof(*block) || !all_zero(block)))
		return bad_header(err);
	return 0;
}

/* The body of an extension header, and its padding (raw, as it stands). */
static int get_body(struct untar *untar, int64_t size, struct buf *out,
		    struct err *err)
{
	ssize_t n;

	if (size < 0 || size > PAX_LIMIT)
		return err_set(err, ERR_INPUT,
			       "archive/tar: extension header of %lld bytes "
			       "is over the limit of %d", (long long)size,
			       PAX_LIMIT);
	buf_clear(out);
	buf_reserve(out, (size_t)size);
	n = get_raw(untar, out->data, (size_t)size, err);
	if (n < 0)
		return -1;
	if (n < size)
		return err_set(err, ERR_INPUT, "unexpected EOF");
	out->len = (size_t)size;
	out->data[out->len] = '\0';
	return 0;
}

static int skip_body_padding(struct untar *untar, int64_t size,
			     struct err *err)
{
	char padding[TAR_BLOCK_SIZE];

	return get_raw(untar, padding, tar_padding((uint64_t)size), err) < 0 ?
		-1 : 0;
}

/* A PAX global header counts as an entry of its own in a tar-split. */
static void pass_global(struct untar *untar, const struct tar_block *block)
{
	char name[TAR_NAME_SIZE + 1] = "";

	if (!untar->hash)
		return;
	memcpy(name, block->name, TAR_NAME_SIZE);
	layer_hash_file(untar->hash, name);
	layer_hash_file_end(untar->hash);
}

/* 1 it was an extension header and is taken, 0 it is not one, -1. */
static int take_extension(struct untar *untar, const struct tar_block *block,
			  struct err *err)
{
	AUTO(buf_release) struct buf body = BUF_INIT;
	int64_t size;

	if (!strchr("xgLK", block->typeflag) || !block->typeflag)
		return 0;
	if (!pax_number(block->size, sizeof(block->size), &size))
		return bad_header(err);
	if (get_body(untar, size, &body, err) < 0)
		return -1;
	switch (block->typeflag) {
	case 'x':
		pax_values_release(&untar->pax);
		if (pax_values_parse(&body, &untar->pax, err) < 0)
			return -1;
		break;
	case 'g':
		pass_global(untar, block);
		break;
	case 'L':
		untar->has_name = true;
		buf_clear(&untar->name);
		buf_adds(&untar->name, body.data);
		break;
	case 'K':
		untar->has_link = true;
		buf_clear(&untar->link);
		buf_adds(&untar->link, body.data);
		break;
	}
	return skip_body_padding(untar, size, err) < 0 ? -1 : 1;
}

static bool has_content(char typeflag)
{
	return !strchr("123456", typeflag);
}

static int make_entry(struct untar *untar, const struct tar_block *block,
		      struct err *err)
{
	struct tar_entry *entry = &untar->entry;

	if (!pax_entry(block, entry))
		return bad_header(err);
	if (pax_values_apply(&untar->pax, entry, err) < 0)
		return -1;
	if (untar->has_name) {
		free(entry->name);
		entry->name = mem_strdup(untar->name.data);
	}
	if (untar->has_link) {
		free(entry->linkname);
		entry->linkname = mem_strdup(untar->link.data);
	}
	forget_extensions(untar);
	if (entry->typeflag == '\0') {
		size_t len = strlen(entry->name);

		entry->typeflag = len && entry->name[len - 1] == '/' ? '5'
								     : '0';
	}
	/* dockerd keeps a link's size and can then never save it. */
	if (!has_content(entry->typeflag))
		entry->size = 0;
	return entry->size < 0 ? bad_header(err) : 0;
}

int untar_next(struct untar *untar, const struct tar_entry **out,
	       struct err *err)
{
	struct tar_block block;
	int rc;

	if (untar->ended)
		return 0;
	if (end_file(untar, err) < 0)
		return -1;
	tar_entry_release(&untar->entry);
	do {
		rc = get_block(untar, &block, err);
		if (rc <= 0) {
			untar->ended = rc == 0;
			return rc;
		}
		if (!pax_checksum_ok(&block))
			return bad_header(err);
		rc = take_extension(untar, &block, err);
		if (rc < 0)
			return -1;
	} while (rc == 1);
	if (make_entry(untar, &block, err) < 0)
		return -1;
	if (untar->hash) {
		layer_hash_file(untar->hash, untar->entry.name);
		if (layer_hash_check(untar->hash, err) < 0)
			return -1;
	}
	untar->in_file = true;
	untar->left = (uint64_t)untar->entry.size;
	untar->padding = tar_padding(untar->left);
	*out = &untar->entry;
	return 1;
}

int untar_finish(struct untar *untar, struct layer_sums *out, struct err *err)
{
	const struct tar_entry *entry;
	ssize_t n;
	int rc;

	while ((rc = untar_next(untar, &entry, err)) == 1)
		;
	if (rc < 0)
		return -1;
	if (untar->hash)
		layer_hash_cut(untar->hash);
	do {
		char rest[CHUNK];

		n = get_raw(untar, rest, sizeof(rest), err);
		if (n < 0)
			return -1;
		if (n > 0 && untar->hash)
			layer_hash_cut(untar->hash);
	} while (n > 0);
	if (!untar->hash)
		return 0;
	return layer_hash_finish(untar->hash, out, err);
}

static const unsigned char zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

int archive_is_tar(int fd, struct err *err)
{
	AUTO(archive_source_free) struct archive_source *source = NULL;
	AUTO(untar_free) struct untar *untar = NULL;
	const struct tar_entry *entry;
	struct err ignored = ERR_INIT;
	off_t start = lseek(fd, 0, SEEK_CUR);
	unsigned char magic[4];
	int rc = 0;

	if (start < 0)
		return err_set(err, ERR_FAILED, "cannot seek");
	/* Docker 20.10 does not know zstd. */
	if (pread(fd, magic, sizeof(magic), start) == sizeof(magic) &&
	    memcmp(magic, zstd_magic, sizeof(magic)) == 0)
		return 0;
	source = archive_source_fd(fd, &ignored);
	if (source) {
		untar = untar_new(source, UNTAR_NO_SUMS);
		rc = untar_next(untar, &entry, &ignored);
	}
	if (lseek(fd, start, SEEK_SET) < 0)
		return err_set(err, ERR_FAILED, "cannot seek");
	return rc == 1;
}
