/* Unpacks any bytes as a layer: nothing outside the directory changes, and
 * what unpacks comes back byte for byte. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fs.h"
#include "spec/tarsum.h"
#include "spec/untar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool fact)
{
	if (!fact)
		abort();
}

struct input {
	const uint8_t *data;
	size_t len, at;
};

static ssize_t pull(void *arg, void *bytes, size_t len, struct err *err)
{
	struct input *input = arg;
	size_t n = input->len - input->at;

	(void)err;
	n = n < len ? n : len;
	if (n)
		memcpy(bytes, input->data + input->at, n);
	input->at += n;
	return (ssize_t)n;
}

/* Reads all entries without writing anything. */
static void read_all(struct input input)
{
	struct err err = ERR_INIT;
	AUTO(archive_source_free) struct archive_source *source =
		archive_source_pull(pull, &input, &err);
	AUTO(untar_free) struct untar *untar = untar_new(source,
							 UNTAR_NO_SUMS);
	const struct tar_entry *entry;
	int rc;

	while ((rc = untar_next(untar, &entry, &err)) == 1) {
		AUTO(buf_release) struct buf sum = BUF_INIT;
		char bytes[1000];

		require(entry->size >= 0 && entry->name && entry->linkname);
		tarsum_header(entry, &sum);
		/* The first bytes only: the rest is passed over. */
		if (untar_read(untar, bytes, sizeof(bytes), &err) < 0)
			return;
	}
	require(rc == 0 || err.kind == ERR_INPUT);
}

struct same {
	const struct input *input;
	size_t at;
};

static int compare(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct same *same = arg;

	(void)err;
	require(len <= same->input->len - same->at);
	require(memcmp(same->input->data + same->at, bytes, len) == 0);
	same->at += len;
	return 0;
}

static void rebuild(const struct input *input, int dir, int split)
{
	struct same same = { .input = input };
	struct err err = ERR_INIT;

	require(lseek(split, 0, SEEK_SET) == 0);
	/* Two names of one path (through a link) replace each other, and a
	 * whiteout may follow its file: such a layer is known as damaged. */
	if (tarsplit_rebuild(split, dir, compare, &same, &err) == 0)
		require(same.at == input->len);
	else
		require(err.kind == ERR_CORRUPT);
}

static void unpack(struct input input, int dir, bool layer)
{
	struct unpack_options options = {
		.layer = layer,
		.no_owner = geteuid() != 0,
		.opaque_xattr = "user.overlay.opaque",
	};
	struct err err = ERR_INIT;
	AUTO_FD int split = memfd_create("split", MFD_CLOEXEC);
	AUTO(archive_source_free) struct archive_source *source =
		archive_source_pull(pull, &input, &err);
	AUTO(untar_free) struct untar *untar = untar_new(source,
							 layer ? split : -1);
	struct layer_sums sums;
	uint64_t size;

	if (untar_unpack(untar, dir, &options, &size, &err) < 0 ||
	    untar_finish(untar, &sums, &err) < 0)
		return;
	if (layer && sums.tar_size == input.len)
		rebuild(&input, dir, split);
}

static void check_inside(int top)
{
	AUTO(strv_release) struct strv names = { 0 };
	struct err err = ERR_INIT;

	require(fs_list(top, ".", &names, &err) == 0);
	require(names.count == 2);
	require(strcmp(names.items[0], "layer") == 0);
	require(strcmp(names.items[1], "over") == 0);
}

/* A mutation that only breaks the sum of a header would be all that is ever
 * seen: every block with a magic gets its sum. */
static void mend_sums(uint8_t *data, size_t len)
{
	for (size_t at = 0; at + 512 <= len; at += 512) {
		uint8_t *block = data + at;
		unsigned int sum = 0;

		if (memcmp(block + 257, "ustar", 5) != 0)
			continue;
		memset(block + 148, ' ', 8);
		for (size_t i = 0; i < 512; i++)
			sum += block[i];
		for (int i = 5; i >= 0; i--, sum >>= 3)
			block[148 + i] = (uint8_t)('0' + (sum & 7));
		block[154] = '\0';
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[] = "/tmp/varve-fuzz-XXXXXX";
	AUTO_FREE uint8_t *mended = mem_dup(data, len);
	struct input input = { data, len, 0 };
	struct err err = ERR_INIT;
	AUTO_FD int top = -1, layer = -1, over = -1;

	read_all(input);
	mend_sums(mended, len);
	input.data = mended;
	read_all(input);
	require(mkdtemp(path) != NULL);
	top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	require(mkdirat(top, "layer", 0755) == 0);
	require(mkdirat(top, "over", 0755) == 0);
	layer = openat(top, "layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	over = openat(top, "over", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	require(layer >= 0 && over >= 0);
	unpack(input, layer, true);
	unpack(input, over, false);
	check_inside(top);
	fs_remove_tree(AT_FDCWD, path, &err);
	return 0;
}
