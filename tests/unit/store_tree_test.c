/* Facts about store/rootfs: what layers show together. The layers are made as
 * overlay2 holds them: whiteouts are 0:0 devices, opaque is an attribute. */
#include "store_help.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "spec/layertar.h"

static struct store *store;
static struct tree *tree;
static struct digest chain;

static int set_up_tree(void **state)
{
	if (set_up(state) != 0)
		return -1;
	store = open_store(STORE_WRITE);
	chain = (struct digest){ "" };
	tree = NULL;
	return 0;
}

static int tear_down_tree(void **state)
{
	tree_free(tree);
	store_free(store);
	return tear_down(state);
}

static void layer(const char *script)
{
	struct digest below = chain;

	chain = add_layer(store, &below, script);
}

static void open_tree(void)
{
	struct err err = ERR_INIT;

	if (store_tree(store, &chain, &tree, &err) < 0)
		fail_msg("%s", err.msg);
}

/* Device nodes need a privilege that not every tester has. */
static void need_whiteouts(void)
{
	AUTO_FREE char *path = mem_printf("%s/probe", top);

	if (mknod(path, S_IFCHR, makedev(0, 0)) < 0)
		skip();
}

static const struct node *must_find(const char *path)
{
	const struct node *node = NULL;
	struct err err = ERR_INIT;

	if (tree_find(tree, path, &node, &err) != 1)
		fail_msg("no '%s'", path);
	assert_string_equal(node->path, path);
	return node;
}

static bool is_there(const char *path)
{
	const struct node *node;
	struct err err = ERR_INIT;
	int found = tree_find(tree, path, &node, &err);

	assert_true(found >= 0);
	return found;
}

static char *names_in(const char *path)
{
	AUTO(strv_release) struct strv names = { 0 };
	const struct node *const *children;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(tree_list(tree, must_find(path), &children, &count,
				   &err), 0);
	for (size_t i = 0; i < count; i++)
		strv_add(&names, children[i]->name);
	return strv_join(&names, " ");
}

static void expect_names(const char *path, const char *want)
{
	AUTO_FREE char *names = names_in(path);

	assert_string_equal(names, want);
}

static void expect_text(const char *path, const char *want)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(tree_read(tree, path, 4096, &text, &err), 1);
	assert_string_equal(text.data, want);
}

static void no_layers_are_an_empty_root(void **state)
{
	(void)state;
	open_tree();
	expect_names("", "");
	assert_true(S_ISDIR(must_find("")->mode));
	assert_true(tree->is_image);
	assert_false(is_there("etc"));
}

static void directories_of_all_layers_are_one(void **state)
{
	(void)state;
	layer("mkdir -p d/sub && echo 1 >d/a && echo 1 >d/b && echo 1 >top");
	layer("mkdir d && echo 2 >d/b && echo 2 >d/c");
	layer("mkdir -m 700 d && echo 3 >d/0");
	open_tree();
	expect_names("d", "0 a b c sub");
	expect_names("", "d top");
	expect_text("d/a", "1\n");
	expect_text("d/b", "2\n");
	assert_int_equal(must_find("d")->mode & 07777, 0700);
	assert_ptr_equal(must_find("d/a")->parent, must_find("d"));
	assert_string_equal(must_find("d/sub")->name, "sub");
}

static void whiteout_hides_what_is_below_it(void **state)
{
	(void)state;
	need_whiteouts();
	layer("mkdir d && echo 1 >d/a && echo 1 >d/b && echo 1 >f");
	layer("mkdir d && mknod d/a c 0 0 && mknod f c 0 0");
	layer("mkdir d && echo 3 >d/a");
	open_tree();
	expect_text("d/a", "3\n");
	assert_false(is_there("f"));
	expect_names("", "d");
	expect_names("d", "a b");
}

static void whiteout_of_a_directory_hides_all_in_it(void **state)
{
	(void)state;
	need_whiteouts();
	layer("mkdir -p d/e && echo 1 >d/e/f");
	layer("mknod d c 0 0");
	layer("mkdir d && echo 3 >d/new");
	open_tree();
	assert_false(is_there("d/e/f"));
	assert_false(is_there("d/e"));
	expect_names("d", "new");
}

static void make_opaque(const char *name)
{
	char command[256];
	const char *xattr = store_opaque_xattr(store);

	snprintf(command, sizeof(command), "mkdir -p '%s' && python3 -c "
		 "'import os; os.setxattr(\"%s\", \"%s\", b\"y\")' && "
		 "echo o >'%s/o'", name, name, xattr, name);
	layer(command);
}

static void opaque_directory_hides_what_is_below_it(void **state)
{
	(void)state;
	layer("mkdir -p d/e && echo 1 >d/a && echo 1 >d/e/a");
	make_opaque("d");
	layer("mkdir -p d/e && echo 3 >d/e/b");
	open_tree();
	expect_names("d", "e o");
	expect_names("d/e", "b");
	assert_false(is_there("d/a"));
}

static void opaque_root_hides_all_layers_below(void **state)
{
	(void)state;
	layer("echo 1 >a");
	make_opaque(".");
	open_tree();
	expect_names("", "o");
	assert_false(is_there("a"));
}

static void file_over_directory_and_directory_over_file(void **state)
{
	(void)state;
	layer("mkdir x && echo 1 >x/in && echo 1 >y");
	layer("echo 2 >x && mkdir y && echo 2 >y/in");
	open_tree();
	expect_text("x", "2\n");
	assert_false(is_there("x/in"));
	expect_text("y/in", "2\n");
	layer("mkdir x && echo 3 >x/new");
	tree_free(tree);
	open_tree();
	expect_names("x", "new");
}

static void link_over_directory_is_a_link(void **state)
{
	const struct node *node;
	AUTO_FREE char *resolved = NULL;
	struct err err = ERR_INIT;

	(void)state;
	layer("mkdir -p real/sub old/sub && echo 1 >old/in && echo 1 >real/x");
	layer("ln -s /real old");
	open_tree();
	assert_string_equal(must_find("old")->link, "/real");
	assert_false(is_there("old/in"));
	assert_false(is_there("old/x"));
	assert_int_equal(tree_resolve(tree, "old/x", true, &resolved, &node,
				      &err), 1);
	assert_string_equal(resolved, "real/x");
}

static void attributes_are_those_of_the_highest_layer(void **state)
{
	const struct node *node;

	(void)state;
	layer("echo 1 >f && chmod 644 f && mkfifo p");
	layer("printf 22222 >f && chmod 4711 f && touch -d @77 f");
	open_tree();
	node = must_find("f");
	assert_int_equal(node->mode, S_IFREG | 04711);
	assert_int_equal(node->size, 5);
	assert_int_equal(node->mtime.tv_sec, 77);
	assert_true(S_ISFIFO(must_find("p")->mode));
}

static void hard_links_know_their_first_name(void **state)
{
	(void)state;
	layer("echo 1 >a && ln a b && echo 1 >c");
	open_tree();
	expect_names("", "a b c");
	assert_null(must_find("a")->hardlink);
	assert_ptr_equal(must_find("b")->hardlink, must_find("a"));
	assert_null(must_find("c")->hardlink);
}

/* classic-builder.md 3.5 */
static void sum_is_that_of_a_file_with_real_owner_and_names(void **state)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct digest sum, want;
	struct err err = ERR_INIT;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	(void)state;
	layer("mkdir d && printf 'hello\\n' >d/a && chmod 644 d/a && "
	      "ln d/a d/b");
	open_tree();
	expect_names("d", "a b");
	buf_addf(&text, "named/bmode33188uid%ugid%usize6typeflag0linkname"
		 "uname%sgname%sdevmajor0devminor0hello\n", uid, gid,
		 layertar_user_name(uid), layertar_group_name(gid));
	digest_make(text.data, text.len, &want);
	assert_int_equal(tree_sum(tree, must_find("d/b"), &sum, &err), 1);
	assert_string_equal(sum.text, want.text);
	buf_clear(&text);
	buf_addf(&text, "named/mode16877uid%ugid%usize0typeflag5linkname"
		 "uname%sgname%sdevmajor0devminor0", uid, gid,
		 layertar_user_name(uid), layertar_group_name(gid));
	digest_make(text.data, text.len, &want);
	assert_int_equal(tree_sum(tree, must_find("d"), &sum, &err), 1);
	assert_string_equal(sum.text, want.text);
}

static void sum_is_read_once(void **state)
{
	struct digest sum;
	struct err err = ERR_INIT;

	(void)state;
	layer("echo 1 >a");
	open_tree();
	assert_int_equal(tree_sum(tree, must_find("a"), &sum, &err), 1);
	assert_int_equal(tree_sum(tree, must_find("a"), &sum, &err), 1);
	assert_int_equal(tree->files_read, 1);
}

static void capability_is_part_of_the_sum(void **state)
{
	AUTO(buf_release) struct buf value = BUF_INIT, header = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	if (geteuid() != 0)
		skip();
	layer("echo 1 >a && python3 -c 'import os; os.setxattr(\"a\", "
	      "\"security.capability\", b\"\\1\\0\\0\\2\" + 16 * b\"\\1\")'");
	open_tree();
	assert_int_equal(tree_capability(tree, must_find("a"), &value, &err),
			 1);
	assert_int_equal(value.len, 20);
	assert_int_equal(tree->ops->sum_header(tree, must_find("a"), &header,
					       &err), 1);
	assert_non_null(memmem(header.data, header.len, "security.capability",
			       19));
}

static void paths_that_leave_or_pass_through_files_find_nothing(void **state)
{
	(void)state;
	layer("mkdir d && echo 1 >d/a");
	open_tree();
	assert_false(is_there("d/a/b"));
	assert_false(is_there("../etc"));
	assert_false(is_there("d/../d"));
	assert_false(is_there("d/./a"));
	assert_false(is_there("d//a"));
	assert_false(is_there("d/a/"));
}

static void hundred_and_twenty_five_layers_are_the_most(void **state)
{
	AUTO(layer_draft_free) struct layer_draft *draft = NULL;
	AUTO(strv_release) struct strv lowers = { 0 };
	struct err err = ERR_INIT;
	struct digest diff, above;

	(void)state;
	for (int i = 1; i <= 125; i++) {
		char script[64];

		snprintf(script, sizeof(script), "mkdir d && echo %d >d/f%d",
			 i, i);
		layer(script);
	}
	open_tree();
	expect_text("d/f1", "1\n");
	expect_text("d/f125", "125\n");
	assert_false(is_there("d/f126"));
	assert_int_equal(store_lower_paths(store, &chain, &lowers, &err), 0);
	assert_int_equal(lowers.count, 125);
	digest_make("x", 1, &diff);
	assert_int_equal(store_draft(store, &chain, &draft, &err), 0);
	assert_int_equal(layer_draft_commit(draft, &diff, 0, &above, &err),
			 -1);
	assert_string_equal(err.msg, "max depth exceeded");
}

static void tree_outlives_its_store(void **state)
{
	(void)state;
	layer("mkdir d && echo 1 >d/a");
	open_tree();
	store_free(store);
	store = NULL;
	expect_text("d/a", "1\n");
}

static int note_change(void *arg, const struct layer_file *file,
		       struct err *err)
{
	static const char marks[] = "+~-";

	(void)err;
	buf_addf(arg, "%c%s ", marks[file->change], file->path);
	return 0;
}

static void layer_tells_what_it_adds_changes_and_removes(void **state)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	const struct layer *top_layer;
	struct err err = ERR_INIT;

	(void)state;
	need_whiteouts();
	layer("mkdir -p d/e o x && echo 1 >d/a && echo 1 >f && echo 1 >o/1 "
	      "&& echo 1 >o/2 && echo 1 >x/y");
	layer("mkdir -p d/new o && mknod d/a c 0 0 && mknod none c 0 0 && "
	      "echo 2 >d/new/n && echo 2 >f && echo 2 >o/2 && echo 2 >x && "
	      "python3 -c 'import os\nfor k in \"trusted\", \"user\":\n"
	      " try: os.setxattr(\"o\", k + \".overlay.opaque\", b\"y\")\n"
	      " except OSError: pass'");
	assert_int_equal(store_layer(store, &chain, &top_layer, &err), 1);
	assert_int_equal(store_layer_changes(store, top_layer, note_change,
					     &text, &err), 0);
	assert_string_equal(text.data, "~d -d/a +d/new +d/new/n ~f ~o ~o/2 "
			    "-o/1 ~x ");
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, set_up_tree, tear_down_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(no_layers_are_an_empty_root),
		FACT(directories_of_all_layers_are_one),
		FACT(whiteout_hides_what_is_below_it),
		FACT(whiteout_of_a_directory_hides_all_in_it),
		FACT(opaque_directory_hides_what_is_below_it),
		FACT(opaque_root_hides_all_layers_below),
		FACT(file_over_directory_and_directory_over_file),
		FACT(link_over_directory_is_a_link),
		FACT(attributes_are_those_of_the_highest_layer),
		FACT(hard_links_know_their_first_name),
		FACT(sum_is_that_of_a_file_with_real_owner_and_names),
		FACT(sum_is_read_once),
		FACT(capability_is_part_of_the_sum),
		FACT(paths_that_leave_or_pass_through_files_find_nothing),
		FACT(hundred_and_twenty_five_layers_are_the_most),
		FACT(tree_outlives_its_store),
		FACT(layer_tells_what_it_adds_changes_and_removes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
