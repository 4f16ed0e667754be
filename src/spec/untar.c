/* Knows how the entries of a tar follow each other, and which raw bytes
 * belong to which. */
#include "spec/untar.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "base/fs.h"
#include "spec/layerhash.h"
#include "spec/sparse.h"
#include "spec/tarparse.h"

#define CHUNK ((size_t)128 * 1024)
/* Go reads no more of a PAX header or of a GNU long name. */
#define SPECIAL_LIMIT ((int64_t)1024 * 1024)
/* Headers before one entry; tar-split holds them in one line. */
#define HEADERS_LIMIT ((size_t)8 * 1024 * 1024)
#define SEGMENT_SIZE ((size_t)1024 * 1024)

struct seen_name {
	UT_hash_handle hh;
	char name[];
};

struct untar {
	struct archive_source *source;
	struct layer_hash *hash;  /* NULL: nobody wants the sums */
	char *chunk;
	size_t at, held;          /* of chunk: given out, filled */

	struct tar_entry entry;
	struct pax pax;
	struct sparse *sparse;
	char *long_name, *long_link;
	uint64_t left;            /* stored bytes of the content to come */
	size_t padding;           /* and zeros after them */
	size_t headers;           /* bytes of headers since the last entry */
	size_t segment;           /* raw bytes of a sparse file */
	bool in_file, ended;
	bool stored_raw;          /* the content counts as raw bytes */
	bool unique;              /* a name given twice is refused */
	struct seen_name *names;
};

struct untar *untar_new(struct archive_source *source, int split_fd)
{
	struct untar *untar = mem_alloc(sizeof(*untar));

	untar->source = source;
	untar->chunk = mem_alloc(CHUNK);
	untar->entry.atime_sec = -1;
	untar->unique = split_fd >= 0;
	if (split_fd != UNTAR_NO_SUMS)
		untar->hash = layer_hash_new(NULL, NULL, split_fd);
	return untar;
}

void untar_refuse_duplicates(struct untar *untar)
{
	untar->unique = true;
}

void untar_free(struct untar *untar)
{
	struct seen_name *seen, *next;

	if (!untar)
		return;
	HASH_ITER(hh, untar->names, seen, next) {
		HASH_DEL(untar->names, seen);
		free(seen);
	}
	layer_hash_free(untar->hash);
	sparse_free(untar->sparse);
	pax_release(&untar->pax);
	tar_entry_release(&untar->entry);
	free(untar->long_name);
	free(untar->long_link);
	free(untar->chunk);
	free(untar);
}

/* ---- the stream ---- */

static int eof_error(struct err *err)
{
	return err_set(err, ERR_INPUT, "unexpected EOF");
}

/* Up to len bytes: > 0, 0 at the end of the stream, -1. Large reads do not
 * go through the chunk. */
static ssize_t take(struct untar *untar, void *bytes, size_t len,
		    struct err *err)
{
	size_t n = untar->held - untar->at;

	if (n == 0) {
		ssize_t got = archive_source_read(
			untar->source, len >= CHUNK ? bytes : untar->chunk,
			len >= CHUNK ? len : CHUNK, err);

		if (got <= 0 || len >= CHUNK)
			return got;
		untar->at = 0;
		untar->held = n = (size_t)got;
	}
	if (n > len)
		n = len;
	memcpy(bytes, untar->chunk + untar->at, n);
	untar->at += n;
	return (ssize_t)n;
}

/* All of it, or less where the stream ends. */
static ssize_t take_all(struct untar *untar, void *bytes, size_t len,
			struct err *err)
{
	size_t held = 0;

	while (held < len) {
		ssize_t n = take(untar, (char *)bytes + held, len - held, err);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		held += (size_t)n;
	}
	return (ssize_t)held;
}

static void add_raw(struct untar *untar, const void *bytes, size_t len)
{
	if (untar->hash)
		layer_hash_raw(untar->hash, bytes, len);
}

/* The content of a sparse file cannot be read back from disk as it was
 * stored, so that its bytes go where the headers go. */
static void add_stored(struct untar *untar, const void *bytes, size_t len)
{
	if (!untar->hash)
		return;
	if (!untar->stored_raw) {
		layer_hash_data(untar->hash, bytes, len);
		return;
	}
	layer_hash_raw(untar->hash, bytes, len);
	untar->segment += len;
	if (untar->segment >= SEGMENT_SIZE) {
		layer_hash_cut(untar->hash);
		untar->segment = 0;
	}
}

static ssize_t read_stored(void *arg, void *bytes, size_t len,
			   struct err *err)
{
	struct untar *untar = arg;
	ssize_t n;

	if (len > untar->left)
		len = (size_t)untar->left;
	if (len == 0)
		return 0;
	n = take(untar, bytes, len, err);
	if (n < 0)
		return -1;
	if (n == 0)
		return eof_error(err);
	untar->left -= (uint64_t)n;
	add_stored(untar, bytes, (size_t)n);
	return n;
}

ssize_t untar_read(struct untar *untar, void *bytes, size_t len,
		   struct err *err)
{
	return untar->sparse ? sparse_read(untar->sparse, bytes, len, err) :
			       read_stored(untar, bytes, len, err);
}

int64_t untar_skip_hole(struct untar *untar)
{
	return untar->sparse ? sparse_skip(untar->sparse) : 0;
}

/* ---- between two entries ---- */

/* 1 done, 0 the stream ends in the padding, which Go takes for the end. */
static int skip_padding(struct untar *untar, struct err *err)
{
	char zeros[TAR_BLOCK_SIZE];
	size_t want = untar->padding;
	ssize_t n = take_all(untar, zeros, want, err);

	if (n < 0)
		return -1;
	untar->padding = 0;
	add_raw(untar, zeros, (size_t)n);
	return (size_t)n == want;
}

static int end_entry(struct untar *untar, struct err *err)
{
	if (untar->in_file && untar->left > 0) {
		AUTO_FREE char *scratch = mem_alloc(CHUNK);

		while (untar->left > 0)
			if (read_stored(untar, scratch, CHUNK, err) < 0)
				return -1;
	}
	if (untar->in_file && untar->hash && !untar->stored_raw)
		layer_hash_file_end(untar->hash);
	untar->in_file = untar->stored_raw = false;
	sparse_free(untar->sparse);
	untar->sparse = NULL;
	return skip_padding(untar, err);
}

static bool is_zero(const struct tar_block *block)
{
	static const struct tar_block zero;

	return memcmp(block, &zero, sizeof(zero)) == 0;
}

/* 1 a block, 0 the stream ends before it, -1. */
static int read_block(struct untar *untar, struct tar_block *block,
		      struct err *err)
{
	ssize_t n = take_all(untar, block, sizeof(*block), err);

	if (n < 0)
		return -1;
	add_raw(untar, block, (size_t)n);
	untar->headers += (size_t)n;
	if (n == 0)
		return 0;
	if (n < (ssize_t)sizeof(*block))
		return eof_error(err);
	if (untar->headers > HEADERS_LIMIT)
		return err_set(err, ERR_INPUT, "too many tar headers in a row");
	return 1;
}

/* A header block; two zero blocks, or the end of the stream, give 0. */
static int read_header(struct untar *untar, struct err *err)
{
	struct tar_block block;
	int rc = read_block(untar, &block, err);

	if (rc <= 0)
		return rc;
	if (!is_zero(&block))
		return tar_block_parse(&block, &untar->entry, err) < 0 ? -1 : 1;
	rc = read_block(untar, &block, err);
	if (rc <= 0 || is_zero(&block))
		return rc < 0 ? -1 : 0;
	return err_set(err, ERR_INPUT, "archive/tar: invalid tar header");
}

static int read_special(struct untar *untar, struct buf *out, struct err *err)
{
	int64_t size = untar->entry.size;
	ssize_t n;

	if (size < 0 || size > SPECIAL_LIMIT)
		return err_set(err, ERR_INPUT,
			       "archive/tar: header field too long");
	buf_clear(out);
	buf_reserve(out, (size_t)size);
	n = take_all(untar, out->data, (size_t)size, err);
	if (n < 0)
		return -1;
	if (n < size)
		return eof_error(err);
	out->len = (size_t)size;
	out->data[out->len] = '\0';
	add_raw(untar, out->data, out->len);
	untar->headers += out->len;
	untar->padding = tar_padding((uint64_t)size);
	return 0;
}

static int read_pax(struct untar *untar, struct err *err)
{
	pax_release(&untar->pax);
	if (read_special(untar, &untar->pax.body, err) < 0)
		return -1;
	return pax_parse(&untar->pax, err);
}

static int read_long(struct untar *untar, char **out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (read_special(untar, &text, err) < 0)
		return -1;
	free(*out);
	*out = mem_strndup(text.data, strnlen(text.data, text.len));
	return 0;
}

/* ---- the entry ---- */

static bool has_content(char typeflag)
{
	return typeflag < '1' || typeflag > '6';
}

static void take_long(char **field, char **value)
{
	if (*value && **value) {
		free(*field);
		*field = STEAL(*value);
	}
}

static void settle_type(struct tar_entry *entry)
{
	size_t len = strlen(entry->name);

	if (entry->typeflag == '\0')
		entry->typeflag = len && entry->name[len - 1] == '/' ? '5' :
								       '0';
}

static int settle_entry(struct untar *untar, struct err *err)
{
	struct tar_entry *entry = &untar->entry;
	int sparse;

	if (pax_apply(&untar->pax, entry, err) < 0)
		return -1;
	take_long(&entry->name, &untar->long_name);
	take_long(&entry->linkname, &untar->long_link);
	settle_type(entry);
	if (!has_content(entry->typeflag))
		entry->size = 0;
	if (entry->size < 0)
		return err_set(err, ERR_INPUT,
			       "archive/tar: invalid tar header");
	untar->left = (uint64_t)entry->size;
	untar->padding = tar_padding(untar->left);
	if (!has_content(entry->typeflag))
		return 0;
	untar->stored_raw = true; /* what is read of a map */
	sparse = sparse_open(&untar->pax, entry, read_stored, untar,
			     &untar->sparse, err);
	untar->stored_raw = sparse == 1;
	return sparse < 0 ? -1 : 0;
}

static int check_unique(struct untar *untar, struct err *err)
{
	AUTO_FREE char *name = NULL;
	struct seen_name *seen;
	size_t len;

	if (!untar->unique)
		return 0;
	name = fs_clean_path(untar->entry.name);
	len = strlen(name);
	HASH_FIND(hh, untar->names, name, len, seen);
	if (seen)
		return err_set(err, ERR_INPUT,
			       "duplicates of file paths not supported");
	seen = mem_alloc(sizeof(*seen) + len + 1);
	memcpy(seen->name, name, len + 1);
	HASH_ADD(hh, untar->names, name[0], len, seen);
	return 0;
}

/* The raw bytes so far end here, the content begins. */
static int begin_entry(struct untar *untar, struct err *err)
{
	untar->in_file = true;
	untar->headers = untar->segment = 0;
	if (check_unique(untar, err) < 0)
		return -1;
	if (!untar->hash)
		return 0;
	layer_hash_file(untar->hash, untar->entry.name);
	if (untar->stored_raw)
		layer_hash_file_end(untar->hash);
	return layer_hash_check(untar->hash, err);
}

/* A global header is an entry of its own for tar-split. */
static int settle_global(struct untar *untar, struct err *err)
{
	const char *path = pax_get(&untar->pax, "path");

	if (path) {
		free(untar->entry.name);
		untar->entry.name = mem_strdup(path);
	}
	pax_release(&untar->pax);
	untar->entry.size = 0;
	return begin_entry(untar, err) < 0 ? -1 : 1;
}

/* 1: the header stood for others (go on); 0: it is an entry's own. */
static int take_meta(struct untar *untar, struct err *err)
{
	int rc;

	switch (untar->entry.typeflag) {
	case 'x':
		rc = read_pax(untar, err);
		break;
	case 'L':
		rc = read_long(untar, &untar->long_name, err);
		break;
	case 'K':
		rc = read_long(untar, &untar->long_link, err);
		break;
	default:
		return 0;
	}
	return rc < 0 ? -1 : 1;
}

/* 1 entry or global header, 0 end, -1 broken. */
static int next_entry(struct untar *untar, struct err *err)
{
	int rc = end_entry(untar, err), meta = 1;

	pax_release(&untar->pax);
	free(STEAL(untar->long_name));
	free(STEAL(untar->long_link));
	while (rc == 1 && meta == 1) {
		rc = read_header(untar, err);
		if (rc <= 0)
			break;
		meta = take_meta(untar, err);
		if (meta == 1)
			rc = skip_padding(untar, err);
	}
	if (rc < 0 || meta < 0)
		return -1;
	if (rc == 0) {
		untar->ended = true;
		return 0;
	}
	if (untar->entry.typeflag == 'g')
		return read_pax(untar, err) < 0 ? -1 :
						  settle_global(untar, err);
	if (settle_entry(untar, err) < 0)
		return -1;
	return begin_entry(untar, err) < 0 ? -1 : 1;
}

int untar_next(struct untar *untar, const struct tar_entry **out,
	       struct err *err)
{
	int rc = 0;

	while (!untar->ended) {
		rc = next_entry(untar, err);
		if (rc <= 0 || untar->entry.typeflag != 'g')
			break;
	}
	if (rc == 1)
		*out = &untar->entry;
	return rc;
}

/* ---- the end ---- */

static int take_rest(struct untar *untar, struct err *err)
{
	AUTO_FREE char *rest = mem_alloc(CHUNK);
	ssize_t n;

	if (untar->hash)
		layer_hash_cut(untar->hash);
	while ((n = take(untar, rest, CHUNK, err)) > 0) {
		if (!untar->hash)
			continue;
		layer_hash_raw(untar->hash, rest, (size_t)n);
		layer_hash_cut(untar->hash);
	}
	return (int)n;
}

int untar_finish(struct untar *untar, struct layer_sums *out, struct err *err)
{
	const struct tar_entry *entry;
	int rc;

	while ((rc = untar_next(untar, &entry, err)) == 1)
		;
	if (rc < 0 || take_rest(untar, err) < 0)
		return -1;
	if (untar->hash)
		return layer_hash_finish(untar->hash, out, err);
	if (out)
		*out = (struct layer_sums){ 0 };
	return 0;
}

static int first_header(int fd, struct err *err)
{
	AUTO(archive_source_free) struct archive_source *source =
		archive_source_fd(fd, err);
	AUTO(untar_free) struct untar *untar = NULL;

	if (!source)
		return -1;
	if (archive_source_is_zstd(source))
		return 0;
	untar = untar_new(source, UNTAR_NO_SUMS);
	return next_entry(untar, err);
}

int archive_is_tar(int fd, struct err *err)
{
	off_t was = lseek(fd, 0, SEEK_CUR);
	struct err why = ERR_INIT;
	int rc;

	if (was < 0)
		return err_sys(err, errno, "cannot seek in a file");
	rc = first_header(fd, &why);
	if (lseek(fd, was, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot seek in a file");
	if (rc >= 0 || why.kind == ERR_INPUT)
		return rc > 0;
	*err = why;
	return -1;
}
