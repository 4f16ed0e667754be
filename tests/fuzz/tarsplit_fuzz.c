/* Rebuilds a layer from any bytes as tar-split, over a small directory. The
 * bytes are the lines; they are packed here, so that mutations get through. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "spec/gzip.h"
#include "spec/untar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int count(void *arg, const void *bytes, size_t len, struct err *err)
{
	(void)bytes;
	(void)err;
	*(size_t *)arg += len;
	return 0;
}

static void rebuild(int split, int dir)
{
	struct err err = ERR_INIT;
	size_t total = 0;

	if (lseek(split, 0, SEEK_SET) != 0)
		abort();
	tarsplit_rebuild(split, dir, count, &total, &err);
}

static void pack(int split, const uint8_t *data, size_t len)
{
	AUTO(gzip_writer_free) struct gzip_writer *gzip =
		gzip_writer_new(split);
	struct err err = ERR_INIT;

	if (gzip_writer_add(gzip, data, len, &err) < 0 ||
	    gzip_writer_end(gzip, &err) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[] = "/tmp/varve-fuzz-XXXXXX";
	AUTO_FD int packed = memfd_create("packed", MFD_CLOEXEC);
	AUTO_FD int plain = memfd_create("plain", MFD_CLOEXEC);
	AUTO_FD int dir = -1;
	struct err err = ERR_INIT;

	if (!mkdtemp(path))
		abort();
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(dir, "d", 0755) < 0 || symlinkat("d/f", dir, "l") < 0 ||
	    fs_write_atomic(dir, "d/f", "123456789", 9, 0644, false,
			    &err) < 0)
		abort();
	pack(packed, data, len);
	rebuild(packed, dir);
	if (fs_write_all(plain, data, len, &err) < 0)
		abort();
	rebuild(plain, dir);
	fs_remove_tree(AT_FDCWD, path, &err);
	return 0;
}
