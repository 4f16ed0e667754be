/* Facts about contexts that are tars: the daemon's own keys for one that has
 * links in its parents, names twice, and names that try to leave. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/mman.h>

#include "context_tree.h"
#include "spec/layertar.h"

#define BLOCK 512

static void add(struct buf *tar, char type, const char *name,
		const char *content, const char *link)
{
	static const char zeros[BLOCK];
	AUTO_FREE char *own_name = mem_strdup(name);
	AUTO_FREE char *own_link = mem_strdup(link);
	struct tar_entry entry = {
		.name = own_name, .typeflag = type, .linkname = own_link,
		.mode = type == '5' ? 0755 : 0644, .atime_sec = -1,
		.size = content ? (int64_t)strlen(content) : 0,
	};

	tar_header_format(&entry, tar);
	if (!content)
		return;
	buf_adds(tar, content);
	buf_add(tar, zeros, (BLOCK - strlen(content) % BLOCK) % BLOCK);
}

static int try_open(const struct buf *tar, struct tree **out, struct err *err)
{
	AUTO_FD int fd = memfd_create("tar", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fs_write_all(fd, tar->data, tar->len, err), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return context_open_tar(fd, &(struct context_options){
					    .dockerfile = "Dockerfile" },
				out, err);
}

static struct tree *open_tar(struct buf *tar)
{
	static const char end[2 * BLOCK];
	struct err err = ERR_INIT;
	struct tree *tree = NULL;

	buf_add(tar, end, sizeof(end));
	if (try_open(tar, &tree, &err) < 0)
		fail_msg("%s", err.msg);
	return tree;
}

static void make_odd_tar(struct buf *tar)
{
	add(tar, '0', "Dockerfile", "FROM scratch\n", NULL);
	add(tar, '0', ".dockerignore", "Dockerfile\n", NULL);
	add(tar, '5', "d/", NULL, NULL);
	add(tar, '2', "ld", NULL, "/d");
	add(tar, '0', "ld/x", "through", NULL);
	add(tar, '0', "a", "first", NULL);
	add(tar, '0', "a", "second!", NULL);
	add(tar, '0', "ax", "ax", NULL);
	add(tar, '1', "hl", NULL, "a");
	add(tar, '0', "imp/q/r", "r", NULL);
	add(tar, '0', "rd/old", "old", NULL);
	add(tar, '0', "rd/../up", "u", NULL);
	add(tar, '0', "../out", "o", NULL);
	add(tar, '0', "/abs", "abs", NULL);
}

static void the_daemon_s_keys_for_an_odd_tar_are_ours(void **state)
{
	static const char *const cases[][2] = {
		{ "ld/x", "file:ld/x" },
		{ "d", "dir:090a362f33ec1c09317b8b1e9a46b4fd"
			"ac0b1b2458d4ea187d902f7d72dbb5aa" },
		{ "a", "file:7adcff104fd0af9cf7bf586c067ebd2"
			"c6c7056eef30d67a4b93515bf349091ff" },
		{ "hl", "file:111777011111e79a39c1a87ec3be24e"
			"a3d9fb444b614e01a37dc0066bf7c24f2" },
		{ "imp", "dir:cc9d83bc250b34391b13c1250c7edbc1"
			"6fdc450ed6f11d9ce1bc08de5629245d" },
		{ "*x*", "file:899589a066d4441b5ccf3231a678ec9"
			"b067aa7929e519a8d6b603d6ba79f0735" },
		{ "rd", "dir:b55dfd909bde03a7a36eb0def3c5e4db"
			"b5c97082f3d19ea5629af1e551f8bb6f" },
		{ ".", "dir:aa84bfaa3b5bb1f5d8aaa5406ead06e1"
			"1ae7166c1f1ddadb35a94682e0a4e6a1" },
	};
	AUTO(buf_release) struct buf tar = BUF_INIT;
	AUTO(tree_free) struct tree *tree = NULL;

	(void)state;
	make_odd_tar(&tar);
	tree = open_tar(&tar);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		AUTO_FREE char *key = key_of_words(tree, cases[i][0], &err);

		assert_non_null(key);
		assert_string_equal(key, cases[i][1]);
	}
	assert_int_equal(tree->files_read, 0);
}

static void the_last_content_of_a_name_is_on_the_disk(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO(tree_free) struct tree *tree = NULL;
	struct context_stats stats;
	struct err err = ERR_INIT;

	(void)state;
	make_odd_tar(&tar);
	tree = open_tar(&tar);
	assert_int_equal(tree_read(tree, "a", 100, &text, &err), 1);
	assert_int_equal(tree_read(tree, "hl", 100, &text, &err), 1);
	assert_int_equal(tree_read(tree, "ld/x", 100, &text, &err), 1);
	assert_int_equal(tree_read(tree, "up", 100, &text, &err), 1);
	assert_int_equal(tree_read(tree, "out", 100, &text, &err), 1);
	assert_int_equal(tree_read(tree, "Dockerfile", 100, &text, &err), 1);
	assert_string_equal(text.data, "second!second!throughuoFROM scratch\n");
	assert_null(key_of_words(tree, "Dockerfile", &err));
	context_get_stats(tree, &stats);
	assert_int_equal(stats.tar_bytes, tar.len);
	assert_int_equal(context_root_fd(tree), -1);
}

static void a_directory_that_becomes_a_file_loses_its_content(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	AUTO(tree_free) struct tree *tree = NULL;
	const struct node *node;
	struct err err = ERR_INIT;

	(void)state;
	add(&tar, '0', "d/old", "old", NULL);
	add(&tar, '0', "d", "file", NULL);
	add(&tar, '5', "e/", NULL, NULL);
	add(&tar, '0', "e", "file", NULL);
	add(&tar, '0', "f/x/y", "y", NULL);
	add(&tar, '0', "f", "file", NULL);
	add(&tar, '5', "f/", NULL, NULL);
	tree = open_tar(&tar);
	assert_int_equal(tree_find(tree, "d/old", &node, &err), 0);
	assert_int_equal(tree_find(tree, "f/x/y", &node, &err), 0);
	assert_int_equal(tree_find(tree, "f", &node, &err), 1);
	assert_true(S_ISDIR(node->mode));
	assert_int_equal(node->child_count, 0);
	assert_int_equal(tree_find(tree, "", &node, &err), 1);
	assert_int_equal(node->child_count, 3);
}

static void broken_tars_are_refused(void **state)
{
	static const struct {
		char type;
		const char *name, *link;
	} cases[] = {
		{ '1', "hl", "nothing" },
		{ '1', "hl", "d" },
		{ '0', "a/b", NULL },
		{ 'Z', "z", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(buf_release) struct buf tar = BUF_INIT;
		AUTO(tree_free) struct tree *tree = NULL;
		struct err err = ERR_INIT;

		add(&tar, '0', "a", "file", NULL);
		add(&tar, '5', "d/", NULL, NULL);
		add(&tar, cases[i].type, cases[i].name, NULL, cases[i].link);
		assert_int_equal(try_open(&tar, &tree, &err), -1);
	}
}

static void a_name_deeper_than_any_disk_is_refused(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	AUTO(buf_release) struct buf name = BUF_INIT;
	AUTO(tree_free) struct tree *tree = NULL;
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_adds(&name, "a/");
	buf_adds(&name, "b");
	add(&tar, '0', name.data, "x", NULL);
	assert_int_equal(try_open(&tar, &tree, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
}

static void a_tar_that_ends_early_does_no_harm(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	make_odd_tar(&tar);
	for (size_t len = 100; len < tar.len; len += 700) {
		AUTO(tree_free) struct tree *tree = NULL;
		struct buf part = { tar.data, len, 0 };
		struct err err = ERR_INIT;

		/* The end of a block's filling, or of the tar, may lack. */
		if (try_open(&part, &tree, &err) < 0)
			assert_true(err.msg[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_daemon_s_keys_for_an_odd_tar_are_ours),
		cmocka_unit_test(the_last_content_of_a_name_is_on_the_disk),
		cmocka_unit_test(
			a_directory_that_becomes_a_file_loses_its_content),
		cmocka_unit_test(broken_tars_are_refused),
		cmocka_unit_test(a_name_deeper_than_any_disk_is_refused),
		cmocka_unit_test(a_tar_that_ends_early_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
