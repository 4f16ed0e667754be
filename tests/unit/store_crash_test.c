/* Facts about store/draft and store/recover: a writer that is killed at any
 * call, a machine that crashed. */
#include "store_help.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/fsck.h"

/*
 * These stand before libc's: the one at which the fuse burns down kills the
 * process instead of being done.
 */
static int fuse = -1;

static void burn(void)
{
	if (fuse > 0 && --fuse == 0)
		kill(getpid(), SIGKILL);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	burn();
	return (int)syscall(SYS_mkdirat, dir, path, mode);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	burn();
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

int symlinkat(const char *target, int dir, const char *path)
{
	burn();
	return (int)syscall(SYS_symlinkat, target, dir, path);
}

int unlinkat(int dir, const char *path, int flags)
{
	burn();
	return (int)syscall(SYS_unlinkat, dir, path, flags);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	burn();
	return syscall(SYS_write, fd, bytes, len);
}

int fsync(int fd)
{
	(void)fd;
	burn();
	return 0; /* no test pulls the plug */
}

/* ---- killed ---- */

static void work_on(struct store *store)
{
	struct digest a, b;
	struct removal removal = { 0 };
	struct err err = ERR_INIT;

	a = add_image(store, NULL, "mkdir d && echo a >d/a", "a");
	b = add_image(store, &a, "mkdir d && echo b >d/b", "b");
	store_tag(store, "x:1", &b, NULL, &err);
	b = add_image(store, &b, NULL, "c");
	store_tag(store, "x:1", &b, NULL, &err);
	b = add_image(store, &a, "echo e >e", "e");
	store_tag(store, "y:1", &b, NULL, &err);
	store_remove(store, "y:1", false, false, &removal, &err);
	store_remove(store, "x:1", false, false, &removal, &err);
	strv_release(&removal.lines);
}

/* Whether the child was killed at call number n. */
static bool dies_at(int n)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct store *store;
		struct err err = ERR_INIT;

		fuse = n;
		if (store_open(root, STORE_WRITE, &store, &err) < 0)
			_exit(1);
		work_on(store);
		store_free(store);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		return true;
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static void expect_whole(int n)
{
	AUTO(store_free) struct store *store = open_store(STORE_READ);
	AUTO(strv_release) struct strv problems = { 0 };
	struct fsck_options options = { .layers = true };
	struct err err = ERR_INIT;

	if (store_fsck(store, &options, &problems, &err) != 0)
		fail_msg("after call %d: %s", n, problems.count ?
			 problems.items[0] : err.msg);
}

static size_t entries_in(const char *name)
{
	AUTO(strv_release) struct strv names = { 0 };
	AUTO_FREE char *path = mem_printf("%s/%s", root, name);
	struct err err = ERR_INIT;

	assert_int_equal(fs_list(AT_FDCWD, path, &names, &err), 0);
	return names.count;
}

static void expect_nothing_left(void)
{
	size_t layers = entries_in("image/overlay2/layerdb/sha256");

	assert_int_equal(entries_in("varve/drafts"), 0);
	assert_int_equal(entries_in("varve/tmp"), 0);
	assert_int_equal(entries_in("overlay2"), layers + 1);
	assert_int_equal(entries_in("overlay2/l"), layers);
}

static void writer_killed_at_any_call_leaves_a_whole_store(void **state)
{
	int n = 1;

	(void)state;
	for (; dies_at(n); n++) {
		if (!exists("image/overlay2/repositories.json"))
			continue; /* killed before there was a store */
		expect_whole(n);
		store_free(open_store(STORE_WRITE));
		expect_whole(n);
		expect_nothing_left();
		shell("rm -rf root");
	}
	assert_true(n > 60);
	expect_nothing_left();
}

static void many_kills_in_the_same_store_leave_it_whole(void **state)
{
	(void)state;
	for (int n = 1; dies_at(n); n += 3)
		if (exists("image/overlay2/repositories.json"))
			expect_whole(n);
	store_free(open_store(STORE_WRITE));
	expect_whole(0);
	expect_nothing_left();
}

/* ---- a failure ---- */

static void draft_that_is_dropped_leaves_nothing(void **state)
{
	struct store *store = open_store(STORE_WRITE);
	struct layer_draft *draft;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(store_draft(store, NULL, &draft, &err), 0);
	shell("mkdir '%s/d' '%s/work'", layer_draft_diff_path(draft),
	      layer_draft_work_path(draft));
	layer_draft_free(draft);
	store_free(store);
	expect_nothing_left();
}

static void same_layer_twice_is_one(void **state)
{
	struct store *store = open_store(STORE_WRITE);
	static const char script[] = "echo x >x && touch -d @1 x";
	struct digest a = add_layer(store, NULL, script);
	struct digest b = add_layer(store, NULL, script);

	(void)state;
	assert_true(digest_equal(&a, &b));
	store_free(store);
	expect_nothing_left();
	assert_int_equal(entries_in("overlay2/l"), 1);
}

static void layers_lie_on_disk_as_docker_lays_them(void **state)
{
	struct store *store = open_store(STORE_WRITE);
	struct digest a = add_layer(store, NULL, "echo a >a");
	struct digest b = add_layer(store, &a, "echo bb >b");
	AUTO_FREE char *cache_a = NULL, *cache_b = NULL, *link_a = NULL;
	AUTO_FREE char *lower = NULL, *size = NULL, *parent = NULL;
	AUTO_FREE char *want = NULL;

	(void)state;
	store_free(store);
	cache_a = slurp("image/overlay2/layerdb/sha256/%s/cache-id",
			hex_of(&a));
	cache_b = slurp("image/overlay2/layerdb/sha256/%s/cache-id",
			hex_of(&b));
	link_a = slurp("overlay2/%s/link", cache_a);
	lower = slurp("overlay2/%s/lower", cache_b);
	size = slurp("image/overlay2/layerdb/sha256/%s/size", hex_of(&b));
	parent = slurp("image/overlay2/layerdb/sha256/%s/parent", hex_of(&b));
	want = mem_printf("l/%s", link_a);
	assert_int_equal(strlen(cache_a), 64);
	assert_int_equal(strlen(link_a), 26);
	assert_string_equal(lower, want);
	assert_string_equal(size, "3");
	assert_string_equal(parent, a.text);
	assert_false(exists("overlay2/%s/lower", cache_a));
	assert_false(exists("overlay2/%s/work", cache_a));
	assert_true(exists("overlay2/%s/work", cache_b));
	assert_true(exists("overlay2/%s/committed", cache_a));
	shell("test $(stat -c %%a root/overlay2/%s) = 710 && "
	      "test $(stat -c %%a root/overlay2/%s/diff) = 755 && "
	      "test $(stat -c %%a root/overlay2/%s/work) = 700 && "
	      "test $(stat -c %%a root/overlay2/%s/link) = 644 && "
	      "test $(stat -c %%a root/overlay2/%s/committed) = 600 && "
	      "test $(readlink root/overlay2/l/%s) = ../%s/diff",
	      cache_b, cache_b, cache_b, cache_b, cache_b, link_a, cache_a);
}

/* ---- a crash of the machine ---- */

static struct digest old_image, torn_layer, torn_image, fine_image;

/* One image from before the mark, then three from after it. */
static void make_store_and_crash(void)
{
	struct store *store = open_store(STORE_WRITE);
	struct err err = ERR_INIT;

	old_image = add_image(store, NULL, "echo o >o", "old");
	torn_layer = add_image(store, &old_image, "echo l >l", "layer");
	torn_image = add_image(store, &old_image, "echo i >i", "image");
	fine_image = add_image(store, &old_image, "echo f >f", "fine");
	assert_int_equal(store_tag(store, "fine:1", &fine_image, NULL, &err),
			 0);
	store_free(store);
	assert_true(exists("varve/dirty"));
	shell("echo other-boot 1 >root/varve/dirty");
}

static char *cache_of(const struct digest *id)
{
	AUTO(store_free) struct store *store = open_store(STORE_READ);
	struct digest chain = chain_of(store, id);

	return slurp("image/overlay2/layerdb/sha256/%s/cache-id",
		     hex_of(&chain));
}

static void torn_layers_and_images_are_moved_away_after_a_crash(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO_FREE char *cache = NULL;

	(void)state;
	make_store_and_crash();
	cache = cache_of(&torn_layer);
	shell(": >root/overlay2/%s/diff/l", cache);
	shell(": >root/image/overlay2/imagedb/content/sha256/%s",
	      hex_of(&torn_image));
	store = open_store(STORE_WRITE);
	/* The layer, its image, and the image whose configuration is torn. */
	assert_int_equal(store_warnings(store)->count, 3);
	assert_int_equal(count_images(store), 2);
	assert_int_equal(get_image(store, &old_image)->child_count, 1);
	assert_int_equal(get_image(store, &fine_image)->tags.count, 1);
	assert_true(exists("varve/broken/overlay-%s", cache));
	assert_false(exists("overlay2/%s", cache));
	assert_false(exists("varve/dirty"));
	expect_whole(0);
}

static void torn_link_and_lower_are_noticed_after_a_crash(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO_FREE char *one = NULL, *two = NULL;

	(void)state;
	make_store_and_crash();
	one = cache_of(&torn_layer);
	two = cache_of(&torn_image);
	shell(": >root/overlay2/%s/link", one);
	shell(": >root/overlay2/%s/lower", two);
	store = open_store(STORE_WRITE);
	assert_int_equal(count_images(store), 2);
	expect_whole(0);
}

static void what_stands_on_a_torn_layer_goes_with_it(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO_FREE char *cache = NULL;

	(void)state;
	make_store_and_crash();
	cache = cache_of(&old_image);
	shell("rm root/overlay2/%s/diff/o", cache);
	store = open_store(STORE_WRITE);
	assert_int_equal(count_images(store), 0);
	assert_int_equal(entries_in("image/overlay2/layerdb/sha256"), 0);
	assert_int_equal(entries_in("overlay2"), 1);
}

static void older_things_are_not_read_again_after_a_crash(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO_FREE char *cache = NULL;

	(void)state;
	make_store_and_crash();
	cache = cache_of(&torn_layer);
	shell(": >root/overlay2/%s/diff/l", cache);
	shell("echo other-boot $(($(date +%%s) + 100)) >root/varve/dirty");
	/* A mark from the future covers everything: the clock went back. */
	store = open_store(STORE_WRITE);
	assert_int_equal(count_images(store), 3);
	store_free(store);
	store = NULL;
	free(cache);
	cache = cache_of(&fine_image);
	shell(": >root/overlay2/%s/diff/f", cache);
	/* Until what was made is older than the mark. */
	shell("sleep 2; echo other-boot $(date +%%s) >root/varve/dirty");
	store = open_store(STORE_WRITE);
	assert_int_equal(count_images(store), 3);
}

static void mark_of_this_boot_is_taken_away_once_synced(void **state)
{
	struct store *store = open_store(STORE_WRITE);
	AUTO_FREE char *mark = NULL;

	(void)state;
	assert_false(exists("varve/dirty"));
	add_image(store, NULL, "echo o >o", "old");
	assert_true(exists("varve/dirty"));
	store_free(store);
	mark = slurp("varve/dirty");
	store_free(open_store(STORE_WRITE));
	assert_true(exists("varve/dirty"));
	shell("echo $(cat /proc/sys/kernel/random/boot_id) "
	      "$(($(date +%%s) - 100)) >root/varve/dirty");
	store_free(open_store(STORE_WRITE));
	assert_false(exists("varve/dirty"));
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(writer_killed_at_any_call_leaves_a_whole_store),
		FACT(many_kills_in_the_same_store_leave_it_whole),
		FACT(draft_that_is_dropped_leaves_nothing),
		FACT(same_layer_twice_is_one),
		FACT(layers_lie_on_disk_as_docker_lays_them),
		FACT(torn_layers_and_images_are_moved_away_after_a_crash),
		FACT(torn_link_and_lower_are_noticed_after_a_crash),
		FACT(what_stands_on_a_torn_layer_goes_with_it),
		FACT(older_things_are_not_read_again_after_a_crash),
		FACT(mark_of_this_boot_is_taken_away_once_synced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
