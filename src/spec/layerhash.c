/* Knows the tar-split lines, and how one thread makes them and the diff ID. */
#include "spec/layerhash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "spec/config.h"
#include "spec/crc64.h"
#include "spec/gzip.h"

#define SLOT_COUNT 8
#define SLOT_SIZE (256 * 1024)

/* The stream in the ring: an op, then its bytes. */
enum op_kind { OP_RAW, OP_FILE, OP_DATA, OP_FILE_END, OP_CUT };
struct op {
	uint32_t kind, len;
};

struct slot {
	size_t len;
	char bytes[SLOT_SIZE];
};

struct layer_hash {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot *slots;
	size_t given, taken; /* slots handed over, slots worked off */
	bool ended, joined;
	atomic_bool failed;
	struct err err;      /* of the thread; read after failed is seen */

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

static bool is_utf8(const struct buf *text)
{
	for (size_t at = 0; at < text->len;) {
		uint32_t rune;
		bool valid;

		at += utf8_decode(text->data + at, text->len - at, &rune,
				  &valid);
		if (!valid)
			return false;
	}
	return true;
}

static void add_file(struct layer_hash *hash)
{
	unsigned char crc[8];

	if (is_utf8(&hash->name)) {
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
	if (hash->tar_out && !atomic_load(&hash->failed))
		keep_error(hash, hash->tar_out(hash->arg, bytes, len,
					       &hash->err));
}

static void take_op(struct layer_hash *hash, const struct op *op,
		    const char *bytes)
{
	if (op->kind == OP_RAW || op->kind == OP_DATA)
		take_bytes(hash, bytes, op->len);
	if (!hash->split || atomic_load(&hash->failed))
		return;
	switch ((enum op_kind)op->kind) {
	case OP_RAW:
		buf_add(&hash->segment, bytes, op->len);
		break;
	case OP_FILE:
		add_segment(hash);
		buf_clear(&hash->name);
		buf_add(&hash->name, bytes, op->len);
		hash->crc = hash->size = 0;
		break;
	case OP_DATA:
		hash->crc = crc64(hash->crc, bytes, op->len);
		hash->size += op->len;
		break;
	case OP_FILE_END:
		add_file(hash);
		break;
	case OP_CUT:
		if (hash->segment.len)
			add_segment(hash);
		break;
	}
}

static void take_slot(struct layer_hash *hash, const struct slot *slot)
{
	for (size_t at = 0; at < slot->len;) {
		struct op op;

		memcpy(&op, slot->bytes + at, sizeof(op));
		at += sizeof(op);
		take_op(hash, &op, slot->bytes + at);
		at += op.len;
	}
}

static void *work(void *arg)
{
	struct layer_hash *hash = arg;

	for (;;) {
		pthread_mutex_lock(&hash->lock);
		while (hash->taken == hash->given && !hash->ended)
			pthread_cond_wait(&hash->changed, &hash->lock);
		if (hash->taken == hash->given) {
			pthread_mutex_unlock(&hash->lock);
			return NULL;
		}
		pthread_mutex_unlock(&hash->lock);
		take_slot(hash, &hash->slots[hash->taken % SLOT_COUNT]);
		pthread_mutex_lock(&hash->lock);
		hash->taken++;
		pthread_cond_signal(&hash->changed);
		pthread_mutex_unlock(&hash->lock);
	}
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
	/* Untouched pages cost nothing: a small layer uses one slot. */
	hash->slots = mem_array(SLOT_COUNT, sizeof(*hash->slots));
	pthread_mutex_init(&hash->lock, NULL);
	pthread_cond_init(&hash->changed, NULL);
	if (pthread_create(&hash->thread, NULL, work, hash) != 0)
		abort(); /* as little to be done as about missing memory */
	return hash;
}

static void hand_over(struct layer_hash *hash)
{
	pthread_mutex_lock(&hash->lock);
	hash->given++;
	pthread_cond_signal(&hash->changed);
	while (hash->given - hash->taken == SLOT_COUNT)
		pthread_cond_wait(&hash->changed, &hash->lock);
	pthread_mutex_unlock(&hash->lock);
	hash->slots[hash->given % SLOT_COUNT].len = 0;
}

static void give(struct layer_hash *hash, enum op_kind kind,
		 const void *bytes, size_t len)
{
	const char *p = bytes;

	do {
		struct slot *slot = &hash->slots[hash->given % SLOT_COUNT];
		struct op op = { .kind = kind };
		size_t room = SLOT_SIZE - slot->len;

		/* Names stay whole; they are short beside a slot. */
		if (room < sizeof(op) + 64 ||
		    (kind == OP_FILE && room < sizeof(op) + len)) {
			hand_over(hash);
			continue;
		}
		room -= sizeof(op);
		op.len = (uint32_t)(len < room ? len : room);
		memcpy(slot->bytes + slot->len, &op, sizeof(op));
		if (op.len)
			memcpy(slot->bytes + slot->len + sizeof(op), p, op.len);
		slot->len += sizeof(op) + op.len;
		p += op.len;
		len -= op.len;
		if (len == 0)
			return;
	} while (true);
}

void layer_hash_raw(struct layer_hash *hash, const void *bytes, size_t len)
{
	if (len)
		give(hash, OP_RAW, bytes, len);
}

void layer_hash_file(struct layer_hash *hash, const char *name)
{
	size_t len = strlen(name);

	give(hash, OP_FILE, name, len < SLOT_SIZE / 2 ? len : SLOT_SIZE / 2);
}

void layer_hash_data(struct layer_hash *hash, const void *bytes, size_t len)
{
	if (len)
		give(hash, OP_DATA, bytes, len);
}

void layer_hash_file_end(struct layer_hash *hash)
{
	give(hash, OP_FILE_END, NULL, 0);
}

void layer_hash_cut(struct layer_hash *hash)
{
	give(hash, OP_CUT, NULL, 0);
}

static void join(struct layer_hash *hash)
{
	if (hash->joined)
		return;
	pthread_mutex_lock(&hash->lock);
	if (hash->slots[hash->given % SLOT_COUNT].len)
		hash->given++;
	hash->ended = true;
	pthread_cond_signal(&hash->changed);
	pthread_mutex_unlock(&hash->lock);
	pthread_join(hash->thread, NULL);
	hash->joined = true;
}

int layer_hash_check(struct layer_hash *hash, struct err *err)
{
	if (!atomic_load(&hash->failed))
		return 0;
	join(hash);
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
	join(hash);
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
	join(hash);
	pthread_mutex_destroy(&hash->lock);
	pthread_cond_destroy(&hash->changed);
	sha256_free(hash->sha);
	gzip_writer_free(hash->split);
	buf_release(&hash->segment);
	buf_release(&hash->name);
	buf_release(&hash->line);
	free(hash->slots);
	free(hash);
}
