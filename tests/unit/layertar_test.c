/* Facts about layer tars: header bytes, tar-split lines, sums, upper
 * directories. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/fs.h"
#include "spec/crc64.h"
#include "spec/gzip.h"
#include "spec/layertar.h"
#include "spec/tarblock.h"
#include "tarmake.h"

#define OPAQUE_XATTR                                                           \
	(getuid() ? "user.overlay.opaque" : "trusted.overlay.opaque")

static char dir_path[64];
static int dir = -1;

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir_path, "/tmp/varve-layertar-XXXXXX");
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

/* ---- headers ---- */

static const char *field(json_t *item, const char *key)
{
	return json_string_value(json_object_get(item, key));
}

static int64_t number(json_t *item, const char *key)
{
	return json_integer_value(json_object_get(item, key));
}

static char *decoded(json_t *item, const char *key)
{
	struct buf bytes = BUF_INIT;

	assert_true(base64_decode(&bytes, field(item, key),
				  strlen(field(item, key))));
	return buf_steal(&bytes);
}

static void check_header(json_t *item)
{
	AUTO_FREE char *name = decoded(item, "name");
	AUTO_FREE char *link = decoded(item, "link");
	AUTO(buf_release) struct buf capability = BUF_INIT, header = BUF_INIT;
	struct tar_xattr xattr = { .name = (char[]){ "security.capability" } };
	struct tar_entry entry = {
		.name = name, .linkname = link,
		.mode = (uint32_t)number(item, "mode"),
		.uid = number(item, "uid"), .gid = number(item, "gid"),
		.size = number(item, "size"),
		.mtime = { .tv_sec = number(item, "mtime"), .tv_nsec = 5 },
		.typeflag = field(item, "type")[0],
		.uname = (char *)(uintptr_t)field(item, "uname"),
		.gname = (char *)(uintptr_t)field(item, "gname"),
		.devmajor = number(item, "major"),
		.devminor = number(item, "minor"),
	};
	struct digest sum;

	assert_true(base64_decode(&capability, field(item, "capability"),
				  strlen(field(item, "capability"))));
	if (capability.len) {
		xattr.value = capability;
		entry.xattrs = &xattr;
		entry.xattr_count = 1;
	}
	tar_header_format(&entry, &header);
	digest_make(header.data, header.len, &sum);
	if (strcmp(DIGEST_HEX(&sum), field(item, "sha256")) != 0)
		fail_msg("header of case '%s' differs", field(item, "case"));
}

static void headers_have_dockers_bytes(void **state)
{
	json_t *cases = json_load_file(TEST_DATA "/vectors/tarheader.json", 0,
				       NULL), *item;
	size_t i;

	(void)state;
	assert_true(json_array_size(cases) > 30);
	json_array_foreach(cases, i, item)
		check_header(item);
	json_decref(cases);
}

static void mode_of_a_header_has_the_type_bits(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tarmake_file(&tar, "a", "");
	assert_int_equal(tar.len, TAR_BLOCK_SIZE);
	assert_memory_equal(tar.data + 100, "0100644\0", 8);
	assert_memory_equal(tar.data + 257, "ustar\0" "00", 8);
	assert_memory_equal(tar.data + 329, "0000000\0" "0000000\0", 16);
}

/* ---- crc and tar-split ---- */

static void crc64_is_go_iso(void **state)
{
	uint64_t crc = 0;

	(void)state;
	assert_true(crc64(0, "123456789", 9) == 0xb90956c775a41001);
	assert_true(crc64(0, "", 0) == 0);
	for (int i = 0; i < 9; i++)
		crc = crc64(crc, &"123456789"[i], 1);
	assert_true(crc == 0xb90956c775a41001);
}

static uint64_t slow_crc(const unsigned char *bytes, size_t len)
{
	uint64_t crc = ~0ULL;

	for (; len; len--, bytes++) {
		crc ^= *bytes;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xd800000000000000ULL :
					crc >> 1;
	}
	return ~crc;
}

static void crc64_does_not_hang_on_lengths_and_pieces(void **state)
{
	unsigned char bytes[700];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 131 + (i >> 3));
	for (size_t len = 0; len < sizeof(bytes); len++) {
		uint64_t want = slow_crc(bytes, len);
		size_t cut = len * 37 % (len + 1);

		assert_true(crc64(0, bytes, len) == want);
		assert_true(crc64(crc64(0, bytes, cut), bytes + cut,
				  len - cut) == want);
	}
}

static void unpack_split(int fd, struct buf *out)
{
	struct gzip_reader *gzip;
	struct err err = ERR_INIT;
	char chunk[5000];
	ssize_t n;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	gzip = gzip_reader_new(fd);
	while ((n = gzip_reader_read(gzip, chunk, sizeof(chunk), &err)) > 0)
		buf_add(out, chunk, (size_t)n);
	assert_int_equal(n, 0);
	gzip_reader_free(gzip);
}

static int keep(void *arg, const void *bytes, size_t len, struct err *err)
{
	(void)err;
	buf_add(arg, bytes, len);
	return 0;
}

static void write_entry(struct layer_writer *writer, const char *name,
			char typeflag, const char *content)
{
	struct tar_entry entry = {
		.name = (char *)(uintptr_t)name, .typeflag = typeflag,
		.mode = 0100644, .size = content ? (int64_t)strlen(content) : 0,
	};
	struct err err = ERR_INIT;

	assert_int_equal(layer_writer_entry(writer, &entry, &err), 0);
	for (; content && *content; content++)
		assert_int_equal(layer_writer_data(writer, content, 1, &err),
				 0);
}

static void a_layer_is_its_entries_and_two_zero_blocks(void **state)
{
	AUTO(buf_release) struct buf got = BUF_INIT, want = BUF_INIT;
	struct layer_writer *writer = layer_writer_new(keep, &got, -1);
	struct layer_sums sums;
	struct digest sum;
	struct err err = ERR_INIT;

	(void)state;
	write_entry(writer, "d/", '5', NULL);
	write_entry(writer, "d/f", '0', "hello\n");
	assert_int_equal(layer_writer_finish(writer, &sums, &err), 0);
	layer_writer_free(writer);
	assert_int_equal(got.len, 5 * TAR_BLOCK_SIZE);
	assert_int_equal(sums.tar_size, got.len);
	assert_memory_equal(got.data + 2 * TAR_BLOCK_SIZE, "hello\n\0", 7);
	digest_make(got.data, got.len, &sum);
	assert_string_equal(sum.text, sums.diff_id.text);
	assert_false(sums.empty);
}

static void a_layer_without_entries_is_the_empty_layer(void **state)
{
	struct layer_writer *writer = layer_writer_new(NULL, NULL, -1);
	struct layer_sums sums;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(layer_writer_finish(writer, &sums, &err), 0);
	layer_writer_free(writer);
	assert_true(sums.empty);
	assert_string_equal(sums.diff_id.text, DIGEST_EMPTY_LAYER);
}

static void tar_split_names_files_as_go_writes_json(void **state)
{
	AUTO(buf_release) struct buf lines = BUF_INIT;
	AUTO_FD int split = tarmake_fd("", 0);
	struct layer_writer *writer = layer_writer_new(NULL, NULL, split);
	struct err err = ERR_INIT;

	(void)state;
	write_entry(writer, "a<b>&c\u2028d\"q\\z\ttab\x01" "ctl", '0',
		    "123456789");
	write_entry(writer, "latin-\xe9\xff", '0', "x");
	write_entry(writer, "d/", '5', NULL);
	assert_int_equal(layer_writer_finish(writer, NULL, &err), 0);
	layer_writer_free(writer);
	unpack_split(split, &lines);
	assert_non_null(strstr(lines.data,
		"{\"type\":1,\"name\":\"a\\u003cb\\u003e\\u0026c\\u2028d"
		"\\\"q\\\\z\\ttab\\u0001ctl\",\"size\":9,"
		"\"payload\":\"uQlWx3WkEAE=\",\"position\":1}\n"));
	assert_non_null(strstr(lines.data,
		"{\"type\":1,\"name_raw\":\"bGF0aW4t6f8=\",\"size\":1,"));
	assert_non_null(strstr(lines.data,
		"{\"type\":1,\"name\":\"d/\",\"payload\":null,"
		"\"position\":5}\n"));
	assert_non_null(strstr(lines.data,
		"{\"type\":2,\"payload\":\"\",\"position\":7}\n"));
}

static void content_of_another_size_is_refused(void **state)
{
	struct layer_writer *writer = layer_writer_new(NULL, NULL, -1);
	struct tar_entry entry = { .name = (char[]){ "a" }, .size = 3,
				   .typeflag = '0' };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(layer_writer_entry(writer, &entry, &err), 0);
	assert_int_equal(layer_writer_data(writer, "1234", 4, &err), -1);
	assert_int_equal(layer_writer_data(writer, "12", 2, &err), 0);
	assert_int_equal(layer_writer_entry(writer, &entry, &err), -1);
	layer_writer_free(writer);
}

static void a_full_disk_below_the_split_is_an_error(void **state)
{
	AUTO_FD int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct layer_writer *writer = layer_writer_new(NULL, NULL, full);
	struct err err = ERR_INIT;

	(void)state;
	write_entry(writer, "a", '0', "x");
	assert_int_equal(layer_writer_finish(writer, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_SPACE);
	layer_writer_free(writer);
}

static int refuse(void *arg, const void *bytes, size_t len, struct err *err)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return err_set(err, ERR_CANCELLED, "no more");
}

static void a_sink_that_fails_ends_the_layer(void **state)
{
	struct layer_writer *writer = layer_writer_new(refuse, NULL, -1);
	struct err err = ERR_INIT;

	(void)state;
	write_entry(writer, "a", '0', "x");
	assert_int_equal(layer_writer_finish(writer, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	layer_writer_free(writer);
}

/* ---- upper directories ---- */

static void put(const char *name, const char *content)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)),
			 strlen(content));
}

/* Name, type and link text of each entry of dir's layer, by untar. */
static void list_upper(struct buf *out, uint64_t *size)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct layer_writer *writer = layer_writer_new(keep, &tar, -1);
	struct tarmake_pipe pipe = { .bytes = &tar, .step = 100000 };
	struct archive_source *source;
	struct untar *untar;
	const struct tar_entry *entry;
	struct err err = ERR_INIT;

	assert_int_equal(layer_writer_upper(writer, dir, OPAQUE_XATTR, size,
					    &err), 0);
	assert_int_equal(layer_writer_finish(writer, NULL, &err), 0);
	layer_writer_free(writer);
	source = archive_source_pull(tarmake_pull, &pipe, &err);
	untar = untar_new(source, UNTAR_NO_SUMS);
	while (untar_next(untar, &entry, &err) == 1)
		buf_addf(out, "%c %s %s %o\n", entry->typeflag, entry->name,
			 entry->linkname, entry->mode);
	untar_free(untar);
	archive_source_free(source);
}

static void an_upper_directory_goes_in_bytewise_order(void **state)
{
	AUTO(buf_release) struct buf list = BUF_INIT;
	uint64_t size;

	(void)state;
	put("b", "12345");
	assert_int_equal(linkat(dir, "b", dir, "zlink", 0), 0);
	assert_int_equal(mkdirat(dir, "a", 0700), 0);
	put("a/z", "1");
	put("a.txt", "12");
	assert_int_equal(symlinkat("no/where", dir, "s"), 0);
	assert_int_equal(mknodat(dir, "fifo", S_IFIFO | 0600, 0), 0);
	assert_int_equal(mknodat(dir, "socket", S_IFSOCK | 0600, 0), 0);
	assert_int_equal(fchmodat(dir, "a.txt", 04711, 0), 0);
	list_upper(&list, &size);
	assert_string_equal(list.data,
			    "5 a/  40700\n"
			    "0 a/z  100644\n"
			    "0 a.txt  104711\n"
			    "0 b  100644\n"
			    "6 fifo  10600\n"
			    "2 s no/where 120777\n"
			    "1 zlink b 100644\n");
	assert_int_equal(size, 5 + 1 + 2 + 8);
}

static void whiteouts_and_opaque_directories_become_wh_files(void **state)
{
	AUTO(buf_release) struct buf list = BUF_INIT;
	AUTO_FD int sub = -1;
	uint64_t size;

	(void)state;
	if (mknodat(dir, "gone", S_IFCHR, makedev(0, 0)) < 0)
		skip();
	assert_int_equal(linkat(dir, "gone", dir, "too", 0), 0);
	assert_int_equal(mkdirat(dir, "new", 0755), 0);
	put("new/f", "1");
	sub = openat(dir, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fsetxattr(sub, OPAQUE_XATTR, "y", 1, 0) < 0)
		skip();
	list_upper(&list, &size);
	assert_string_equal(list.data,
			    "0 .wh.gone  600\n"
			    "5 new/  40755\n"
			    "0 new/.wh..wh..opq  755\n"
			    "0 new/f  100644\n"
			    "0 .wh.too gone 600\n");
	assert_int_equal(size, 1);
}

#define IN_DIR(fact) cmocka_unit_test_setup_teardown(fact, make_dir, drop_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_have_dockers_bytes),
		cmocka_unit_test(mode_of_a_header_has_the_type_bits),
		cmocka_unit_test(crc64_is_go_iso),
		cmocka_unit_test(crc64_does_not_hang_on_lengths_and_pieces),
		cmocka_unit_test(a_layer_is_its_entries_and_two_zero_blocks),
		cmocka_unit_test(a_layer_without_entries_is_the_empty_layer),
		cmocka_unit_test(tar_split_names_files_as_go_writes_json),
		cmocka_unit_test(content_of_another_size_is_refused),
		cmocka_unit_test(a_full_disk_below_the_split_is_an_error),
		cmocka_unit_test(a_sink_that_fails_ends_the_layer),
		IN_DIR(an_upper_directory_goes_in_bytewise_order),
		IN_DIR(whiteouts_and_opaque_directories_become_wh_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
