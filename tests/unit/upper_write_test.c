/* Facts about engine/upper_write: the layer of the one pass is the layer that
 * packing the directory it wrote would give. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/upper.h"
#include "spec/tarsum.h"

#define OPAQUE "user.overlay.opaque"

static char top[64];
static int top_fd = -1;

static int set_up(void **state)
{
	(void)state;
	strcpy(top, "/var/tmp/varve-upper-XXXXXX");
	assert_non_null(mkdtemp(top));
	top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(top_fd, "diff", 0755), 0);
	return top_fd < 0;
}

static int tear_down(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	close(top_fd);
	return fs_remove_tree(AT_FDCWD, top, &err);
}

/* ---- a source tree whose every file holds its own path and more ---- */

static struct node image_nodes[] = {
	{ .path = "", .name = "", .mode = S_IFDIR | 0755 },
	{ .path = "old", .name = "old", .mode = S_IFREG | 0644 },
	{ .path = "etc", .name = "etc", .mode = S_IFDIR | 0711,
	  .mtime = { .tv_sec = 1000 } },
};
static struct node source = { .path = "src", .name = "src",
			      .mode = S_IFREG | 0644, .size = 700001 };
static struct digest learnt;
static int opened;

static int fake_find(struct tree *tree, const char *path,
		     const struct node **out, struct err *err)
{
	(void)tree;
	(void)err;
	for (size_t i = 0; i < 3; i++)
		if (strcmp(image_nodes[i].path, path) == 0) {
			*out = &image_nodes[i];
			return 1;
		}
	return 0;
}

static int fake_open(struct tree *tree, const struct node *file,
		     struct err *err)
{
	int fd = openat(top_fd, "source", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)tree;
	(void)err;
	opened++;
	assert_true(fd >= 0);
	for (off_t at = 0; at < file->size; at += 7)
		assert_int_equal(pwrite(fd, "abcdefg", file->size - at < 7 ?
					(size_t)(file->size - at) : 7, at),
				 file->size - at < 7 ? file->size - at : 7);
	return fd;
}

static int fake_header(struct tree *tree, const struct node *node,
		       struct buf *out, struct err *err)
{
	(void)tree;
	(void)node;
	(void)err;
	buf_adds(out, "header");
	return 1;
}

static int fake_known(struct tree *tree, const struct node *node,
		      struct digest *out)
{
	(void)tree;
	(void)node;
	(void)out;
	return 0;
}

static void fake_learn(struct tree *tree, const struct node *node,
		       const struct digest *sum)
{
	(void)tree;
	(void)node;
	learnt = *sum;
}

static const struct tree_ops fake_ops = {
	.find = fake_find, .open = fake_open, .sum_header = fake_header,
	.known_sum = fake_known, .learn_sum = fake_learn,
};
static struct tree image = { .ops = &fake_ops, .is_image = true };
static struct tree context = { .ops = &fake_ops };

/* ---- an upper directory with one of each ---- */

static struct upper_node *put(struct upper *upper, struct upper_node *dir,
			      const char *name, mode_t mode)
{
	struct upper_attr attr = { mode, geteuid(), getegid(), 1234567 };
	struct err err = ERR_INIT;
	struct upper_node *node;

	assert_int_equal(upper_put(upper, dir, name, &attr, &node, &err), 0);
	return node;
}

static struct upper_node *put_file(struct upper *upper,
				   struct upper_node *dir, const char *name,
				   mode_t mode)
{
	struct upper_node *node = put(upper, dir, name, S_IFREG | mode);
	struct upper_inode *inode = upper_inode_new();

	inode->tree = &context;
	inode->source = &source;
	inode->size = source.size;
	upper_give(node, inode);
	return node;
}

static void put_staged(struct upper *upper, const char *name)
{
	AUTO_FD int dir = openat(top_fd, "diff", O_RDONLY | O_CLOEXEC);
	struct err err = ERR_INIT;
	AUTO_FD int fd = upper_stage(upper, dir, &err);
	struct upper_node *node = put(upper, upper->root, name,
				      S_IFREG | 0600);
	struct upper_inode *inode = upper_inode_new();

	assert_int_equal(write(fd, "staged", 6), 6);
	inode->staged = upper->staged;
	inode->size = 6;
	upper_give(node, inode);
}

static void put_all(struct upper *upper)
{
	struct err err = ERR_INIT;
	struct upper_node *dir, *first, *other;

	assert_int_equal(upper_mkdirs(upper, "etc/new", geteuid(), getegid(),
				      &dir, NULL, &err), 0);
	dir->parent->attr.uid = geteuid();
	dir->parent->attr.gid = getegid();
	first = put_file(upper, dir, "file", 04755);
	other = put(upper, dir, "another", S_IFREG | 04755);
	upper_give(other, first->inode);
	put(upper, upper->root, "old", S_IFDIR | 01777);
	put(upper, upper->root, "fifo", S_IFIFO | 0640);
	put(upper, upper->root, "link", S_IFLNK | 0777)->link =
		mem_strdup("../anywhere");
	put_staged(upper, "staged");
	put_staged(upper, "replaced");
	put(upper, upper->root, "replaced", S_IFDIR | 0700);
}

static void write_all(struct layer_sums *sums, uint64_t *size)
{
	AUTO_FD int dir = openat(top_fd, "diff", O_RDONLY | O_CLOEXEC);
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	AUTO(layer_writer_free) struct layer_writer *writer =
		layer_writer_new(NULL, NULL, -1);
	struct upper_target target = { .diff_fd = dir, .opaque_xattr = OPAQUE,
				       .writer = writer };
	struct err err = ERR_INIT;

	put_all(upper);
	if (upper_write(upper, &target, size, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(upper_unstage(upper, dir, &err), 0);
	assert_int_equal(layer_writer_finish(writer, sums, &err), 0);
}

static void one_pass_gives_the_layer_of_the_directory(void **state)
{
	AUTO_FD int dir = openat(top_fd, "diff", O_RDONLY | O_CLOEXEC);
	AUTO(layer_writer_free) struct layer_writer *writer =
		layer_writer_new(NULL, NULL, -1);
	struct layer_sums sums, again;
	struct err err = ERR_INIT;
	uint64_t size, size_again;

	(void)state;
	write_all(&sums, &size);
	if (layer_writer_upper(writer, dir, OPAQUE, &size_again, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(layer_writer_finish(writer, &again, &err), 0);
	assert_string_equal(sums.diff_id.text, again.diff_id.text);
	assert_int_equal(sums.tar_size, again.tar_size);
	assert_int_equal(size, size_again);
	assert_int_equal(size, source.size + 6 + strlen("../anywhere"));
}

static void a_source_is_read_once_and_its_sum_learnt(void **state)
{
	AUTO(sha256_free) struct sha256 *sha = sha256_new();
	struct layer_sums sums;
	struct digest expected;
	uint64_t size;

	(void)state;
	sha256_add(sha, "header", 6);
	for (off_t at = 0; at < source.size; at += 7)
		sha256_add(sha, "abcdefg", source.size - at < 7 ?
			   (size_t)(source.size - at) : 7);
	sha256_end(sha, &expected);
	opened = 0;
	write_all(&sums, &size);
	assert_int_equal(opened, 1);
	assert_string_equal(learnt.text, expected.text);
}

static void what_is_on_disk_is_what_was_planned(void **state)
{
	struct layer_sums sums;
	struct stat st, other;
	uint64_t size;
	char value[2];

	(void)state;
	write_all(&sums, &size);
	assert_int_equal(fstatat(top_fd, "diff/etc/new/file", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 04755);
	assert_int_equal(st.st_mtim.tv_sec, 1234567);
	assert_int_equal(st.st_mtim.tv_nsec, 0);
	assert_int_equal(fstatat(top_fd, "diff/etc/new/another", &other, 0), 0);
	assert_int_equal(st.st_ino, other.st_ino);
	assert_int_equal(fstatat(top_fd, "diff/old", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 01777);
	assert_int_equal(st.st_mtim.tv_sec, 1234567);
	assert_int_equal(fchdir(top_fd), 0);
	assert_int_equal(getxattr("diff/old", OPAQUE, value, 2), 1);
	assert_int_equal(getxattr("diff/etc", OPAQUE, value, 2), -1);
	assert_int_equal(fstatat(top_fd, "diff/etc", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0711);
	assert_int_equal(chdir("/"), 0);
}

static void a_source_that_shrinks_is_an_error(void **state)
{
	AUTO_FD int dir = openat(top_fd, "diff", O_RDONLY | O_CLOEXEC);
	AUTO(upper_free) struct upper *upper = upper_new(&image);
	AUTO(layer_writer_free) struct layer_writer *writer =
		layer_writer_new(NULL, NULL, -1);
	struct upper_target target = { .diff_fd = dir, .opaque_xattr = OPAQUE,
				       .writer = writer };
	struct err err = ERR_INIT;
	struct upper_node *node;
	uint64_t size;

	(void)state;
	node = put_file(upper, upper->root, "x", 0644);
	node->inode->size += 1;
	assert_int_equal(upper_write(upper, &target, &size, &err), -1);
	assert_non_null(strstr(err.msg, "became shorter"));
}

int main(void)
{
#define FACT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		FACT(one_pass_gives_the_layer_of_the_directory),
		FACT(a_source_is_read_once_and_its_sum_learnt),
		FACT(what_is_on_disk_is_what_was_planned),
		FACT(a_source_that_shrinks_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
