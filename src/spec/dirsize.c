/* Knows what Docker counts as the size of a layer's directory. */
#include "spec/dirsize.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <uthash.h>

#include "base/fs.h"

struct counted {
	ino_t ino;
	UT_hash_handle hh;
};

struct count {
	struct counted *links;
	uint64_t size;
};

static void count_one(struct count *count, const struct stat *st)
{
	struct counted *seen = NULL;

	if (st->st_nlink > 1) {
		HASH_FIND(hh, count->links, &st->st_ino, sizeof(st->st_ino),
			  seen);
		if (seen)
			return;
		seen = mem_alloc(sizeof(*seen));
		seen->ino = st->st_ino;
		HASH_ADD(hh, count->links, ino, sizeof(seen->ino), seen);
	}
	count->size += (uint64_t)st->st_size;
}

static int count_visit(void *arg, int dir, const char *name, struct err *err)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "cannot look at '%s'", name);
	if (S_ISDIR(st.st_mode))
		return fs_each(dir, name, count_visit, arg, err);
	count_one(arg, &st);
	return 0;
}

int dir_size(int dir, uint64_t *size, struct err *err)
{
	struct count count = { 0 };
	struct counted *seen, *next;
	int rc = fs_each(dir, ".", count_visit, &count, err);

	HASH_ITER(hh, count.links, seen, next) {
		HASH_DEL(count.links, seen);
		free(seen);
	}
	if (rc == 0)
		*size = count.size;
	return rc;
}
