/* Facts about the way back: what was unpacked makes its tar again, by
 * tar-split. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "spec/tarblock.h"
#include "tarmake.h"
#include "unpack_root.h"

static int keep(void *arg, const void *bytes, size_t len, struct err *err)
{
	(void)err;
	buf_add(arg, bytes, len);
	return 0;
}

static void assert_comes_back(const struct buf *tar)
{
	AUTO(buf_release) struct buf back = BUF_INIT;
	AUTO_FD int split = tarmake_fd("", 0);
	struct layer_sums sums;
	struct err err = ERR_INIT;
	struct digest want;
	uint64_t size;

	if (unpack_with(tar, split, true, &sums, &size, &err) < 0)
		fail_msg("%s", err.msg);
	digest_make(tar->data, tar->len, &want);
	assert_string_equal(sums.diff_id.text, want.text);
	assert_int_equal(sums.tar_size, tar->len);
	assert_int_equal(lseek(split, 0, SEEK_SET), 0);
	if (tarsplit_rebuild(split, root, keep, &back, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(back.len, tar->len);
	assert_memory_equal(back.data, tar->data, tar->len);
}

static void any_tar_comes_back_byte_for_byte(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, pax = BUF_INIT;
	char name[151];

	(void)state;
	memset(name, 'n', 150);
	name[150] = '\0';
	tarmake_special(&tar, 'g', "14 comment=ab\n", 14);
	tarmake_dir(&tar, "./");
	tarmake_file(&tar, "./a", "hello");
	tarmake_special(&tar, 'L', name, 151);
	tarmake_file(&tar, "short", "x");
	tarmake_record(&pax, "path", "latin-\xe9\xff");
	tarmake_special(&tar, 'x', pax.data, pax.len);
	tarmake_file(&tar, "p", "content");
	tarmake_file(&tar, ".wh.b", "");
	tarmake_link(&tar, '1', "h", "a");
	/* a link with a size, which dockerd could never save again */
	memcpy(tar.data + tar.len - 512 + 124, "00000000005\0", 12);
	tarmake_sum(&tar, tar.len - 512);
	tarmake_link(&tar, '2', "lib", "usr/lib");
	tarmake_dir(&tar, "usr/lib/");
	tarmake_file(&tar, "lib/through", "a link");
	tarmake_end(&tar);
	for (int i = 0; i < 300000; i++)
		buf_addc(&tar, (char)i);
	assert_comes_back(&tar);
}

static void a_tar_without_end_comes_back(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tarmake_file(&tar, "a", "hello");
	assert_comes_back(&tar);
}

static void an_empty_file_is_an_empty_layer(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	buf_adds(&tar, "");
	assert_comes_back(&tar);
}

static void sparse_layers_come_back(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, pax = BUF_INIT;
	char content[TAR_BLOCK_SIZE + 3] = "1\n1048576\n3\n";
	struct tar_entry entry = { .name = (char[]){ "x" }, .typeflag = '0',
				   .uid = getuid(), .gid = getgid(),
				   .mode = 0644, .size = sizeof(content) };

	(void)state;
	memcpy(content + TAR_BLOCK_SIZE, "end", 3);
	tarmake_record(&pax, "GNU.sparse.major", "1");
	tarmake_record(&pax, "GNU.sparse.minor", "0");
	tarmake_record(&pax, "GNU.sparse.realsize", "1048579");
	tarmake_special(&tar, 'x', pax.data, pax.len);
	tarmake_entry(&tar, &entry, content);
	tarmake_file(&tar, "after", "x");
	tarmake_end(&tar);
	assert_comes_back(&tar);
	assert_int_equal(look("x").st_size, 1048579);
}

static void a_file_changed_on_disk_is_noticed(void **state)
{
	static const char *const others[] = { "hellO", "hell", "hello!" };
	AUTO(buf_release) struct buf tar = BUF_INIT, back = BUF_INIT;
	AUTO_FD int split = tarmake_fd("", 0);
	struct layer_sums sums;
	struct err err = ERR_INIT;
	uint64_t size;

	(void)state;
	tarmake_file(&tar, "a", "hello");
	assert_int_equal(unpack_with(&tar, split, true, &sums, &size, &err),
			 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		assert_int_equal(fs_write_atomic(root, "a", others[i],
						 strlen(others[i]), 0644,
						 false, &err), 0);
		assert_int_equal(lseek(split, 0, SEEK_SET), 0);
		assert_int_equal(tarsplit_rebuild(split, root, keep, &back,
						  &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
	}
	assert_int_equal(unlinkat(root, "a", 0), 0);
	assert_int_equal(mknodat(root, "a", S_IFIFO | 0600, 0), 0);
	assert_int_equal(lseek(split, 0, SEEK_SET), 0);
	assert_int_equal(tarsplit_rebuild(split, root, keep, &back, &err), -1);
}

static void a_damaged_split_is_refused(void **state)
{
	static const char *const lines[] = {
		"not json\n", "{\"type\":3}\n", "{\"type\":2,\"payload\":5}\n",
		"{\"type\":2,\"payload\":\"!!!!\"}\n", "[]\n",
		"{\"type\":1,\"name\":\"a\",\"size\":5,\"payload\":null}\n",
		"{\"type\":1,\"name\":\"a\",\"size\":-5,\"payload\":\"\"}\n",
		"{\"type\":1,\"name\":\"../outside\",\"size\":4,"
		"\"payload\":\"AAAAAAAAAAA=\"}\n",
		"{\"type\":1,\"name\":\"a\\u0000b\",\"size\":4,"
		"\"payload\":\"AAAAAAAAAAA=\"}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		AUTO(buf_release) struct buf line = BUF_INIT, gz = BUF_INIT;
		AUTO(buf_release) struct buf back = BUF_INIT;
		AUTO_FD int split = -1;
		struct err err = ERR_INIT;

		buf_adds(&line, lines[i]);
		tarmake_gzip(&line, &gz);
		split = tarmake_fd(gz.data, gz.len);
		assert_int_equal(tarsplit_rebuild(split, root, keep, &back,
						  &err), -1);
		assert_int_equal(err.kind, ERR_CORRUPT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOT(any_tar_comes_back_byte_for_byte),
		IN_ROOT(a_tar_without_end_comes_back),
		IN_ROOT(an_empty_file_is_an_empty_layer),
		IN_ROOT(sparse_layers_come_back),
		IN_ROOT(a_file_changed_on_disk_is_noticed),
		IN_ROOT(a_damaged_split_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
