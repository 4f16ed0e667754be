/* Changes on disk are noticed, in directories old and new, but for those that
 * are skipped. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/fs.h"
#include "tui/watch.h"


static char top[64];
static int dir;

static int make_dir(void **state)
{
	(void)state;
	strcpy(top, "/tmp/varve-watch-XXXXXX");
	assert_non_null(mkdtemp(top));
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int drop_dir(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	close(dir);
	return fs_remove_tree(AT_FDCWD, top, &err);
}

static void touch(const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	close(fd);
}


static void files_at_any_depth_and_in_new_directories(void **state)
{
	struct watch *watch = watch_new();

	(void)state;
	mkdirat(dir, "a", 0700);
	mkdirat(dir, "a/b", 0700);
	watch_tree(watch, top, NULL, 0);
	assert_int_equal(watch_poll(watch), 0);
	touch("a/b/f");
	assert_int_equal(watch_poll(watch), WATCH_SOURCES);
	mkdirat(dir, "new", 0700);
	mkdirat(dir, "new/deep", 0700);
	assert_int_equal(watch_poll(watch), WATCH_SOURCES);
	touch("new/deep/f");
	assert_int_equal(watch_poll(watch), WATCH_SOURCES);
	fchmodat(dir, "a/b/f", 0644, 0);
	assert_int_equal(watch_poll(watch), WATCH_SOURCES);
	unlinkat(dir, "a/b/f", 0);
	assert_int_equal(watch_poll(watch), WATCH_SOURCES);
	assert_int_equal(watch_poll(watch), 0);
	assert_false(watch_incomplete(watch));
	watch_free(watch);
}

static void a_skipped_directory_even_if_it_comes_later(void **state)
{
	AUTO_FREE char *old = mem_printf("%s/old", top);
	AUTO_FREE char *later = mem_printf("%s/later", top);
	const char *const skip[] = { old, NULL, later };
	struct watch *watch = watch_new();

	(void)state;
	mkdirat(dir, "old", 0700);
	watch_tree(watch, top, skip, 3);
	touch("old/f");
	assert_int_equal(watch_poll(watch), 0);
	mkdirat(dir, "later", 0700);
	assert_int_equal(watch_poll(watch), WATCH_SOURCES);
	touch("later/f");
	assert_int_equal(watch_poll(watch), 0);
	watch_free(watch);
}

static void the_store_is_told_from_the_sources(void **state)
{
	AUTO_FREE char *store = mem_printf("%s/store", top);
	struct watch *watch = watch_new();

	(void)state;
	watch_dir(watch, store, WATCH_STORE);
	mkdirat(dir, "store", 0700);
	mkdirat(dir, "store/deep", 0700);
	watch_dir(watch, store, WATCH_STORE);
	watch_dir(watch, store, WATCH_STORE);
	touch("store/f");
	assert_int_equal(watch_poll(watch), WATCH_STORE);
	touch("store/deep/f");
	assert_int_equal(watch_poll(watch), 0);
	watch_free(watch);
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, make_dir, drop_dir)
int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(files_at_any_depth_and_in_new_directories),
		FACT(a_skipped_directory_even_if_it_comes_later),
		FACT(the_store_is_told_from_the_sources),
	};

	return cmocka_run_group_tests_name("tui/watch", tests, NULL, NULL);
}
