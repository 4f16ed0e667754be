/* Facts about base/fs: cleaning, whole writes, roots that cannot be left. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"

static char dir_path[64];
static int dir = -1;

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir_path, "/tmp/varve-fs-XXXXXX");
	assert_non_null(mkdtemp(dir_path));
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int drop_dir(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	close(dir);
	return fs_remove_tree(AT_FDCWD, dir_path, &err);
}

static void clean_path_is_lexical_as_in_go(void **state)
{
	static const char *const cases[][2] = {
		{ "", "." },		{ "a//b/./c", "a/b/c" },
		{ "a/../b", "b" },	{ "../../a", "../../a" },
		{ "/../a", "/a" },	{ "a/..", "." },
		{ "/", "/" },		{ "a/b/../../../c", "../c" },
		{ "./x/", "x" },	{ "//a//", "/a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *clean = fs_clean_path(cases[i][0]);

		assert_string_equal(clean, cases[i][1]);
		free(clean);
	}
}

static void atomic_write_replaces_and_leaves_no_temporary(void **state)
{
	AUTO(strv_release) struct strv names = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(fs_write_atomic(dir, "f", "one", 3, 0600, true, &err),
			 0);
	assert_int_equal(fs_write_atomic(dir, "f", "two", 3, 0600, false, &err),
			 0);
	assert_int_equal(fs_read(dir, "f", 10, &text, &err), 1);
	assert_string_equal(text.data, "two");
	assert_int_equal(fs_list(dir, ".", &names, &err), 0);
	assert_int_equal(names.count, 1);
}

static void read_over_the_limit_is_bad_input(void **state)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(fs_write_atomic(dir, "f", "four", 4, 0600, false, &err),
			 0);
	assert_int_equal(fs_read(dir, "f", 3, &text, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_int_equal(fs_read(dir, "absent", 3, &text, &err), 0);
}

static void root_cannot_be_left_by_links_or_dots(void **state)
{
	struct err err = ERR_INIT;
	char text[8] = "";
	int fd;

	(void)state;
	assert_int_equal(fs_mkdir_p(dir, "root/etc", 0755, &err), 0);
	assert_int_equal(fs_write_atomic(dir, "root/etc/p", "in", 2, 0600,
					 false, &err), 0);
	assert_int_equal(symlinkat("/etc/p", dir, "root/abs"), 0);
	assert_int_equal(symlinkat("../../../../etc/p", dir, "root/up"), 0);
	int root = openat(dir, "root", O_RDONLY | O_DIRECTORY);
	const char *const names[] = { "abs", "up", "../etc/p", "/etc/p" };

	for (size_t i = 0; i < 4; i++) {
		fd = fs_open_in_root(root, names[i], O_RDONLY, &err);
		assert_true(fd >= 0);
		assert_int_equal(read(fd, text, sizeof(text)), 2);
		assert_string_equal(text, "in");
		close(fd);
	}
	assert_int_equal(fs_open_in_root(root, "etc/q", O_RDONLY, &err), -1);
	assert_int_equal(err.sys, ENOENT);
	close(root);
}

static void remove_tree_takes_everything_but_follows_nothing(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(fs_mkdir_p(dir, "t/a/b", 0755, &err), 0);
	assert_int_equal(fs_write_atomic(dir, "keep", "k", 1, 0600, false, &err),
			 0);
	assert_int_equal(symlinkat("../keep", dir, "t/link"), 0);
	assert_int_equal(fs_remove_tree(dir, "t", &err), 0);
	assert_int_equal(fs_remove_tree(dir, "t", &err), 0);
	assert_int_equal(faccessat(dir, "t", F_OK, 0), -1);
	assert_int_equal(faccessat(dir, "keep", F_OK, 0), 0);
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, make_dir, drop_dir)
static void limit_descriptors(rlim_t count, struct rlimit *was)
{
	struct rlimit few;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, was), 0);
	few = *was;
	few.rlim_cur = count;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
}

/* What a RUN can leave: no path reaches its end. */
static void remove_tree_takes_trees_deeper_than_descriptors_and_paths(
	void **state)
{
	struct err err = ERR_INIT;
	struct rlimit was;
	int at = dup(dir), removed;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		int below;

		assert_int_equal(mkdirat(at, "deep", 0755), 0);
		assert_int_equal(mkdirat(at, "more", 0755), 0);
		below = openat(at, "deep", O_RDONLY | O_DIRECTORY);
		close(at);
		at = below;
	}
	close(at);
	limit_descriptors(64, &was);
	removed = fs_remove_tree(dir, "deep", &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(removed, 0);
	assert_int_equal(faccessat(dir, "deep", F_OK, 0), -1);
}

static pid_t start_renames(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	while (pid == 0)
		if (renameat(dir, "here", dir, "there") < 0 &&
		    renameat(dir, "there", dir, "here") < 0)
			_exit(1);
	return pid;
}

/* The kernel cannot tell whether ".." was meant and says EAGAIN. */
static void renames_elsewhere_do_not_hinder_opening_in_a_root(void **state)
{
	struct err err = ERR_INIT;
	int fd = openat(dir, "here", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	pid_t pid;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(mkdirat(dir, "x", 0755), 0);
	pid = start_renames();
	for (int i = 0; fd >= 0 && i < 50000; i++) {
		close(fd);
		fd = fs_open_in_root(dir, "x/../x/..", O_PATH, &err);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (fd < 0)
		fail_msg("%s", err.msg);
	close(fd);
}

static void a_replaced_file_keeps_its_mode_and_its_links(void **state)
{
	char place[] = "/tmp/fs_test-XXXXXX";
	AUTO_FREE char *file = NULL;
	AUTO_FREE char *link_name = NULL;
	AUTO(buf_release) struct buf got = BUF_INIT;
	AUTO(strv_release) struct strv names = { 0 };
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(place));
	file = mem_printf("%s/file", place);
	link_name = mem_printf("%s/link", place);
	assert_int_equal(fs_replace(file, "old", 3, &err), 0);
	assert_int_equal(chmod(file, 0604), 0);
	assert_int_equal(symlink("file", link_name), 0);
	assert_int_equal(fs_replace(link_name, "new", 3, &err), 0);
	assert_int_equal(lstat(link_name, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(fs_read(AT_FDCWD, file, 10, &got, &err), 1);
	assert_string_equal(got.data, "new");
	/* No backup and nothing temporary is left. */
	assert_int_equal(fs_list(AT_FDCWD, place, &names, &err), 0);
	assert_int_equal(names.count, 2);
	unlink(file);
	assert_int_equal(fs_replace(link_name, "x", 1, &err), -1);
	assert_int_equal(fs_remove_tree(AT_FDCWD, place, &err), 0);
}

/* In a process of its own, which is nobody where this one is root. */
static int replace_as_nobody(const char *file)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct err err = ERR_INIT;

		if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
			_exit(9);
		_exit(fs_replace(file, "new", 3, &err) == 0 ? 0 :
		      err.sys == EACCES ? 1 : 2);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_file_that_may_not_be_written_is_not_replaced(void **state)
{
	char place[] = "/tmp/fs_test-XXXXXX";
	AUTO_FREE char *file = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(place));
	assert_int_equal(chmod(place, 0777), 0);
	file = mem_printf("%s/file", place);
	assert_int_equal(fs_replace(file, "old", 3, &err), 0);
	assert_int_equal(chmod(file, 0444), 0);
	assert_int_equal(replace_as_nobody(file), 1);
	assert_int_equal(fs_remove_tree(AT_FDCWD, place, &err), 0);
}

static void a_replaced_file_keeps_its_owner(void **state)
{
	char place[] = "/tmp/fs_test-XXXXXX";
	AUTO_FREE char *file = NULL;
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(place));
	file = mem_printf("%s/file", place);
	assert_int_equal(fs_replace(file, "old", 3, &err), 0);
	assert_int_equal(chown(file, 12345, 23456), 0);
	assert_int_equal(fs_replace(file, "new", 3, &err), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_uid, 12345);
	assert_int_equal(st.st_gid, 23456);
	assert_int_equal(fs_remove_tree(AT_FDCWD, place, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(clean_path_is_lexical_as_in_go),
		FACT(atomic_write_replaces_and_leaves_no_temporary),
		FACT(a_replaced_file_keeps_its_mode_and_its_links),
		FACT(a_replaced_file_keeps_its_owner),
		FACT(a_file_that_may_not_be_written_is_not_replaced),
		FACT(read_over_the_limit_is_bad_input),
		FACT(root_cannot_be_left_by_links_or_dots),
		FACT(renames_elsewhere_do_not_hinder_opening_in_a_root),
		FACT(remove_tree_takes_everything_but_follows_nothing),
		FACT(remove_tree_takes_trees_deeper_than_descriptors_and_paths),
	};

	return cmocka_run_group_tests_name("base/fs", tests, NULL, NULL);
}
