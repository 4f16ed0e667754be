/* Knows where the holes of a sparse tar entry are. */
#include "spec/sparse.h"

#include <stdlib.h>
#include <string.h>

#define MAP_LIMIT ((size_t)1024 * 1024) /* text of a map */

struct fragment {
	int64_t offset, length;
};

struct sparse {
	sparse_pull *pull;
	void *arg;
	struct fragment *items;
	size_t count, at;      /* at: the fragment at or behind the position */
	int64_t size, position;
};

static int bad_map(struct err *err)
{
	return err_set(err, ERR_INPUT, "archive/tar: invalid tar header");
}

void sparse_free(struct sparse *sparse)
{
	if (!sparse)
		return;
	free(sparse->items);
	free(sparse);
}
AUTO_DEFINE(struct sparse, sparse_free)

/* The next number of a list, which ends it with one of stops. */
static bool take_number(char **text, char stop, int64_t *out)
{
	char *end = strchr(*text, stop);
	bool valid;

	if (end)
		*end = '\0';
	valid = pax_number(*text, out);
	*text = end ? end + 1 : *text + strlen(*text);
	return valid;
}

static bool take_fragments(struct sparse *sparse, char *text, char stop)
{
	while (*text) {
		struct fragment piece;

		if (!take_number(&text, stop, &piece.offset) ||
		    !take_number(&text, stop, &piece.length))
			return false;
		MEM_PUSH(sparse->items, sparse->count) = piece;
	}
	return true;
}

/* 0.0 says it in pairs of records, which 0.1 joins with commas. */
static bool join_records(const struct pax *pax, struct buf *map)
{
	size_t count = 0;

	for (size_t i = 0; i < pax->count; i++) {
		const struct pax_record *record = &pax->items[i];
		bool offset = strcmp(record->key, "GNU.sparse.offset") == 0;

		if (!offset && strcmp(record->key, "GNU.sparse.numbytes") != 0)
			continue;
		if (offset != (count % 2 == 0) || strchr(record->value, ','))
			return false;
		if (count++)
			buf_addc(map, ',');
		buf_adds(map, record->value);
	}
	return true;
}

static int read_map_0(struct sparse *sparse, const struct pax *pax,
		      struct err *err)
{
	AUTO(buf_release) struct buf map = BUF_INIT;
	const char *text = pax_get(pax, "GNU.sparse.map");
	const char *blocks = pax_get(pax, "GNU.sparse.numblocks");
	int64_t count;

	if (!join_records(pax, &map))
		return bad_map(err);
	if (map.len == 0)
		buf_adds(&map, text ? text : "");
	if (!blocks || !pax_number(blocks, &count) ||
	    !take_fragments(sparse, map.data, ',') || count < 0 ||
	    sparse->count != (uint64_t)count)
		return bad_map(err);
	return 0;
}

static int read_block(struct sparse *sparse, struct buf *text,
		      struct err *err)
{
	char block[TAR_BLOCK_SIZE];
	size_t held = 0;

	while (held < sizeof(block)) {
		ssize_t n = sparse->pull(sparse->arg, block + held,
					 sizeof(block) - held, err);

		if (n < 0)
			return -1;
		if (n == 0)
			return err_set(err, ERR_INPUT, "unexpected EOF");
		held += (size_t)n;
	}
	if (text->len + held > MAP_LIMIT)
		return bad_map(err);
	buf_add(text, block, held);
	return 0;
}

/* The place behind `lines` lines of text, which grows by blocks. */
static int read_lines(struct sparse *sparse, struct buf *text, size_t from,
		      uint64_t lines, size_t *end, struct err *err)
{
	for (; lines > 0; lines--) {
		const char *found;

		while (!(found = text->len > from ?
				 memchr(text->data + from, '\n',
					text->len - from) : NULL))
			if (read_block(sparse, text, err) < 0)
				return -1;
		from = (size_t)(found - text->data) + 1;
	}
	*end = from;
	return 0;
}

/* 1.0 has the map in front of the content, in whole blocks. */
static int read_map_1(struct sparse *sparse, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	size_t start, end;
	int64_t count;
	char *first;

	if (read_lines(sparse, &text, 0, 1, &start, err) < 0)
		return -1;
	text.data[start - 1] = '\0';
	first = text.data;
	if (!pax_number(first, &count) || count < 0 ||
	    count > (int64_t)(MAP_LIMIT / 4))
		return bad_map(err);
	if (read_lines(sparse, &text, start, 2 * (uint64_t)count, &end,
		       err) < 0)
		return -1;
	text.data[end > start ? end - 1 : start] = '\0';
	if (!take_fragments(sparse, text.data + start, '\n') ||
	    sparse->count != (uint64_t)count)
		return bad_map(err);
	return 0;
}

static bool is_ordered(const struct sparse *sparse)
{
	int64_t end = 0;

	if (sparse->size < 0)
		return false;
	for (size_t i = 0; i < sparse->count; i++) {
		const struct fragment *piece = &sparse->items[i];

		if (piece->offset < end || piece->length < 0 ||
		    piece->offset > sparse->size ||
		    piece->length > sparse->size - piece->offset)
			return false;
		end = piece->offset + piece->length;
	}
	return true;
}

/* 0: not sparse; 1: map in the records; 2: map in the content. */
static int version_of(const struct pax *pax)
{
	const char *major = pax_get(pax, "GNU.sparse.major");
	const char *minor = pax_get(pax, "GNU.sparse.minor");

	if (!major && !minor)
		return pax_get(pax, "GNU.sparse.map") ||
		       pax_get(pax, "GNU.sparse.offset");
	if (!major || !minor)
		return 0;
	if (strcmp(major, "0") == 0 &&
	    (strcmp(minor, "0") == 0 || strcmp(minor, "1") == 0))
		return 1;
	return strcmp(major, "1") == 0 && strcmp(minor, "0") == 0 ? 2 : 0;
}

static int take_true_header(const struct pax *pax, struct tar_entry *entry,
			    struct err *err)
{
	const char *name = pax_get(pax, "GNU.sparse.name");
	const char *size = pax_get(pax, "GNU.sparse.size");

	if (!size)
		size = pax_get(pax, "GNU.sparse.realsize");
	if (size && !pax_number(size, &entry->size))
		return bad_map(err);
	if (name) {
		free(entry->name);
		entry->name = mem_strdup(name);
	}
	return 0;
}

int sparse_open(const struct pax *pax, struct tar_entry *entry,
		sparse_pull *pull, void *arg, struct sparse **out,
		struct err *err)
{
	AUTO(sparse_free) struct sparse *sparse = NULL;
	int version = pax->count ? version_of(pax) : 0;
	int rc;

	if (version == 0)
		return 0;
	if (take_true_header(pax, entry, err) < 0)
		return -1;
	sparse = mem_alloc(sizeof(*sparse));
	sparse->pull = pull;
	sparse->arg = arg;
	sparse->size = entry->size;
	rc = version == 1 ? read_map_0(sparse, pax, err) :
			    read_map_1(sparse, err);
	if (rc < 0)
		return -1;
	if (!is_ordered(sparse))
		return bad_map(err);
	*out = STEAL(sparse);
	return 1;
}

/* The fragment that the position is in or before, or NULL. */
static const struct fragment *next_fragment(struct sparse *sparse)
{
	while (sparse->at < sparse->count &&
	       sparse->items[sparse->at].offset +
			       sparse->items[sparse->at].length <=
		       sparse->position)
		sparse->at++;
	return sparse->at < sparse->count ? &sparse->items[sparse->at] : NULL;
}

/* Bytes of the hole that the position is in, or <= 0. */
static int64_t hole_left(struct sparse *sparse)
{
	const struct fragment *piece = next_fragment(sparse);

	return (piece ? piece->offset : sparse->size) - sparse->position;
}

int64_t sparse_skip(struct sparse *sparse)
{
	int64_t hole = hole_left(sparse);

	if (hole <= 0)
		return 0;
	sparse->position += hole;
	return hole;
}

ssize_t sparse_read(struct sparse *sparse, void *bytes, size_t len,
		    struct err *err)
{
	int64_t left = hole_left(sparse);
	const struct fragment *piece = next_fragment(sparse);
	ssize_t n;

	if (left > 0) {
		n = (uint64_t)left < len ? (ssize_t)left : (ssize_t)len;
		memset(bytes, 0, (size_t)n);
	} else if (piece) {
		left += piece->length;
		n = sparse->pull(sparse->arg, bytes,
				 (uint64_t)left < len ? (size_t)left : len,
				 err);
		if (n == 0 && len > 0)
			return err_set(err, ERR_INPUT, "unexpected EOF");
	} else {
		return 0;
	}
	if (n > 0)
		sparse->position += n;
	return n;
}
