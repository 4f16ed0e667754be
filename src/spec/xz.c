/* Knows how liblzma is driven, and what it gives of a damaged stream. */
#include "spec/xz.h"

#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/lazy.h"
#include <config.h>

#define CHUNK (64 * 1024)
#define MEMORY_MAX ((uint64_t)1 << 30) /* a preset of -9 takes 65 MiB */

#define CALLS(X) X(code) X(end) X(stream_decoder)
#define MEMBER(name) __typeof__(lzma_##name) *name;
#define SYMBOL(name) { "lzma_" #name, (void **)&lzma.name },
static struct { CALLS(MEMBER) } lzma;
static const struct lazy_symbol symbols[] = { CALLS(SYMBOL) };
static struct lazy library = LAZY(LIBLZMA_SONAME, symbols);

struct xz_reader {
	xz_pull *pull;
	void *arg;
	lzma_stream stream;
	bool no_more;     /* the input is at its end */
	lzma_ret result;  /* LZMA_OK: goes on */
	unsigned char in[CHUNK];
};

struct xz_reader *xz_reader_pull(xz_pull *pull, void *arg, struct err *err)
{
	struct xz_reader *xz;

	if (lazy_load(&library, err) < 0)
		return NULL;
	xz = mem_alloc(sizeof(*xz));
	xz->pull = pull;
	xz->arg = arg;
	xz->result = lzma.stream_decoder(&xz->stream, MEMORY_MAX,
					 LZMA_CONCATENATED);
	if (xz->result != LZMA_OK)
		abort(); /* only memory can be missing */
	return xz;
}

static int fill(struct xz_reader *xz, struct err *err)
{
	ssize_t n;

	if (xz->stream.avail_in > 0 || xz->no_more)
		return 0;
	n = xz->pull(xz->arg, xz->in, CHUNK, err);
	if (n < 0)
		return -1;
	xz->no_more = n == 0;
	xz->stream.next_in = xz->in;
	xz->stream.avail_in = (size_t)n;
	return 0;
}

const char *xz_reader_complaint(const struct xz_reader *xz)
{
	switch (xz->result) {
	case LZMA_BUF_ERROR:
		return "xz: (stdin): Unexpected end of input";
	case LZMA_FORMAT_ERROR:
		return "xz: (stdin): File format not recognized";
	case LZMA_OPTIONS_ERROR:
		return "xz: (stdin): Unsupported options";
	case LZMA_MEMLIMIT_ERROR:
		return "xz: (stdin): Memory usage limit reached";
	default:
		return "xz: (stdin): Compressed data is corrupt";
	}
}

ssize_t xz_reader_read(struct xz_reader *xz, void *bytes, size_t len,
		       struct err *err)
{
	xz->stream.next_out = bytes;
	xz->stream.avail_out = len;
	while (xz->result == LZMA_OK && xz->stream.avail_out > 0) {
		if (fill(xz, err) < 0)
			return -1;
		xz->result = lzma.code(&xz->stream,
				       xz->no_more ? LZMA_FINISH : LZMA_RUN);
	}
	if (xz->stream.avail_out < len)
		return (ssize_t)(len - xz->stream.avail_out);
	if (xz->result == LZMA_STREAM_END)
		return 0;
	return err_set(err, ERR_INPUT, "unexpected EOF");
}

void xz_reader_free(struct xz_reader *xz)
{
	if (!xz)
		return;
	lzma.end(&xz->stream);
	free(xz);
}
