/* Knows the tar-split lines, and how one thread makes them and the diff ID. */
#include "spec/layerhash.h"

#include <stdatomic.h>
#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "spec/belt.h"
#include "spec/config.h"
#include "spec/crc64.h"
#include "spec/gzip.h"

enum message { GIVE_RAW, GIVE_NAME, GIVE_FILE, GIVE_DATA, GIVE_END, GIVE_CUT };

struct layer_hash {
	struct belt *belt;
	atomic_bool failed;
	struct err err;      /* of the thread; read when it has ended */

	/* The thread's own. */
	struct sha256 *sha;
	struct gzip_writer *split;
	layer_sink *tar_out;
	void *arg;
	struct buf segment, name, line;
	uint64_t crc, size, tar_size;
	size_t position;
};

/* ---- the thread ---- */

static void keep_error(struct layer_hash *hash, int rc)
{
	if (rc < 0)
		atomic_store(&hash->failed, true);
}

static void add_line(struct layer_hash *hash)
{
	buf_addf(&hash->line, ",\"position\":%zu}\n", hash->position++);
	keep_error(hash, gzip_writer_add(hash->split, hash->line.data,
					 hash->line.len, &hash->err));
	buf_clear(&hash->line);
}

static void add_segment(struct layer_hash *hash)
{
	buf_adds(&hash->line, "{\"type\":2,\"payload\":\"");
	base64_encode(&hash->line, hash->segment.data, hash->segment.len);
	buf_addc(&hash->line, '"');
	add_line(hash);
	buf_clear(&hash->segment);
}

static void add_file(struct layer_hash *hash)
{
	unsigned char crc[8];

	if (utf8_is_valid(hash->name.data, hash->name.len)) {
		buf_adds(&hash->line, "{\"type\":1,\"name\":");
		config_format_string(&hash->line, hash->name.data,
				     hash->name.len);
	} else {
		buf_adds(&hash->line, "{\"type\":1,\"name_raw\":\"");
		base64_encode(&hash->line, hash->name.data, hash->name.len);
		buf_addc(&hash->line, '"');
	}
	if (hash->size)
		buf_addf(&hash->line, ",\"size\":%llu",
			 (unsigned long long)hash->size);
	buf_adds(&hash->line, ",\"payload\":");
	if (hash->size) {
		for (int i = 0; i < 8; i++)
			crc[i] = (unsigned char)(hash->crc >> (56 - 8 * i));
		buf_addc(&hash->line, '"');
		base64_encode(&hash->line, crc, sizeof(crc));
		buf_addc(&hash->line, '"');
	} else {
		buf_adds(&hash->line, "null");
	}
	add_line(hash);
}

static void take_bytes(struct layer_hash *hash, const char *bytes, size_t len)
{
	sha256_add(hash->sha, bytes, len);
	hash->tar_size += len;
	if (hash->tar_out)
		keep_error(hash, hash->tar_out(hash->arg, bytes, len,
					       &hash->err));
}

static void split_message(struct layer_hash *hash, enum message kind,
			  const char *bytes, size_t len)
{
	switch (kind) {
	case GIVE_RAW:
		buf_add(&hash->segment, bytes, len);
		break;
	case GIVE_NAME:
		buf_add(&hash->name, bytes, len);
		break;
	case GIVE_FILE:
		add_segment(hash);
		hash->crc = hash->size = 0;
		break;
	case GIVE_DATA:
		hash->crc = crc64(hash->crc, bytes, len);
		hash->size += len;
		break;
	case GIVE_END:
		add_file(hash);
		buf_clear(&hash->name);
		break;
	case GIVE_CUT:
		if (hash->segment.len)
			add_segment(hash);
		break;
	}
}

static void take(void *arg, unsigned int kind, const char *bytes, size_t len)
{
	struct layer_hash *hash = arg;

	if (atomic_load(&hash->failed))
		return;
	if (kind == GIVE_RAW || kind == GIVE_DATA)
		take_bytes(hash, bytes, len);
	if (hash->split && !atomic_load(&hash->failed))
		split_message(hash, kind, bytes, len);
}

/* ---- the giver ---- */

struct layer_hash *layer_hash_new(layer_sink *tar_out, void *arg, int split_fd)
{
	struct layer_hash *hash = mem_alloc(sizeof(*hash));

	hash->sha = sha256_new();
	hash->tar_out = tar_out;
	hash->arg = arg;
	if (split_fd >= 0)
		hash->split = gzip_writer_new(split_fd);
	hash->belt = belt_new(take, hash);
	return hash;
}

void layer_hash_raw(struct layer_hash *hash, const void *bytes, size_t len)
{
	if (len)
		belt_put(hash->belt, GIVE_RAW, bytes, len);
}

void layer_hash_file(struct layer_hash *hash, const char *name)
{
	belt_put(hash->belt, GIVE_NAME, name, strlen(name));
	belt_put(hash->belt, GIVE_FILE, NULL, 0);
}

void layer_hash_data(struct layer_hash *hash, const void *bytes, size_t len)
{
	if (len)
		belt_put(hash->belt, GIVE_DATA, bytes, len);
}

void layer_hash_lend(struct layer_hash *hash, struct chunk *chunk, size_t len)
{
	if (len)
		belt_lend(hash->belt, GIVE_DATA, chunk, len);
}

void layer_hash_file_end(struct layer_hash *hash)
{
	belt_put(hash->belt, GIVE_END, NULL, 0);
}

void layer_hash_cut(struct layer_hash *hash)
{
	belt_put(hash->belt, GIVE_CUT, NULL, 0);
}

int layer_hash_check(struct layer_hash *hash, struct err *err)
{
	if (!atomic_load(&hash->failed))
		return 0;
	belt_finish(hash->belt);
	*err = hash->err;
	return -1;
}

static void end_split(struct layer_hash *hash)
{
	if (!hash->split || atomic_load(&hash->failed))
		return;
	if (hash->segment.len)
		add_segment(hash);
	add_segment(hash); /* dockerd ends with an empty one */
	if (!atomic_load(&hash->failed))
		keep_error(hash, gzip_writer_end(hash->split, &hash->err));
}

int layer_hash_finish(struct layer_hash *hash, struct layer_sums *out,
		      struct err *err)
{
	belt_finish(hash->belt);
	end_split(hash);
	if (layer_hash_check(hash, err) < 0)
		return -1;
	if (!out)
		return 0;
	sha256_end(hash->sha, &out->diff_id);
	out->tar_size = hash->tar_size;
	out->empty = strcmp(out->diff_id.text, DIGEST_EMPTY_LAYER) == 0;
	return 0;
}

void layer_hash_free(struct layer_hash *hash)
{
	if (!hash)
		return;
	belt_free(hash->belt);
	sha256_free(hash->sha);
	gzip_writer_free(hash->split);
	buf_release(&hash->segment);
	buf_release(&hash->name);
	buf_release(&hash->line);
	free(hash);
}
