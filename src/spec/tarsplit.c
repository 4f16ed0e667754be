/* Knows how a layer's exact tar is put together from tar-split and files. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/fs.h"
#include "spec/crc64.h"
#include "spec/gzip.h"
#include "spec/untar.h"

/* A segment may be 1 MiB of raw bytes: base 64 and some JSON around it. */
#define LINE_LIMIT (4 * 1024 * 1024)
#define CHUNK (256 * 1024)

struct rebuild {
	struct gzip_reader *gzip;
	int dir;
	layer_sink *out;
	void *arg;
	struct buf ahead; /* read, not yet taken */
	size_t at;
	char *chunk;
};

static int damaged(struct err *err)
{
	return err_set(err, ERR_CORRUPT, "damaged tar-split");
}

/* 1 a line without its newline in *line, 0 end, -1. */
static int next_line(struct rebuild *rebuild, struct span *line,
		     struct err *err)
{
	for (;;) {
		size_t left = rebuild->ahead.len - rebuild->at;
		char *start = rebuild->ahead.data + rebuild->at, *end;
		ssize_t n;

		end = left ? memchr(start, '\n', left) : NULL;
		if (end) {
			*line = (struct span){ start, (size_t)(end - start) };
			rebuild->at += line->len + 1;
			return 1;
		}
		if (left > LINE_LIMIT)
			return damaged(err);
		if (left && rebuild->at)
			memmove(rebuild->ahead.data, start, left);
		rebuild->ahead.len = left;
		rebuild->at = 0;
		n = gzip_reader_read(rebuild->gzip, rebuild->chunk, CHUNK, err);
		if (n <= 0)
			return n < 0 ? -1 : left ? damaged(err) : 0;
		buf_add(&rebuild->ahead, rebuild->chunk, (size_t)n);
	}
}

static int put_segment(struct rebuild *rebuild, json_t *json, struct err *err)
{
	AUTO(buf_release) struct buf bytes = BUF_INIT;
	const char *payload = json_string_value(json_object_get(json,
								"payload"));

	if (!payload || !base64_decode(&bytes, payload, strlen(payload)))
		return damaged(err);
	return bytes.len ? rebuild->out(rebuild->arg, bytes.data, bytes.len,
					err) : 0;
}

static int name_of(json_t *json, struct buf *out, struct err *err)
{
	json_t *name = json_object_get(json, "name");
	json_t *raw = json_object_get(json, "name_raw");

	if (json_is_string(name))
		buf_adds(out, json_string_value(name));
	else if (!json_is_string(raw) ||
		 !base64_decode(out, json_string_value(raw),
				json_string_length(raw)))
		return damaged(err);
	buf_adds(out, "");
	return 0;
}

static int pump(struct rebuild *rebuild, int fd, const char *name,
		int64_t size, uint64_t *crc, struct err *err)
{
	*crc = 0;
	while (size > 0) {
		ssize_t n = read(fd, rebuild->chunk,
				 size < CHUNK ? (size_t)size : CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot read '%s'", name);
		if (n == 0)
			return err_set(err, ERR_CORRUPT,
				       "'%s' is shorter than its layer says",
				       name);
		*crc = crc64(*crc, rebuild->chunk, (size_t)n);
		if (rebuild->out(rebuild->arg, rebuild->chunk, (size_t)n,
				 err) < 0)
			return -1;
		size -= n;
	}
	return 0;
}

static int put_file(struct rebuild *rebuild, json_t *json, struct err *err)
{
	AUTO(buf_release) struct buf name = BUF_INIT, want = BUF_INIT;
	json_int_t size = json_integer_value(json_object_get(json, "size"));
	const char *payload = json_string_value(json_object_get(json,
								"payload"));
	unsigned char crc_bytes[8];
	AUTO_FD int fd = -1;
	uint64_t crc;

	if (name_of(json, &name, err) < 0)
		return -1;
	if (size <= 0)
		return 0;
	if (!payload || !base64_decode(&want, payload, strlen(payload)) ||
	    want.len != sizeof(crc_bytes))
		return damaged(err);
	fd = fs_open_in_root(rebuild->dir, name.data, O_RDONLY | O_NOFOLLOW,
			     err);
	if (fd < 0 || pump(rebuild, fd, name.data, size, &crc, err) < 0)
		return -1;
	for (int i = 0; i < 8; i++)
		crc_bytes[i] = (unsigned char)(crc >> (56 - 8 * i));
	if (memcmp(crc_bytes, want.data, sizeof(crc_bytes)) != 0)
		return err_set(err, ERR_CORRUPT,
			       "file integrity checksum failed for \"%s\"",
			       name.data);
	return 0;
}

static int put_line(struct rebuild *rebuild, struct span line,
		    struct err *err)
{
	json_t *json = json_loadb(line.ptr, line.len, 0, NULL);
	json_int_t type = json_integer_value(json_object_get(json, "type"));
	int rc;

	if (type == 2)
		rc = put_segment(rebuild, json, err);
	else if (type == 1)
		rc = put_file(rebuild, json, err);
	else
		rc = damaged(err);
	json_decref(json);
	return rc;
}

int tarsplit_rebuild(int split_fd, int diff_dir, layer_sink *out, void *arg,
		     struct err *err)
{
	struct rebuild rebuild = {
		.gzip = gzip_reader_new(split_fd),
		.dir = diff_dir,
		.out = out,
		.arg = arg,
		.chunk = mem_alloc(CHUNK),
	};
	struct span line = { 0 };
	int rc;

	while ((rc = next_line(&rebuild, &line, err)) == 1) {
		rc = put_line(&rebuild, line, err);
		if (rc < 0)
			break;
	}
	gzip_reader_free(rebuild.gzip);
	buf_release(&rebuild.ahead);
	free(rebuild.chunk);
	return rc;
}
