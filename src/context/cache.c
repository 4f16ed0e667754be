/*
 * Knows the stat cache: which sums of which files are still true.
 *
 * One binary file per context, in the order of the walk, so that reading it
 * is one merge with no look-up. A record is only written for a file whose
 * times are older than the walk began: what is changed after the walk gets
 * later times then, and is seen to have changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "context/entry.h"

#define CACHE_MAX (1u << 30)
#define CACHE_MAGIC 0x43535676u /* "vVSC" on little-endian machines */
#define CACHE_VERSION 1
#define SUM_SIZE 32

struct cache_head {
	uint32_t magic, version;
	uint64_t len;      /* bytes behind the head */
	uint64_t checksum; /* of these */
	uint32_t root_len; /* the context's path comes first, then records */
	uint32_t no_type_bits;
};

/* Followed by the path without NUL, padded to 8 bytes. */
struct cache_record {
	uint64_t dev, ino, size;
	int64_t mtime, ctime;
	uint32_t mtime_nsec, ctime_nsec;
	uint32_t mode;
	uint16_t path_len;
	uint16_t capability;
	unsigned char sum[SUM_SIZE];
};

static size_t padded(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

/* Tells damage, not malice: the file lies in the user's own directory. */
static uint64_t checksum(const char *bytes, size_t len)
{
	uint64_t sum = len, word;

	for (size_t i = 0; i + 8 <= len; i += 8) {
		memcpy(&word, bytes + i, 8);
		sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 29;
	}
	return sum;
}

/* The file's name hangs on everything that all its sums hang on. */
static char *cache_name(const struct context *context)
{
	AUTO_FREE char *text = mem_printf("%d %d %s", CACHE_VERSION,
					  context->no_type_bits,
					  context->root_path);
	struct digest id;

	digest_make(text, strlen(text), &id);
	return mem_printf("context-%.32s", DIGEST_HEX(&id));
}

/* ---- reading ---- */

static bool is_same_file(const struct cache_record *r,
			 const struct entry *entry)
{
	const struct node *node = &entry->node;

	return r->dev == node->dev && r->ino == node->ino &&
	       r->size == (uint64_t)node->size && r->mode == node->mode &&
	       r->mtime == node->mtime.tv_sec &&
	       r->mtime_nsec == node->mtime.tv_nsec &&
	       r->ctime == node->ctime.tv_sec &&
	       r->ctime_nsec == node->ctime.tv_nsec;
}

static void take_sum(struct entry *entry, const struct cache_record *r)
{
	static const char digits[] = "0123456789abcdef";
	char *to = entry->node.sum.text;

	memcpy(to, "sha256:", 7);
	to += 7;
	for (size_t i = 0; i < SUM_SIZE; i++) {
		*to++ = digits[r->sum[i] >> 4];
		*to++ = digits[r->sum[i] & 15];
	}
	*to = '\0';
	entry->capability = r->capability;
	entry->from_cache = true;
}

/* The next record, or false where the bytes end or make no sense. */
static bool next_record(const char **at, const char *end,
			struct cache_record *r, const char **path)
{
	if ((size_t)(end - *at) < sizeof(*r))
		return false;
	memcpy(r, *at, sizeof(*r));
	*at += sizeof(*r);
	if ((size_t)(end - *at) < padded(r->path_len))
		return false;
	*path = *at;
	*at += padded(r->path_len);
	return true;
}

static void merge(struct context *context, const char *at, const char *end)
{
	struct cache_record record;
	const char *path;
	size_t i = 0;

	while (i < context->count && next_record(&at, end, &record, &path)) {
		struct entry *entry = NULL;
		int order = 1;

		while (i < context->count) {
			entry = context->entries[i];
			order = path_order(path, record.path_len,
					   entry->node.path);
			if (order <= 0)
				break;
			i++;
		}
		if (order != 0)
			continue;
		i++;
		/* A second link has another sum than the same file alone. */
		if (is_same_file(&record, entry) && !entry->node.hardlink &&
		    !entry->node.implied && !entry->content)
			take_sum(entry, &record);
	}
}

void entry_lend_sum(const struct entry *known, struct entry *to)
{
	const struct node *a = &known->node, *b = &to->node;

	if (!digest_is_set(&a->sum) || known->unstable || known->content ||
	    to->content || a->hardlink || b->hardlink || b->implied ||
	    strcmp(a->path, b->path) != 0 || a->dev != b->dev ||
	    a->ino != b->ino || a->size != b->size || a->mode != b->mode ||
	    a->mtime.tv_sec != b->mtime.tv_sec ||
	    a->mtime.tv_nsec != b->mtime.tv_nsec ||
	    a->ctime.tv_sec != b->ctime.tv_sec ||
	    a->ctime.tv_nsec != b->ctime.tv_nsec)
		return;
	to->node.sum = a->sum;
	to->capability = known->capability;
	to->from_cache = known->from_cache;
}

static bool is_sound(const struct context *context, const struct buf *file,
		     struct cache_head *head)
{
	size_t root_len = strlen(context->root_path);

	if (file->len < sizeof(*head))
		return false;
	memcpy(head, file->data, sizeof(*head));
	return head->magic == CACHE_MAGIC && head->version == CACHE_VERSION &&
	       head->no_type_bits == context->no_type_bits &&
	       head->len == file->len - sizeof(*head) &&
	       head->root_len == root_len && head->len >= padded(root_len) &&
	       memcmp(file->data + sizeof(*head), context->root_path,
		      root_len) == 0 &&
	       head->checksum == checksum(file->data + sizeof(*head),
					  head->len);
}

static int read_own_file(const struct context *context, struct buf *out,
			 struct err *err)
{
	AUTO_FREE char *name = cache_name(context);
	AUTO_FREE char *path = mem_printf("%s/%s", context->cache_dir, name);
	AUTO_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	/* What another user left there is not ours to believe. */
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid() ||
	    !S_ISREG(st.st_mode))
		return -1;
	return fs_read_fd(fd, CACHE_MAX, out, err);
}

void stat_cache_load(struct context *context)
{
	AUTO(buf_release) struct buf file = BUF_INIT;
	struct err err = ERR_INIT;
	struct cache_head head;

	if (!context->cache_dir || read_own_file(context, &file, &err) < 0 ||
	    !is_sound(context, &file, &head))
		return;
	merge(context, file.data + sizeof(head) + padded(head.root_len),
	      file.data + file.len);
}

/* ---- writing ---- */

/* Time stamps without a fraction may come from a file system that has none;
 * then two seconds pass before a later change is sure to show. */
static bool is_older(struct timespec when, const struct timespec *start)
{
	if (when.tv_nsec == 0)
		return when.tv_sec + 2 < start->tv_sec;
	return when.tv_sec < start->tv_sec ||
	       (when.tv_sec == start->tv_sec && when.tv_nsec < start->tv_nsec);
}

static bool is_savable(const struct context *context,
		       const struct entry *entry)
{
	const struct node *node = &entry->node;

	return digest_is_set(&node->sum) && !node->hardlink &&
	       !node->implied && !entry->unstable && !entry->content &&
	       entry->capability >= 0 && entry->capability < UINT16_MAX &&
	       strlen(node->path) < UINT16_MAX &&
	       is_older(node->mtime, &context->walk_start) &&
	       is_older(node->ctime, &context->walk_start);
}

static unsigned char nibble(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void add_padding(struct buf *out)
{
	static const char zeros[8];

	buf_add(out, zeros, padded(out->len) - out->len);
}

static void add_record(struct buf *out, const struct entry *entry)
{
	const struct node *node = &entry->node;
	const char *hex = DIGEST_HEX(&node->sum);
	struct cache_record r = {
		.dev = node->dev, .ino = node->ino,
		.size = (uint64_t)node->size, .mode = node->mode,
		.mtime = node->mtime.tv_sec, .ctime = node->ctime.tv_sec,
		.mtime_nsec = (uint32_t)node->mtime.tv_nsec,
		.ctime_nsec = (uint32_t)node->ctime.tv_nsec,
		.path_len = (uint16_t)strlen(node->path),
		.capability = (uint16_t)entry->capability,
	};

	for (size_t i = 0; i < SUM_SIZE; i++)
		r.sum[i] = (unsigned char)(nibble(hex[2 * i]) << 4 |
					   nibble(hex[2 * i + 1]));
	buf_add(out, &r, sizeof(r));
	buf_add(out, node->path, r.path_len);
	add_padding(out);
}

static void write_cache(const struct context *context, struct err *err)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	AUTO_FREE char *name = cache_name(context);
	struct cache_head head = {
		.magic = CACHE_MAGIC, .version = CACHE_VERSION,
		.root_len = (uint32_t)strlen(context->root_path),
		.no_type_bits = context->no_type_bits,
	};
	AUTO_FD int dir = -1;

	buf_add(&out, &head, sizeof(head));
	buf_adds(&out, context->root_path);
	add_padding(&out);
	for (size_t i = 0; i < context->count; i++)
		if (is_savable(context, context->entries[i]))
			add_record(&out, context->entries[i]);
	head.len = out.len - sizeof(head);
	head.checksum = checksum(out.data + sizeof(head), head.len);
	memcpy(out.data, &head, sizeof(head));
	if (out.len > CACHE_MAX ||
	    fs_mkdir_p(AT_FDCWD, context->cache_dir, 0700, err) < 0)
		return;
	dir = open(context->cache_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0)
		(void)fs_write_atomic(dir, name, out.data, out.len, 0600,
				      false, err);
}

void stat_cache_save(struct context *context)
{
	struct err err = ERR_INIT;

	if (!context->cache_dir || !context->cache_dirty)
		return;
	write_cache(context, &err);
	context->cache_dirty = false;
}
