/* Facts about engine/upper: what an upper directory holds after things were
 * put over an image. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "engine/upper.h"

/* ---- an image in memory ---- */

static struct node nodes[] = {
	{ .path = "", .name = "", .mode = S_IFDIR | 0755 },
	{ .path = "bin", .name = "bin", .mode = S_IFDIR | 0711, .uid = 7,
	  .gid = 8, .mtime = { .tv_sec = 100 } },
	{ .path = "bin/sh", .name = "sh", .mode = S_IFREG | 0755, .size = 3 },
	{ .path = "bin/sub", .name = "sub", .mode = S_IFDIR | 0700,
	  .mtime = { .tv_sec = 50 } },
	{ .path = "lib", .name = "lib", .mode = S_IFLNK | 0777,
	  .link = "bin" },
};

static int fake_find(struct tree *tree, const char *path,
		     const struct node **out, struct err *err)
{
	(void)tree;
	(void)err;
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
		if (strcmp(nodes[i].path, path) == 0) {
			*out = &nodes[i];
			return 1;
		}
	return 0;
}

static const struct tree_ops fake_ops = { .find = fake_find };
static struct tree image = { .ops = &fake_ops, .is_image = true };

static const struct upper_attr dir_attr = { S_IFDIR | 0750, 1, 2, 33 };
static const struct upper_attr file_attr = { S_IFREG | 0644, 1, 2, 44 };

/* "path path/ path!" : directories end in '/', opaque ones in '!'. */
static char *paths_of(const struct upper *upper)
{
	size_t count;
	AUTO_FREE struct upper_node **list = upper_sorted(upper, &count);
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < count; i++)
		buf_addf(&out, "%s%s%s", i ? " " : "", list[i]->path,
			 list[i]->opaque ? "!" :
			 S_ISDIR(list[i]->attr.mode) ? "/" : "");
	return buf_steal(&out);
}

static void assert_paths(const struct upper *upper, const char *expected)
{
	AUTO_FREE char *paths = paths_of(upper);

	assert_string_equal(paths, expected);
}

static struct upper_node *mkdirs(struct upper *upper, const char *path,
				 bool *made)
{
	struct err err = ERR_INIT;
	struct upper_node *node;

	assert_int_equal(upper_mkdirs(upper, path, 5, 6, &node, made, &err),
			 0);
	return node;
}

static struct upper_node *put(struct upper *upper, struct upper_node *dir,
			      const char *name, const struct upper_attr *attr)
{
	struct err err = ERR_INIT;
	struct upper_node *node;

	assert_int_equal(upper_put(upper, dir, name, attr, &node, &err), 0);
	return node;
}

static void existing_parents_are_copied_up_with_what_they_have(void **state)
{
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	struct upper_node *sub;
	bool made;

	(void)state;
	sub = mkdirs(upper, "bin/sub", &made);
	assert_false(made);
	assert_int_equal(sub->attr.mode, S_IFDIR | 0700);
	assert_int_equal(sub->attr.mtime, 50);
	assert_int_equal(sub->parent->attr.uid, 7);
	assert_int_equal(sub->parent->attr.mtime, 100);
	assert_paths(upper, "bin/ bin/sub/");
}

static void missing_parents_are_new_and_touch_the_one_above(void **state)
{
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	struct upper_node *node;
	bool made;

	(void)state;
	node = mkdirs(upper, "bin/x/y", &made);
	assert_true(made);
	assert_int_equal(node->attr.mode, S_IFDIR | 0755);
	assert_int_equal(node->attr.uid, 5);
	assert_int_equal(node->attr.mtime, upper->now);
	assert_int_equal(node->parent->parent->attr.mtime, upper->now);
	assert_int_equal(node->parent->parent->attr.mode, S_IFDIR | 0711);
}

static void a_file_in_the_way_is_docker_s_error(void **state)
{
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	struct err err = ERR_INIT;
	struct upper_node *node;

	(void)state;
	assert_int_equal(upper_mkdirs(upper, "bin/sh/x", 0, 0, &node, NULL,
				      &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(err.msg, "mkdir /bin/sh: not a directory");
}

static void a_directory_merges_with_one_below(void **state)
{
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	struct upper_view view;
	struct err err = ERR_INIT;
	struct upper_node *bin;

	(void)state;
	bin = put(upper, upper->root, "bin", &dir_attr);
	assert_false(bin->opaque);
	assert_int_equal(bin->attr.mode, S_IFDIR | 0750);
	assert_int_equal(upper_look(upper, "bin/sh", &view, &err), 1);
	assert_ptr_equal(view.below, &nodes[2]);
}

static void a_directory_over_a_file_is_opaque(void **state)
{
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	struct upper_node *bin = mkdirs(upper, "bin", NULL);

	(void)state;
	put(upper, bin, "sh", &dir_attr);
	put(upper, upper->root, "lib", &dir_attr);
	assert_paths(upper, "bin/ bin/sh! lib!");
}

static void a_file_over_a_directory_hides_all_of_it(void **state)
{
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	struct upper_view view;
	struct err err = ERR_INIT;

	(void)state;
	mkdirs(upper, "bin/x/y/z", NULL);
	put(upper, upper->root, "bin", &file_attr);
	assert_paths(upper, "bin");
	assert_int_equal(upper_look(upper, "bin/sh", &view, &err), 0);
	/* and a directory in its place starts anew */
	put(upper, upper->root, "bin", &dir_attr);
	assert_paths(upper, "bin!");
	assert_int_equal(upper_look(upper, "bin/sh", &view, &err), 0);
}

static void what_only_this_step_made_leaves_nothing_opaque(void **state)
{
	AUTO(upper_free) struct upper *upper = upper_new(&image);

	(void)state;
	put(upper, upper->root, "new", &file_attr);
	put(upper, upper->root, "new", &dir_attr);
	assert_paths(upper, "new/");
}

static void order_is_that_of_a_tar(void **state)
{
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	struct upper_node *a = mkdirs(upper, "a", NULL);

	(void)state;
	put(upper, upper->root, "a.b", &file_attr);
	put(upper, upper->root, "a-b", &file_attr);
	put(upper, a, "z", &file_attr);
	put(upper, a, "\xff", &file_attr);
	assert_paths(upper, "a/ a/z a/\xff a-b a.b");
}

static void links_share_bytes_until_one_is_replaced(void **state)
{
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	struct upper_node *a, *b;
	struct upper_inode *inode = upper_inode_new();

	(void)state;
	a = put(upper, upper->root, "a", &file_attr);
	b = put(upper, upper->root, "b", &file_attr);
	upper_give(a, inode);
	upper_give(b, inode);
	assert_int_equal(inode->links, 2);
	put(upper, upper->root, "a", &file_attr);
	assert_int_equal(inode->links, 1);
	assert_ptr_equal(b->inode, inode);
}

static void a_link_to_a_file_below_copies_it_up(void **state)
{
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	struct upper_node *node;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(upper_link_target(upper, "bin/sh", &node, &err), 0);
	assert_int_equal(node->inode->size, 3);
	assert_ptr_equal(node->inode->source, &nodes[2]);
	assert_int_equal(node->parent->attr.mtime, 100);
	assert_int_equal(upper_link_target(upper, "none", &node, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			existing_parents_are_copied_up_with_what_they_have),
		cmocka_unit_test(
			missing_parents_are_new_and_touch_the_one_above),
		cmocka_unit_test(a_file_in_the_way_is_docker_s_error),
		cmocka_unit_test(a_directory_merges_with_one_below),
		cmocka_unit_test(a_directory_over_a_file_is_opaque),
		cmocka_unit_test(a_file_over_a_directory_hides_all_of_it),
		cmocka_unit_test(what_only_this_step_made_leaves_nothing_opaque),
		cmocka_unit_test(order_is_that_of_a_tar),
		cmocka_unit_test(links_share_bytes_until_one_is_replaced),
		cmocka_unit_test(a_link_to_a_file_below_copies_it_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
