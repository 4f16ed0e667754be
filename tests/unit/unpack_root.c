/* Knows the directory that tests unpack into, and what lies beside it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "unpack_root.h"

int top = -1, root = -1;
char top_path[64];

int make_root(void **state)
{
	AUTO_FD int fd = -1;

	(void)state;
	strcpy(top_path, "/tmp/varve-unpack-XXXXXX");
	assert_non_null(mkdtemp(top_path));
	top = open(top_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(top, "root", 0755), 0);
	root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(top, "outside", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "safe", 4), 4);
	return root < 0;
}

int drop_root(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	close(root);
	close(top);
	return fs_remove_tree(AT_FDCWD, top_path, &err);
}

int unpack_with(const struct buf *tar, int split, bool layer,
		struct layer_sums *sums, uint64_t *size, struct err *err)
{
	struct tarmake_pipe pipe = { .bytes = tar, .step = 3000 };
	struct unpack_options options = { .layer = layer,
					  .opaque_xattr = OPAQUE_XATTR };
	AUTO(archive_source_free) struct archive_source *source =
		archive_source_pull(tarmake_pull, &pipe, err);
	AUTO(untar_free) struct untar *untar = NULL;

	assert_non_null(source);
	untar = untar_new(source, split);
	if (untar_unpack(untar, root, &options, size, err) < 0)
		return -1;
	return untar_finish(untar, sums, err);
}

struct stat look(const char *name)
{
	struct stat st;

	if (fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		fail_msg("no '%s'", name);
	return st;
}
