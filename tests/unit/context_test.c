/* Facts about context: what is sent, what is cached, what is never read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "context/ignore.h"
#include "context_tree.h"

static const struct node *get(struct tree *tree, const char *path)
{
	struct err err = ERR_INIT;
	const struct node *node = NULL;

	if (tree_find(tree, path, &node, &err) != 1)
		fail_msg("'%s' is not there", path);
	return node;
}

static bool has(struct tree *tree, const char *path)
{
	struct err err = ERR_INIT;
	const struct node *node;

	return tree_find(tree, path, &node, &err) == 1;
}

static void add_names(struct tree *tree, const struct node *dir,
		      struct buf *out)
{
	const struct node *const *children;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(tree_list(tree, dir, &children, &count, &err), 0);
	for (size_t i = 0; i < count; i++) {
		buf_addf(out, "%s%s ", children[i]->path,
			 children[i]->implied ? "?" : "");
		if (S_ISDIR(children[i]->mode))
			add_names(tree, children[i], out);
	}
}

static void assert_names(struct tree *tree, const char *want)
{
	AUTO(buf_release) struct buf names = BUF_INIT;

	buf_adds(&names, "");
	add_names(tree, get(tree, ""), &names);
	assert_string_equal(names.data, want);
}

static void the_walk_is_depth_first_in_byte_order(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;

	(void)state;
	put(&place, "a/x", "");
	put(&place, "a-b", "");
	put(&place, "B", "");
	put(&place, "\xc3\xa9", "");
	put(&place, "z/y/x", "");
	tree = open_place(&place, &(struct context_options){ 0 });
	assert_names(tree, "B a a/x a-b z z/y z/y/x \xc3\xa9 ");
	assert_int_equal(get(tree, "a/x")->uid, 0);
	assert_int_equal(get(tree, "a/x")->mode, 0100644);
	assert_ptr_equal(get(tree, "z/y/x")->parent, get(tree, "z/y"));
	assert_false(has(tree, "a/x/y"));
	assert_false(has(tree, "nope"));
}

static void ignored_files_are_not_there(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	struct context_stats stats;

	(void)state;
	put(&place, ".dockerignore", "*\n!d/e\nd/e/skip\n");
	put(&place, "Dockerfile", "FROM x\n");
	put(&place, "a", "");
	put(&place, "d/e/f", "");
	put(&place, "d/e/skip", "");
	put(&place, "d/g", "");
	tree = open_place(&place, &(struct context_options){
					  .dockerfile = "Dockerfile" });
	assert_names(tree, "d? d/e d/e/f ");
	assert_int_equal(get(tree, "d")->mode, S_IFDIR | 0755);
	context_get_stats(tree, &stats);
	assert_int_equal(stats.ignored, 3);
	assert_int_equal(ignore_match(context_ignore(tree), "a").line, 1);
}

static void ignored_build_files_are_found_but_not_listed(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	put(&place, ".dockerignore", "Dockerfile\nsub\n");
	put(&place, "Dockerfile", "FROM x\n");
	put(&place, "sub/D", "FROM y\n");
	put(&place, "sub/x", "");
	tree = open_place(&place, &(struct context_options){
					  .dockerfile = "sub/D" });
	assert_names(tree, ".dockerignore sub? ");
	assert_int_equal(tree_read(tree, "sub/D", 100, &text, &err), 1);
	assert_string_equal(text.data, "FROM y\n");
	assert_null(key_of_words(tree, "sub/D", &err));
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void a_second_name_of_an_inode_is_a_link_without_content(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	struct err err = ERR_INIT;
	struct digest sum;
	AUTO_FREE char *key = NULL;

	(void)state;
	put(&place, "zz", "hello\n");
	assert_int_equal(linkat(place.fd, "zz", place.fd, "a.txt", 0), 0);
	assert_int_equal(linkat(place.fd, "zz", place.fd, "0skip", 0), 0);
	put(&place, ".dockerignore", "0*\n");
	tree = open_place(&place, &(struct context_options){ 0 });
	assert_null(get(tree, "a.txt")->hardlink);
	assert_ptr_equal(get(tree, "zz")->hardlink, get(tree, "a.txt"));
	key = key_of_words(tree, "a.txt", &err);
	assert_string_equal(key, "file:679c43c79a56cffbb3b002bda3050542c152a2f0"
				 "9757a0f1a9578871f7cda00d");
	tree->files_read = 0;
	assert_int_equal(tree_sum(tree, get(tree, "zz"), &sum, &err), 1);
	assert_int_equal(tree->files_read, 0);
}

static void sockets_are_not_sent(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	put(&place, "a", "");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/sock",
		 place.path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      sizeof(address)), 0);
	tree = open_place(&place, &(struct context_options){ 0 });
	assert_names(tree, "a ");
}

static void what_cannot_be_read_is_named(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO_FREE char *want = NULL;
	struct context_options options = { 0 };
	struct err err = ERR_INIT;
	struct tree *tree = NULL;

	(void)state;
	put(&place, "a", "");
	put(&place, "d/b", "");
	assert_int_equal(fchmodat(place.fd, "d/b", 0, 0), 0);
	assert_int_equal(fchmodat(AT_FDCWD, place.path, 0755, 0), 0);
	if (geteuid() == 0 && seteuid(65534) != 0)
		skip();
	assert_int_equal(context_open_dir(place.path, &options, &tree, &err),
			 -1);
	want = mem_printf("error checking context: no permission to read from "
			  "'%s/d/b'", place.path);
	assert_string_equal(err.msg, want);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(fchmodat(place.fd, "d", 0700, 0), 0);
	if (getuid() == 0 && seteuid(65534) == 0) {
		free(want);
		assert_int_equal(context_open_dir(place.path, &options, &tree,
						  &err), -1);
		want = mem_printf("error checking context: can't stat '%s/d'",
				  place.path);
		assert_string_equal(err.msg, want);
		assert_int_equal(seteuid(0), 0);
	}
}

static void a_context_must_be_a_directory(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO_FREE char *file = mem_printf("%s/a", place.path);
	AUTO_FREE char *want = mem_printf("unable to prepare context: context "
					  "must be a directory: %s", file);
	struct context_options options = { 0 };
	struct err err = ERR_INIT;
	struct tree *tree = NULL;

	(void)state;
	put(&place, "a", "");
	assert_int_equal(context_open_dir("/no/such", &options, &tree, &err),
			 -1);
	assert_string_equal(err.msg, "unable to prepare context: path "
				     "\"/no/such\" not found");
	assert_int_equal(context_open_dir(file, &options, &tree, &err), -1);
	assert_string_equal(err.msg, want);
}

static void modes_go_without_type_bits_for_newer_clients(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	struct context_options options = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	put(&place, "empty", "");
	for (int i = 0; i < 2; i++) {
		AUTO(tree_free) struct tree *tree = NULL;
		AUTO(buf_release) struct buf header = BUF_INIT;

		options.no_type_bits = i;
		tree = open_place(&place, &options);
		assert_int_equal(tree->ops->sum_header(
			tree, get(tree, "empty"), &header, &err), 1);
		assert_string_equal(header.data, i
			? "nameemptymode420uid0gid0size0typeflag0linknameuname"
			  "gnamedevmajor0devminor0"
			: "nameemptymode33188uid0gid0size0typeflag0linkname"
			  "unamegnamedevmajor0devminor0");
	}
}

/* Waits until the clock of file times is past now, so that what was written
 * before is not of the instant of the next walk. */
static void wait_for_tick(void)
{
	struct timespec start, now;

	clock_gettime(CLOCK_REALTIME, &start);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec < start.tv_sec || (now.tv_sec == start.tv_sec &&
					     now.tv_nsec <= start.tv_nsec));
}

struct cached {
	struct place context, cache;
	struct context_options options;
};

static struct cached cached_make(void)
{
	struct cached c = { .context = place_make(), .cache = place_make() };

	put(&c.context, "a.txt", "hello\n");
	put(&c.context, "d/b", "world\n");
	put(&c.context, "empty", "");
	assert_int_equal(symlinkat("a.txt", c.context.fd, "link"), 0);
	wait_for_tick();
	return c;
}

static void cached_drop(struct cached *c)
{
	place_drop(&c->context);
	place_drop(&c->cache);
}
AUTO_DEFINE_IN_PLACE(struct cached, cached_drop)

/* One planning: the key of all, and how many files were opened for it. */
static char *plan_all(struct cached *c, size_t *reads)
{
	AUTO(tree_free) struct tree *tree = NULL;
	struct err err = ERR_INIT;
	char *key;

	c->options.cache_dir = c->cache.path;
	tree = open_place(&c->context, &c->options);
	key = key_of_words(tree, ".", &err);
	assert_non_null(key);
	*reads = tree->files_read;
	context_save_cache(tree);
	return key;
}

static void an_unchanged_file_is_never_read_again(void **state)
{
	AUTO(cached_drop) struct cached c = cached_make();
	size_t reads;
	AUTO_FREE char *first = plan_all(&c, &reads);
	AUTO_FREE char *second = NULL;

	(void)state;
	assert_int_equal(reads, 2);
	second = plan_all(&c, &reads);
	assert_int_equal(reads, 0);
	assert_string_equal(first, second);
}

static void a_touched_file_is_read_and_gives_the_same_key(void **state)
{
	AUTO(cached_drop) struct cached c = cached_make();
	size_t reads;
	AUTO_FREE char *first = plan_all(&c, &reads);
	AUTO_FREE char *second = NULL;

	(void)state;
	assert_int_equal(utimensat(c.context.fd, "a.txt", NULL, 0), 0);
	second = plan_all(&c, &reads);
	assert_int_equal(reads, 1);
	assert_string_equal(first, second);
}

static void a_change_of_the_same_size_and_mtime_is_seen(void **state)
{
	const struct timespec times[2] = { { 5, 7 }, { 5, 7 } };
	AUTO(cached_drop) struct cached c = cached_make();
	AUTO_FREE char *first = NULL;
	AUTO_FREE char *second = NULL;
	size_t reads;

	(void)state;
	assert_int_equal(utimensat(c.context.fd, "a.txt", times, 0), 0);
	wait_for_tick();
	first = plan_all(&c, &reads);
	put(&c.context, "a.txt", "HELLO\n");
	assert_int_equal(utimensat(c.context.fd, "a.txt", times, 0), 0);
	second = plan_all(&c, &reads);
	assert_int_equal(reads, 1);
	assert_string_not_equal(first, second);
}

static void a_file_written_at_the_instant_of_the_walk_is_not_believed(
	void **state)
{
	AUTO(cached_drop) struct cached c = cached_make();
	size_t reads;

	(void)state;
	for (int i = 0; i < 2; i++) {
		put(&c.context, "a.txt", i ? "a\n" : "b\n");
		put(&c.context, "d/b", i ? "a\n" : "b\n");
		free(plan_all(&c, &reads));
		assert_int_equal(reads, 2);
	}
}

static void a_mode_that_changes_changes_the_key(void **state)
{
	AUTO(cached_drop) struct cached c = cached_make();
	size_t reads;
	AUTO_FREE char *first = plan_all(&c, &reads);
	AUTO_FREE char *second = NULL;

	(void)state;
	assert_int_equal(fchmodat(c.context.fd, "d", 0700, 0), 0);
	second = plan_all(&c, &reads);
	assert_int_equal(reads, 0);
	assert_string_not_equal(first, second);
}

static void a_renamed_file_is_read_under_its_new_name(void **state)
{
	AUTO(cached_drop) struct cached c = cached_make();
	size_t reads;
	AUTO_FREE char *first = plan_all(&c, &reads);
	AUTO_FREE char *second = NULL;

	(void)state;
	assert_int_equal(renameat(c.context.fd, "d/b", c.context.fd, "d/c"), 0);
	second = plan_all(&c, &reads);
	assert_int_equal(reads, 1);
	assert_string_not_equal(first, second);
}

static void a_link_that_is_first_no_more_keeps_no_sum(void **state)
{
	AUTO(cached_drop) struct cached c = cached_make();
	AUTO_FREE char *first = NULL;
	AUTO_FREE char *second = NULL;
	size_t reads;

	(void)state;
	put(&c.context, ".dockerignore", "0*\n.dockerignore\n");
	assert_int_equal(linkat(c.context.fd, "a.txt", c.context.fd, "0", 0),
			 0);
	wait_for_tick();
	first = plan_all(&c, &reads);
	put(&c.context, ".dockerignore", ".dockerignore\n");
	second = plan_all(&c, &reads);
	assert_int_equal(reads, 1); /* 0, which was not there before */
	assert_string_not_equal(first, second);
}

static void spoil(const struct cached *c, size_t at, bool cut)
{
	AUTO(strv_release) struct strv names = { 0 };
	struct err err = ERR_INIT;
	struct stat st;
	char byte;
	AUTO_FD int fd = -1;

	assert_int_equal(fs_list(c->cache.fd, ".", &names, &err), 0);
	assert_int_equal(names.count, 1);
	fd = openat(c->cache.fd, names.items[0], O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	at %= (size_t)st.st_size;
	if (cut) {
		assert_int_equal(ftruncate(fd, (off_t)at), 0);
		return;
	}
	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= 0x55;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

static void a_spoiled_cache_is_no_cache(void **state)
{
	AUTO(cached_drop) struct cached c = cached_make();
	size_t reads;
	AUTO_FREE char *first = plan_all(&c, &reads);

	(void)state;
	for (size_t at = 0; at < 700; at += 13) {
		AUTO_FREE char *key = NULL;

		spoil(&c, at, at % 2);
		key = plan_all(&c, &reads);
		assert_int_equal(reads, 2);
		assert_string_equal(key, first);
	}
}

static void grow(const struct place *place, const char *name, off_t size)
{
	AUTO_FD int fd = openat(place->fd, name, O_WRONLY);

	assert_int_equal(ftruncate(fd, size), 0);
}

static void the_client_s_tar_has_the_length_that_is_told(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	struct context_stats stats;
	char name[160];

	(void)state;
	put(&place, "Dockerfile", "FROM x\n");
	put(&place, "d/empty", "");
	put(&place, "d/513", "");
	grow(&place, "d/513", 513);
	tree = open_place(&place, &(struct context_options){ 0 });
	context_get_stats(tree, &stats);
	/* four headers, one block, two blocks, two at the end */
	assert_int_equal(stats.tar_bytes, (4 + 1 + 2 + 2) * 512);
	assert_int_equal(stats.files, 3);
	assert_int_equal(stats.dirs, 1);
	assert_int_equal(stats.bytes, 520);
	tree_free(STEAL(tree));
	memset(name, 'n', 120);
	name[120] = '\0';
	put(&place, name, "");
	tree = open_place(&place, &(struct context_options){ 0 });
	context_get_stats(tree, &stats);
	/* a name that fits nowhere else goes into two blocks of PAX */
	assert_int_equal(stats.tar_bytes, (4 + 1 + 2 + 2 + 3) * 512);
}

static void a_foreign_dockerfile_changes_dockerignore(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	put(&place, ".dockerignore", "x");
	tree = open_place(&place, &(struct context_options){
					  .extra_ignore = ".dockerfile.1" });
	assert_int_equal(tree_read(tree, ".dockerignore", 100, &text, &err),
			 1);
	assert_string_equal(text.data, "x\n.dockerfile.1\n");
	assert_int_equal(get(tree, ".dockerignore")->size, text.len);
}

static void a_foreign_dockerfile_makes_the_tar_as_long_as_docker_s(void **state)
{
	/* Both were measured with a real client; the tar has no end. */
	static const char *const name = ".dockerfile.0123456789abcdef0123";
	static const struct {
		const char *ignore;
		uint64_t bytes;
	} cases[] = { { NULL, 2607 }, { "x\n", 2582 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		AUTO(place_drop) struct place place = place_make();
		AUTO(tree_free) struct tree *tree = NULL;
		struct context_stats stats;

		put(&place, "a", "hi\n");
		if (cases[i].ignore)
			put(&place, ".dockerignore", cases[i].ignore);
		tree = open_place(&place, &(struct context_options){
						  .extra_ignore = name });
		context_add_dockerfile(tree, 22);
		context_get_stats(tree, &stats);
		assert_int_equal(stats.tar_bytes, cases[i].bytes);
	}
}

static void a_directory_that_becomes_a_link_leads_nowhere_else(void **state)
{
	AUTO(place_drop) struct place outside = place_make();
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	struct err err = ERR_INIT;
	AUTO_FD int fd = -1;

	(void)state;
	put(&place, "d/secret", "mine");
	put(&outside, "secret", "another's");
	tree = open_place(&place, &(struct context_options){ 0 });
	assert_int_equal(fs_remove_tree(place.fd, "d", &err), 0);
	assert_int_equal(symlinkat(outside.path, place.fd, "d"), 0);
	fd = tree_open(tree, get(tree, "d/secret"), &err);
	assert_int_equal(fd, -1);
	assert_int_equal(err.sys, ENOENT);
}

static void another_dockerignore_is_imagined_and_no_sum_made_twice(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	AUTO(tree_free) struct tree *other = NULL;
	AUTO(tree_free) struct tree *none = NULL;
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	struct digest sum, again;

	(void)state;
	put(&place, "a", "aaa");
	put(&place, "b", "bbb");
	put(&place, "c/d", "ddd");
	tree = open_place(&place, &(struct context_options){
				  .dockerfile = "Dockerfile" });
	assert_null(context_ignore_text(tree));
	assert_int_equal(tree_sum(tree, get(tree, "b"), &sum, &err), 1);
	assert_int_equal(context_open_ignoring(tree, "a\nc\n", &other, &err),
			 0);
	assert_names(other, ".dockerignore b ");
	assert_int_equal(tree_sum(other, get(other, "b"), &again, &err), 1);
	assert_string_equal(again.text, sum.text);
	assert_int_equal(other->files_read, 0);
	assert_int_equal(tree_read(other, ".dockerignore", 100, &text, &err),
			 1);
	assert_string_equal(text.data, "a\nc\n");
	assert_int_equal(context_open_ignoring(other, ".dockerignore", &none,
					       &err), 0);
	assert_names(none, "a b c c/d ");
	assert_string_equal(context_ignore_text(none), ".dockerignore");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_walk_is_depth_first_in_byte_order),
		cmocka_unit_test(ignored_files_are_not_there),
		cmocka_unit_test(ignored_build_files_are_found_but_not_listed),
		cmocka_unit_test(
			a_second_name_of_an_inode_is_a_link_without_content),
		cmocka_unit_test(sockets_are_not_sent),
		cmocka_unit_test(
			a_directory_that_becomes_a_link_leads_nowhere_else),
		cmocka_unit_test(what_cannot_be_read_is_named),
		cmocka_unit_test(a_context_must_be_a_directory),
		cmocka_unit_test(modes_go_without_type_bits_for_newer_clients),
		cmocka_unit_test(an_unchanged_file_is_never_read_again),
		cmocka_unit_test(a_touched_file_is_read_and_gives_the_same_key),
		cmocka_unit_test(a_change_of_the_same_size_and_mtime_is_seen),
		cmocka_unit_test(
			a_file_written_at_the_instant_of_the_walk_is_not_believed),
		cmocka_unit_test(a_mode_that_changes_changes_the_key),
		cmocka_unit_test(a_renamed_file_is_read_under_its_new_name),
		cmocka_unit_test(a_link_that_is_first_no_more_keeps_no_sum),
		cmocka_unit_test(a_spoiled_cache_is_no_cache),
		cmocka_unit_test(the_client_s_tar_has_the_length_that_is_told),
		cmocka_unit_test(a_foreign_dockerfile_changes_dockerignore),
		cmocka_unit_test(
			another_dockerignore_is_imagined_and_no_sum_made_twice),
		cmocka_unit_test(
			a_foreign_dockerfile_makes_the_tar_as_long_as_docker_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
