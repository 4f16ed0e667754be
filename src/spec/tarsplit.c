/* Knows how a layer's tar is put together again from its tar-split file and
 * its directory (store.md section 3). */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/fs.h"
#include "spec/crc64.h"
#include "spec/gzip.h"
#include "spec/untar.h"

#define CHUNK ((size_t)256 * 1024)
/* One line holds the headers of one entry, or a part of what follows. */
#define LINE_LIMIT ((size_t)64 * 1024 * 1024)

enum { SPLIT_FILE = 1, SPLIT_SEGMENT = 2 };

struct rebuild {
	struct gzip_reader *gzip;
	int dir;
	layer_sink *out;
	void *arg;
	char *chunk;
	struct buf line, bytes;
	char *input;         /* of the gzip file, behind the line */
	size_t at, held;
};

/* ---- lines ---- */

/* 1 a line, 0 the end, -1 failed. */
static int next_line(struct rebuild *rebuild, struct err *err)
{
	buf_clear(&rebuild->line);
	for (;;) {
		char *from = rebuild->input + rebuild->at, *end;
		size_t left = rebuild->held - rebuild->at, n;
		ssize_t got;

		end = left ? memchr(from, '\n', left) : NULL;
		n = end ? (size_t)(end - from) : left;
		if (n > LINE_LIMIT - rebuild->line.len)
			return err_set(err, ERR_CORRUPT,
				       "a line of tar-split is too long");
		buf_add(&rebuild->line, from, n);
		rebuild->at += n + (end ? 1 : 0);
		if (end)
			return 1;
		got = gzip_reader_read(rebuild->gzip, rebuild->input, CHUNK,
				       err);
		if (got <= 0)
			return got < 0 ? -1 : rebuild->line.len > 0;
		rebuild->at = 0;
		rebuild->held = (size_t)got;
	}
}

static int bad_line(struct err *err)
{
	return err_set(err, ERR_CORRUPT, "tar-split is damaged");
}

/* ---- files ---- */

static int file_error(struct err *err, const char *name, const char *what)
{
	return err_set(err, ERR_CORRUPT, "file '%s' of a layer %s", name, what);
}

static int open_file(const struct rebuild *rebuild, const char *name,
		     uint64_t size, struct err *err)
{
	AUTO_FREE char *rooted = mem_printf("/%s", name);
	AUTO_FREE char *path = fs_clean_path(rooted);
	AUTO_FD int fd = fs_open_in_root(rebuild->dir, path + 1,
					 O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
						 O_CLOEXEC,
					 err);
	struct stat st;

	if (fd < 0) {
		err->kind = ERR_CORRUPT; /* it has to be there */
		return -1;
	}
	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot look at '%s'", name);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
		return file_error(err, name, "has another size");
	return STEAL_FD(fd);
}

static int give(struct rebuild *rebuild, const void *bytes, size_t len,
		struct err *err)
{
	return len ? rebuild->out(rebuild->arg, bytes, len, err) : 0;
}

static int give_file(struct rebuild *rebuild, const char *name, uint64_t size,
		     uint64_t want, struct err *err)
{
	AUTO_FD int fd = open_file(rebuild, name, size, err);
	uint64_t crc = 0;

	if (fd < 0)
		return -1;
	while (size > 0) {
		ssize_t n = read(fd, rebuild->chunk,
				 size < CHUNK ? (size_t)size : CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot read '%s'", name);
		if (n == 0)
			return file_error(err, name, "became shorter");
		crc = crc64(crc, rebuild->chunk, (size_t)n);
		if (give(rebuild, rebuild->chunk, (size_t)n, err) < 0)
			return -1;
		size -= (uint64_t)n;
	}
	return crc == want ? 0 : file_error(err, name, "is damaged");
}

/* ---- what a line says ---- */

/* Text of a key as bytes in rebuild->bytes, decoded if it is base 64. */
static bool get_bytes(struct rebuild *rebuild, json_t *line, const char *key,
		      bool decode)
{
	json_t *value = json_object_get(line, key);

	buf_clear(&rebuild->bytes);
	buf_adds(&rebuild->bytes, "");
	if (!json_is_string(value))
		return false;
	if (decode)
		return base64_decode(&rebuild->bytes, json_string_value(value),
				     json_string_length(value));
	buf_add(&rebuild->bytes, json_string_value(value),
		json_string_length(value));
	return strlen(rebuild->bytes.data) == rebuild->bytes.len;
}

static int take_segment(struct rebuild *rebuild, json_t *line,
			struct err *err)
{
	json_t *payload = json_object_get(line, "payload");

	if (!payload || json_is_null(payload))
		return 0;
	if (!get_bytes(rebuild, line, "payload", true))
		return bad_line(err);
	return give(rebuild, rebuild->bytes.data, rebuild->bytes.len, err);
}

static int take_file(struct rebuild *rebuild, json_t *line, struct err *err)
{
	json_t *size = json_object_get(line, "size");
	AUTO_FREE char *name = NULL;
	uint64_t crc = 0;
	bool raw = json_object_get(line, "name_raw") != NULL;

	if (!size || (json_is_integer(size) && json_integer_value(size) == 0))
		return 0;
	if (!json_is_integer(size) || json_integer_value(size) < 0 ||
	    !get_bytes(rebuild, line, raw ? "name_raw" : "name", raw) ||
	    strlen(rebuild->bytes.data) != rebuild->bytes.len)
		return bad_line(err);
	name = buf_steal(&rebuild->bytes);
	if (!get_bytes(rebuild, line, "payload", true) ||
	    rebuild->bytes.len != sizeof(crc))
		return bad_line(err);
	for (size_t i = 0; i < sizeof(crc); i++)
		crc = crc << 8 | (unsigned char)rebuild->bytes.data[i];
	return give_file(rebuild, name, (uint64_t)json_integer_value(size),
			 crc, err);
}

static int take_line(struct rebuild *rebuild, struct err *err)
{
	json_t *line = json_loadb(rebuild->line.data, rebuild->line.len,
				  JSON_ALLOW_NUL, NULL);
	json_int_t type = json_integer_value(json_object_get(line, "type"));
	int rc = type == SPLIT_SEGMENT ? take_segment(rebuild, line, err) :
		 type == SPLIT_FILE    ? take_file(rebuild, line, err) :
					 bad_line(err);

	json_decref(line);
	return rc;
}

int tarsplit_rebuild(int split_fd, int diff_dir, layer_sink *out, void *arg,
		     struct err *err)
{
	AUTO(gzip_reader_free) struct gzip_reader *gzip =
		gzip_reader_new(split_fd);
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	AUTO_FREE char *input = mem_alloc(CHUNK);
	struct rebuild rebuild = { .gzip = gzip, .dir = diff_dir, .out = out,
				   .arg = arg, .chunk = chunk,
				   .input = input };
	int rc;

	while ((rc = next_line(&rebuild, err)) == 1) {
		rc = take_line(&rebuild, err);
		if (rc < 0)
			break;
	}
	buf_release(&rebuild.line);
	buf_release(&rebuild.bytes);
	return rc;
}
