/* Knows how libbz2 is driven, and what Go's reader says of a damaged stream. */
#include "spec/bzip2.h"

#include <bzlib.h>
#include <stdbool.h>
#include <string.h>

#include "base/lazy.h"
#include <config.h>

#define CHUNK (64 * 1024)
#define MAGIC_LEN 2 /* "BZ"; what follows is the library's to judge */
#define GO_COPY (32 * 1024) /* io.Copy's buffer */

#define CALLS(X) X(DecompressInit) X(Decompress) X(DecompressEnd)
#define MEMBER(name) __typeof__(BZ2_bz##name) *name;
#define SYMBOL(name) { "BZ2_bz" #name, (void **)&bz.name },
static struct { CALLS(MEMBER) } bz;
static const struct lazy_symbol symbols[] = { CALLS(SYMBOL) };
static struct lazy library = LAZY(LIBBZ2_SONAME, symbols);

struct bzip2_reader {
	bzip2_pull *pull;
	void *arg;
	bz_stream stream;
	bool open;     /* the stream: it has begun and not ended */
	bool later;    /* a stream has ended before */
	bool cut;      /* the input ended in a stream: zeros follow */
	size_t given;  /* bytes of a block that zeros completed */
	int result;    /* BZ_OK: goes on; BZ_STREAM_END: the end of all */
	char in[CHUNK];
};

struct bzip2_reader *bzip2_reader_pull(bzip2_pull *pull, void *arg,
				       struct err *err)
{
	struct bzip2_reader *bzip2;

	if (lazy_load(&library, err) < 0)
		return NULL;
	bzip2 = mem_alloc(sizeof(*bzip2));
	bzip2->pull = pull;
	bzip2->arg = arg;
	return bzip2;
}

/* Pulls until there are so many bytes of input, if it has as many. */
static int fill(struct bzip2_reader *bzip2, unsigned int least,
		struct err *err)
{
	bz_stream *stream = &bzip2->stream;
	ssize_t n = 1;

	if (stream->avail_in >= least)
		return 0;
	if (stream->avail_in > 0)
		memmove(bzip2->in, stream->next_in, stream->avail_in);
	stream->next_in = bzip2->in;
	while (n > 0 && stream->avail_in < least) {
		n = bzip2->pull(bzip2->arg, bzip2->in + stream->avail_in,
				CHUNK - stream->avail_in, err);
		if (n > 0)
			stream->avail_in += (unsigned int)n;
	}
	return n < 0 ? -1 : 0;
}

static void begin(struct bzip2_reader *bzip2)
{
	bz_stream *stream = &bzip2->stream;
	bz_stream fresh = { .next_in = stream->next_in,
			    .avail_in = stream->avail_in,
			    .next_out = stream->next_out,
			    .avail_out = stream->avail_out };

	*stream = fresh;
	if (bz.DecompressInit(stream, 0, 0) != BZ_OK)
		abort(); /* only memory can be missing */
	bzip2->open = true;
}

static void end(struct bzip2_reader *bzip2)
{
	bz.DecompressEnd(&bzip2->stream);
	bzip2->open = false;
	bzip2->later = true;
	bzip2->result = BZ_OK;
}

/* What stands where a stream may begin: BZ_OK, or how it all ends. */
static int look(const struct bzip2_reader *bzip2)
{
	const bz_stream *stream = &bzip2->stream;

	if (bzip2->later && stream->avail_in == 0)
		return BZ_STREAM_END;
	if (stream->avail_in < MAGIC_LEN)
		return BZ_UNEXPECTED_EOF;
	return memcmp(stream->next_in, "BZ", MAGIC_LEN) == 0 ?
		       BZ_OK : BZ_DATA_ERROR_MAGIC;
}

/* Go's bit reader gives zeros where the input has ended, and the error is
 * seen later: they can complete a block whose last bits are missing. */
static void feed_zeros(struct bzip2_reader *bzip2)
{
	bzip2->cut = true;
	memset(bzip2->in, 0, CHUNK);
	bzip2->stream.next_in = bzip2->in;
	bzip2->stream.avail_in = CHUNK;
}

/* Of a block that zeros completed Go gives one io.Copy's read, and the error
 * with it. */
static void note_cut(struct bzip2_reader *bzip2, unsigned int given)
{
	bzip2->given += given;
	if (bzip2->given > GO_COPY) {
		bzip2->stream.avail_out +=
			(unsigned int)(bzip2->given - GO_COPY);
		bzip2->given = GO_COPY;
	}
	if (bzip2->result != BZ_OK || bzip2->given == GO_COPY)
		bzip2->result = BZ_UNEXPECTED_EOF;
}

/* One call of the library in a stream. Where there is no more input, whole
 * blocks that it still holds come first. */
static void decompress(struct bzip2_reader *bzip2)
{
	bz_stream *stream = &bzip2->stream;
	unsigned int room = stream->avail_out;
	bool dry = stream->avail_in == 0;

	bzip2->result = bz.Decompress(stream);
	if (bzip2->cut)
		note_cut(bzip2, room - stream->avail_out);
	else if (bzip2->result == BZ_STREAM_END)
		end(bzip2);
	if (dry && bzip2->result == BZ_OK && stream->avail_out == room)
		feed_zeros(bzip2);
}

/* Goes on by one step: 0, or -1 when the pull failed. */
static int step(struct bzip2_reader *bzip2, struct err *err)
{
	if (!bzip2->cut && fill(bzip2, bzip2->open ? 1 : MAGIC_LEN, err) < 0)
		return -1;
	if (!bzip2->open)
		bzip2->result = look(bzip2);
	if (bzip2->result != BZ_OK)
		return 0;
	if (!bzip2->open)
		begin(bzip2);
	decompress(bzip2);
	return 0;
}

static int complain(const struct bzip2_reader *bzip2, struct err *err)
{
	const char *text = "bzip2 data invalid";

	if (bzip2->result == BZ_UNEXPECTED_EOF)
		text = "unexpected EOF";
	else if (bzip2->result == BZ_DATA_ERROR_MAGIC)
		text = bzip2->later ? "bzip2 data invalid: bad magic value in "
				      "continuation file" :
				      "bzip2 data invalid: bad magic value";
	return err_set(err, ERR_INPUT, "%s", text);
}

ssize_t bzip2_reader_read(struct bzip2_reader *bzip2, void *bytes, size_t len,
			  struct err *err)
{
	bzip2->stream.next_out = bytes;
	bzip2->stream.avail_out = (unsigned int)len;
	while (bzip2->result == BZ_OK && bzip2->stream.avail_out > 0)
		if (step(bzip2, err) < 0)
			return -1;
	if (bzip2->stream.avail_out < len)
		return (ssize_t)(len - bzip2->stream.avail_out);
	return bzip2->result == BZ_STREAM_END ? 0 : complain(bzip2, err);
}

void bzip2_reader_free(struct bzip2_reader *bzip2)
{
	if (!bzip2)
		return;
	if (bzip2->open)
		bz.DecompressEnd(&bzip2->stream);
	free(bzip2);
}
