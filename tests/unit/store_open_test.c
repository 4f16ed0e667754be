/* Facts about store/store: what a fresh root looks like, whose a root is, who
 * may write, and that reading leaves no trace. */
#include "store_help.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static mode_t mode_of(const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/%s", root, name);
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void fresh_store_has_docker_s_tree_and_modes(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
	} want[] = {
		{ "", 0710 },
		{ "image", 0700 },
		{ "image/overlay2", 0700 },
		{ "image/overlay2/repositories.json", 0600 },
		{ "image/overlay2/imagedb/content/sha256", 0700 },
		{ "image/overlay2/imagedb/metadata/sha256", 0700 },
		{ "image/overlay2/layerdb", 0700 },
		{ "image/overlay2/layerdb/sha256", 0755 },
		{ "image/overlay2/distribution", 0700 },
		{ "overlay2", 0710 },
		{ "overlay2/l", 0700 },
		{ "varve", 0700 },
	};
	AUTO(store_free) struct store *store = NULL;
	AUTO_FREE char *text = NULL;

	(void)state;
	umask(077);
	store = open_store(STORE_WRITE);
	umask(022);
	assert_true(store_is_ours(store));
	assert_true(store_private_fd(store) >= 0);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		assert_int_equal(mode_of(want[i].name), want[i].mode);
	text = slurp("image/overlay2/repositories.json");
	assert_string_equal(text, "{\"Repositories\":{}}");
	free(text);
	text = slurp("varve/format");
	assert_string_equal(text, "1\n");
}

static void reading_nothing_gives_an_empty_store(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	struct image *image;
	struct err err = ERR_INIT;

	(void)state;
	store = open_store(STORE_READ);
	assert_int_equal(count_images(store), 0);
	assert_int_equal(store_find(store, "alpine", &image, &err), 0);
	assert_false(store_is_ours(store));
	assert_int_equal(store_private_fd(store), -1);
	assert_false(exists("."));
	assert_string_equal(store_root(store), root);
}

static void root_of_another_maker_is_not_written(void **state)
{
	struct err err;

	(void)state;
	shell("mkdir -p root/image/overlay2");
	assert_int_equal(open_fails(STORE_WRITE, &err), ERR_DENIED);
	assert_non_null(strstr(err.msg, root));
	assert_false(exists("varve"));
	store_free(open_store(STORE_READ));
}

static void empty_root_and_half_made_root_are_completed(void **state)
{
	(void)state;
	shell("mkdir -p root/lost+found");
	store_free(open_store(STORE_WRITE));
	shell("rm -rf root && mkdir -p root/varve && touch root/varve/lock");
	store_free(open_store(STORE_WRITE));
	shell("rm -rf root/image root/varve/tmp root/overlay2");
	store_free(open_store(STORE_WRITE));
	assert_true(exists("image/overlay2/repositories.json"));
}

static void root_of_a_later_varve_is_read_with_a_warning(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	struct err err;

	(void)state;
	store_free(open_store(STORE_WRITE));
	shell("echo 2 >root/varve/format");
	assert_int_equal(open_fails(STORE_WRITE, &err), ERR_UNSUPPORTED);
	store = open_store(STORE_READ);
	assert_int_equal(store_warnings(store)->count, 1);
	assert_false(store_is_ours(store));
}

static void second_writer_is_refused_and_readers_are_not(void **state)
{
	AUTO(store_free) struct store *writer = NULL, *reader = NULL;
	struct err err;

	(void)state;
	writer = open_store(STORE_WRITE);
	assert_int_equal(open_fails(STORE_WRITE, &err), ERR_CONFLICT);
	assert_non_null(strstr(err.msg, "another varve is writing to"));
	reader = open_store(STORE_READ);
	store_free(writer);
	writer = NULL;
	store_free(open_store(STORE_WRITE));
}

static void root_with_a_live_dockerd_is_not_written(void **state)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD int fd = -1;
	struct err err;

	(void)state;
	store_free(open_store(STORE_WRITE));
	shell("mkdir root/volumes && touch root/volumes/metadata.db");
	path = mem_printf("%s/volumes/metadata.db", root);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(open_fails(STORE_WRITE, &err), ERR_CONFLICT);
	assert_non_null(strstr(err.msg, "docker daemon"));
	store_free(open_store(STORE_READ));
	flock(fd, LOCK_UN);
	store_free(open_store(STORE_WRITE));
}

static void store_opened_for_reading_writes_nothing(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO(layer_draft_free) struct layer_draft *draft = NULL;
	struct removal removal = { 0 };
	struct err err = ERR_INIT;
	struct digest id;

	(void)state;
	store = open_store(STORE_WRITE);
	id = add_image(store, NULL, "echo a >a", "base");
	assert_int_equal(store_tag(store, "x:1", &id, NULL, &err), 0);
	store_free(store);
	store = open_store(STORE_READ);
	assert_int_equal(store_put_image(store, "{}", 2, NULL, &id, &err), -1);
	assert_int_equal(err.kind, ERR_DENIED);
	assert_int_equal(store_tag(store, "x:2", &id, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_DENIED);
	assert_int_equal(store_draft(store, NULL, &draft, &err), -1);
	assert_int_equal(err.kind, ERR_DENIED);
	assert_int_equal(store_remove(store, "x:1", false, false, &removal,
				      &err), -1);
	assert_int_equal(err.kind, ERR_DENIED);
}

/* Everything in the root with its times; find itself touches directories. */
static char *snapshot(void)
{
	AUTO_FREE char *path = mem_printf("%s/snapshot", top);
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	shell("(find root -printf '%%p %%m %%s %%T+\\n' && "
	      "find root ! -type d -printf '%%p %%A+ %%C+\\n') | sort >snapshot");
	assert_int_equal(fs_read(AT_FDCWD, path, 1 << 20, &text, &err), 1);
	return buf_steal(&text);
}

static void read_everything(void)
{
	AUTO(store_free) struct store *store = open_store(STORE_READ);
	AUTO(tree_free) struct tree *tree = NULL;
	const struct node *const *children;
	const struct node *node;
	struct image *image = NULL;
	struct err err = ERR_INIT;
	struct digest chain, sum;
	size_t count;

	assert_int_equal(count_images(store), 1);
	assert_int_equal(store_find(store, "x:1", &image, &err), 1);
	chain = chain_of(store, &image->id);
	assert_int_equal(store_tree(store, &chain, &tree, &err), 0);
	assert_int_equal(tree_find(tree, "d", &node, &err), 1);
	assert_int_equal(tree_list(tree, node, &children, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(tree_sum(tree, children[0], &sum, &err), 1);
}

static time_t access_of(const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/%s", root, name);
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_atime;
}

static void reading_changes_not_even_an_access_time(void **state)
{
	AUTO_FREE char *before = NULL, *after = NULL;
	struct store *store = open_store(STORE_WRITE);
	struct err err = ERR_INIT;
	struct digest id;

	(void)state;
	id = add_image(store, NULL, "mkdir d && echo a >d/a", "base");
	assert_int_equal(store_tag(store, "x:1", &id, NULL, &err), 0);
	store_free(store);
	/* With relatime an old access time is renewed by any read. */
	shell("find root -depth -exec touch -h -a -d @1 {} +");
	before = snapshot();
	shell("find root -depth -type d -exec touch -h -a -d @1 {} +");
	read_everything();
	assert_int_equal(access_of("."), 1);
	assert_int_equal(access_of("overlay2"), 1);
	assert_int_equal(access_of("image/overlay2/imagedb/content/sha256"),
			 1);
	shell("find root -depth -type d -exec touch -h -a -d @1 {} +");
	after = snapshot();
	/* touch changed directories alone. */
	assert_string_equal(before, after);
}

static void other_storage_driver_is_said(void **state)
{
	AUTO(store_free) struct store *store = NULL;

	(void)state;
	shell("mkdir -p root/image/btrfs");
	store = open_store(STORE_READ);
	assert_int_equal(count_images(store), 0);
	assert_non_null(strstr(store_warnings(store)->items[0], "btrfs"));
}

static void default_root_follows_the_environment(void **state)
{
	AUTO_FREE char *path = NULL;

	(void)state;
	setenv("VARVE_ROOT", "/some/where", 1);
	path = store_default_root();
	assert_string_equal(path, "/some/where");
	unsetenv("VARVE_ROOT");
	free(path);
	path = store_default_root();
	if (geteuid() == 0)
		assert_string_equal(path, "/var/lib/varve");
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(fresh_store_has_docker_s_tree_and_modes),
		FACT(reading_nothing_gives_an_empty_store),
		FACT(root_of_another_maker_is_not_written),
		FACT(empty_root_and_half_made_root_are_completed),
		FACT(root_of_a_later_varve_is_read_with_a_warning),
		FACT(second_writer_is_refused_and_readers_are_not),
		FACT(root_with_a_live_dockerd_is_not_written),
		FACT(store_opened_for_reading_writes_nothing),
		FACT(reading_changes_not_even_an_access_time),
		FACT(other_storage_driver_is_said),
		FACT(default_root_follows_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
