/* Facts about sandbox/scope: links of an image stay inside it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "sandbox/scope.h"

static char dir[64];
static int root;

static int make_root(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/varve-scope-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return mkdirat(root, "d", 0755) | mkdirat(root, "d/e", 0755) |
	       symlinkat("/d/e", root, "absolute") |
	       symlinkat("../../d", root, "up") |
	       symlinkat("loop", root, "loop") |
	       symlinkat("/gone/below", root, "d/dangling") |
	       symlinkat("e", root, "d/beside");
}

static int drop_root(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	close(root);
	return fs_remove_tree(AT_FDCWD, dir, &err);
}

static void links_are_followed_inside_the_root(void **state)
{
	static const char *const cases[][2] = {
		{ "/", "." },
		{ "", "." },
		{ "d/e", "d/e" },
		{ "/absolute/x", "d/e/x" },
		{ "/up", "d" },
		{ "/../../d", "d" },
		{ "/d/dangling/x", "gone/below/x" },
		{ "/d/beside", "d/e" },
		{ "/absolute/../q", "q" }, /* cleaned first, as Docker does */
		{ "/new/a/b", "new/a/b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO_FREE char *out = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(scope_resolve(root, cases[i][0], &out, &err),
				 0);
		assert_string_equal(out, cases[i][1]);
	}
}

static void a_circle_of_links_is_an_error(void **state)
{
	AUTO_FREE char *out = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(scope_resolve(root, "/loop/x", &out, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
}

static void directories_are_made_and_a_file_is_in_the_way(void **state)
{
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(scope_mkdirs(root, "n/a/b", &err), 0);
	assert_int_equal(fstatat(root, "n/a/b", &st, 0), 0);
	assert_int_equal(scope_mkdirs(root, "n/a/b", &err), 0);
	assert_int_equal(mknodat(root, "file", S_IFREG | 0644, 0), 0);
	assert_int_equal(scope_mkdirs(root, "file", &err), -1);
	assert_int_equal(err.sys, ENOTDIR);
	assert_int_equal(scope_mkdirs(root, "file/x", &err), -1);
	assert_int_equal(err.sys, ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_followed_inside_the_root),
		cmocka_unit_test(a_circle_of_links_is_an_error),
		cmocka_unit_test(directories_are_made_and_a_file_is_in_the_way),
	};

	return cmocka_run_group_tests(tests, make_root, drop_root);
}
