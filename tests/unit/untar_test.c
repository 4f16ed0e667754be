/* Facts about reading tars: Go's archive/tar, compressions, what ADD takes
 * for an archive, and tars that are not what they say. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "spec/tarblock.h"
#include "tarmake.h"

/* ---- how a tar is told ---- */

/* "name size content\n" for each entry; returns what untar_next said last. */
static int tell(const struct buf *tar, size_t step, struct buf *out,
		struct err *err)
{
	struct tarmake_pipe pipe = { .bytes = tar, .step = step };
	AUTO(archive_source_free) struct archive_source *source =
		archive_source_pull(tarmake_pull, &pipe, err);
	AUTO(untar_free) struct untar *untar = NULL;
	const struct tar_entry *entry;
	char chunk[97];
	ssize_t n;
	int rc;

	buf_clear(out);
	buf_adds(out, "");
	if (!source)
		return -1;
	untar = untar_new(source, UNTAR_NO_SUMS);
	while ((rc = untar_next(untar, &entry, err)) == 1) {
		buf_addf(out, "%c %s %lld ", entry->typeflag, entry->name,
			 (long long)entry->size);
		while ((n = untar_read(untar, chunk, sizeof(chunk), err)) > 0)
			buf_add(out, chunk, (size_t)n);
		if (n < 0)
			return -1;
		buf_addc(out, '\n');
	}
	return rc;
}

static void assert_tells(const struct buf *tar, const char *want)
{
	static const size_t steps[] = { 1, 7, 511, 512, 1 << 20 };
	AUTO(buf_release) struct buf got = BUF_INIT;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		assert_int_equal(tell(tar, steps[i], &got, &err), 0);
		assert_string_equal(got.data, want);
	}
}

static void assert_breaks(const struct buf *tar)
{
	AUTO(buf_release) struct buf got = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(tell(tar, 1 << 20, &got, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
}

/* First entry of a tar; the caller releases both. */
struct one {
	struct tarmake_pipe pipe;
	struct archive_source *source;
	struct untar *untar;
	const struct tar_entry *entry;
};

static void open_one(struct one *one, const struct buf *tar)
{
	struct err err = ERR_INIT;

	one->pipe = (struct tarmake_pipe){ .bytes = tar, .step = 4096 };
	one->source = archive_source_pull(tarmake_pull, &one->pipe, &err);
	one->untar = untar_new(one->source, UNTAR_NO_SUMS);
	assert_int_equal(untar_next(one->untar, &one->entry, &err), 1);
}

static void close_one(struct one *one)
{
	untar_free(one->untar);
	archive_source_free(one->source);
}

/* ---- right ones ---- */

static void entries_and_contents_come_in_order(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tarmake_dir(&tar, "d/");
	tarmake_file(&tar, "d/a", "hello");
	tarmake_file(&tar, "d/empty", "");
	tarmake_link(&tar, '1', "d/hard", "d/a");
	tarmake_link(&tar, '2', "d/sym", "a");
	tarmake_end(&tar);
	assert_tells(&tar, "5 d/ 0 \n0 d/a 5 hello\n0 d/empty 0 \n"
			   "1 d/hard 0 \n2 d/sym 0 \n");
}

static void an_end_may_be_missing_or_followed_by_anything(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	char zeros[TAR_BLOCK_SIZE] = { 0 };

	(void)state;
	assert_tells(&tar, "");
	tarmake_file(&tar, "a", "x");
	assert_tells(&tar, "0 a 1 x\n");
	buf_add(&tar, zeros, sizeof(zeros));
	assert_tells(&tar, "0 a 1 x\n");
	buf_add(&tar, zeros, sizeof(zeros));
	buf_adds(&tar, "what follows is nobody's business");
	assert_tells(&tar, "0 a 1 x\n");
}

static void pax_records_replace_what_the_header_says(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, pax = BUF_INIT;
	struct one one;

	(void)state;
	tarmake_record(&pax, "path", "long/name");
	tarmake_record(&pax, "uid", "3000000");
	tarmake_record(&pax, "gid", "12");
	tarmake_record(&pax, "gid", ""); /* back to the header's */
	tarmake_record(&pax, "mtime", "-1.25");
	tarmake_record(&pax, "atime", "17.5");
	tarmake_record(&pax, "SCHILY.xattr.user.b", "old");
	tarmake_record(&pax, "SCHILY.xattr.user.a", "1");
	tarmake_record(&pax, "SCHILY.xattr.user.b", "new");
	tarmake_record(&pax, "comment", "whatever");
	tarmake_special(&tar, 'x', pax.data, pax.len);
	tarmake_file(&tar, "short", "x");
	open_one(&one, &tar);
	assert_string_equal(one.entry->name, "long/name");
	assert_int_equal(one.entry->uid, 3000000);
	assert_int_equal(one.entry->gid, getgid());
	assert_int_equal(one.entry->mtime.tv_sec, -2);
	assert_int_equal(one.entry->mtime.tv_nsec, 750000000);
	assert_int_equal(one.entry->atime_sec, 17);
	assert_int_equal(one.entry->xattr_count, 2);
	assert_string_equal(one.entry->xattrs[0].name, "user.a");
	assert_string_equal(one.entry->xattrs[1].value.data, "new");
	close_one(&one);
}

static void gnu_long_names_beat_the_header(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	char name[301];

	(void)state;
	memset(name, 'n', 300);
	name[300] = '\0';
	tarmake_special(&tar, 'L', name, 301);
	tarmake_file(&tar, "short", "x");
	tarmake_file(&tar, "next", "y");
	tarmake_end(&tar);
	{
		AUTO_FREE char *want =
			mem_printf("0 %s 1 x\n0 next 1 y\n", name);

		assert_tells(&tar, want);
	}
}

static void global_headers_are_passed_over(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, pax = BUF_INIT;

	(void)state;
	tarmake_record(&pax, "path", "not/this");
	tarmake_special(&tar, 'g', pax.data, pax.len);
	tarmake_file(&tar, "a", "x");
	tarmake_end(&tar);
	assert_tells(&tar, "0 a 1 x\n");
}

static void old_headers_and_binary_numbers_are_read(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct one one;

	(void)state;
	tarmake_file(&tar, "old/", "");
	memset(tar.data + 257, 0, 255); /* before ustar */
	tar.data[156] = '\0';
	memcpy(tar.data + 108, "\x80\0\0\0\0\x2d\xc6\xc0", 8);
	memcpy(tar.data + 136, "\xff\xff\xff\xff\xff\xff\xff\xff"
			       "\xff\xff\xff\xfb", 12);
	tarmake_sum(&tar, 0);
	open_one(&one, &tar);
	assert_int_equal(one.entry->typeflag, '5');
	assert_int_equal(one.entry->uid, 3000000);
	assert_int_equal(one.entry->mtime.tv_sec, -5);
	assert_null(one.entry->uname);
	close_one(&one);
}

static void a_link_with_a_size_has_no_content(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tarmake_link(&tar, '1', "h", "a");
	memcpy(tar.data + 124, "00000000005\0", 12);
	tarmake_sum(&tar, 0);
	tarmake_file(&tar, "a", "x");
	tarmake_end(&tar);
	assert_tells(&tar, "1 h 0 \n0 a 1 x\n");
}

/* bsdtar and GNU tar write the map of 1.0 in front of the content. */
static void sparse_files_read_with_their_holes(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, pax = BUF_INIT;
	char content[TAR_BLOCK_SIZE + 5] = "2\n2\n3\n8\n2\n";

	(void)state;
	memcpy(content + TAR_BLOCK_SIZE, "abcde", 5);
	tarmake_record(&pax, "GNU.sparse.major", "1");
	tarmake_record(&pax, "GNU.sparse.minor", "0");
	tarmake_record(&pax, "GNU.sparse.name", "real");
	tarmake_record(&pax, "GNU.sparse.realsize", "12");
	tarmake_special(&tar, 'x', pax.data, pax.len);
	{
		struct tar_entry entry = { .name = (char[]){ "GNUSparse" },
					   .typeflag = '0',
					   .size = sizeof(content) };
		struct one one;
		char got[20];
		struct err err = ERR_INIT;
		size_t held = 0;
		ssize_t n;

		tarmake_entry(&tar, &entry, content);
		tarmake_file(&tar, "after", "x");
		open_one(&one, &tar);
		assert_string_equal(one.entry->name, "real");
		assert_int_equal(one.entry->size, 12);
		while ((n = untar_read(one.untar, got + held,
				       sizeof(got) - held, &err)) > 0)
			held += (size_t)n;
		assert_int_equal(held, 12);
		assert_memory_equal(got, "\0\0abc\0\0\0de\0\0", 12);
		assert_int_equal(untar_next(one.untar, &one.entry, &err), 1);
		assert_string_equal(one.entry->name, "after");
		close_one(&one);
	}
}

static void older_sparse_maps_are_in_the_records(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, pax = BUF_INIT;
	struct one one;
	struct err err = ERR_INIT;
	char got[8];

	(void)state;
	tarmake_record(&pax, "GNU.sparse.size", "6");
	tarmake_record(&pax, "GNU.sparse.numblocks", "1");
	tarmake_record(&pax, "GNU.sparse.offset", "4");
	tarmake_record(&pax, "GNU.sparse.numbytes", "2");
	tarmake_special(&tar, 'x', pax.data, pax.len);
	tarmake_file(&tar, "s", "ab");
	open_one(&one, &tar);
	assert_int_equal(untar_read(one.untar, got, 8, &err), 4);
	assert_memory_equal(got, "\0\0\0\0", 4);
	assert_int_equal(untar_read(one.untar, got, 8, &err), 2);
	assert_memory_equal(got, "ab", 2);
	assert_int_equal(untar_read(one.untar, got, 8, &err), 0);
	close_one(&one);
}

/* ---- wrong ones ---- */

static void a_tar_cut_short_is_an_unexpected_eof(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, got = BUF_INIT;
	size_t whole;

	(void)state;
	tarmake_file(&tar, "first", "x");
	tarmake_file(&tar, "a", "hello world");
	whole = tar.len;
	for (size_t len = 0; len < whole; len++) {
		struct buf cut = { .data = tar.data, .len = len };
		struct err err = ERR_INIT;
		int rc = tell(&cut, 1 << 20, &got, &err);
		/* It may end at a header and within padding. */
		bool fine = len == 0 || (len > 512 && len <= 1024) ||
			    len > 1024 + 512 + 10;

		assert_int_equal(rc, fine ? 0 : -1);
		if (!fine)
			assert_string_equal(err.msg, "unexpected EOF");
	}
}

static void wrong_sums_and_numbers_are_no_header(void **state)
{
	static const struct {
		size_t at;
		const char *bytes;
		size_t len;
		bool summed;
	} cases[] = {
		{ 0, "b", 1, false },
		{ 148, "zzz", 3, false },
		{ 100, "8", 1, true },
		{ 124, "0000000x000", 11, true },
		{ 124, "\x80\x01\0\0\0\0\0\0\0\0\0\0", 12, true },
		{ 124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12,
		  true },
		{ 329, "9", 1, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(buf_release) struct buf tar = BUF_INIT;

		tarmake_file(&tar, "a", "x");
		memcpy(tar.data + cases[i].at, cases[i].bytes, cases[i].len);
		if (cases[i].summed)
			tarmake_sum(&tar, 0);
		assert_breaks(&tar);
	}
}

static void broken_pax_records_are_refused(void **state)
{
	static const struct {
		const char *body;
		size_t len;
	} cases[] = {
		{ "x", 1 },
		{ "7 a=b\n", 6 },
		{ "6 a=b\n6 a=b", 11 },
		{ "6 a=bx", 6 },
		{ "6 =bb\n", 6 },
		{ "6 abc\n", 6 },
		{ "99999999999999999999 a=b\n", 25 },
		{ "-6 a=b\n", 7 },
		{ "000000000000000000000000000006 a=b\n", 35 },
		{ "11 path=a\0\n", 11 },
		{ "12 uid=12x4\n", 12 },
		{ "11 size=-5\n", 11 },
		{ "14 mtime=1.2x\n", 14 },
		{ "26 size=99999999999999999\n", 26 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(buf_release) struct buf tar = BUF_INIT;

		tarmake_special(&tar, 'x', cases[i].body, cases[i].len);
		tarmake_file(&tar, "a", "x");
		assert_breaks(&tar);
	}
}

static void headers_without_end_are_cut_off(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, one = BUF_INIT;
	char *body = mem_alloc(1024 * 1024 + 1);

	(void)state;
	memset(body, 'n', 1024 * 1024 + 1);
	tarmake_special(&tar, 'L', body, 1024 * 1024 + 1);
	assert_breaks(&tar);
	buf_clear(&tar);
	for (int i = 0; i < 9; i++)
		tarmake_special(&tar, 'K', body, 1024 * 1024);
	tarmake_file(&tar, "a", "x");
	assert_breaks(&tar);
	free(body);
}

static void sparse_maps_that_overlap_or_overrun_are_refused(void **state)
{
	static const char *const maps[] = {
		"0,2,1,1", "4,9", "-1,2", "1,-2", "0", "a,b",
		"9223372036854775807,1", "3,1,1,1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		AUTO(buf_release) struct buf tar = BUF_INIT, pax = BUF_INIT;

		tarmake_record(&pax, "GNU.sparse.size", "10");
		tarmake_record(&pax, "GNU.sparse.numblocks",
			       strchr(strchr(maps[i], ',') ?
				      strchr(maps[i], ',') + 1 : "", ',') ?
				      "2" : "1");
		tarmake_record(&pax, "GNU.sparse.map", maps[i]);
		tarmake_special(&tar, 'x', pax.data, pax.len);
		tarmake_file(&tar, "s", "ab");
		assert_breaks(&tar);
	}
}

/* ---- compressions ---- */

static void gzip_members_in_a_row_are_one_stream(void **state)
{
	AUTO(buf_release) struct buf a = BUF_INIT, b = BUF_INIT;
	AUTO(buf_release) struct buf packed = BUF_INIT;

	(void)state;
	tarmake_file(&a, "a", "x");
	tarmake_file(&b, "b", "y");
	tarmake_end(&b);
	tarmake_gzip(&a, &packed);
	tarmake_gzip(&b, &packed);
	assert_tells(&packed, "0 a 1 x\n0 b 1 y\n");
}

static void damaged_gzip_is_an_error(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, packed = BUF_INIT;
	AUTO(buf_release) struct buf got = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	tarmake_file(&tar, "a", "x");
	tarmake_gzip(&tar, &packed);
	packed.len -= 9;
	assert_int_equal(tell(&packed, 4096, &got, &err), -1);
	assert_string_equal(err.msg, "unexpected EOF");
	packed.len += 9;
	packed.data[packed.len - 8] ^= 1; /* the sum */
	assert_breaks(&packed);
}

static void noise_with_a_magic_in_front_is_an_error(void **state)
{
	static const struct {
		const char *magic;
		size_t len;
	} cases[] = {
		{ "\x1f\x8b\x08", 3 }, { "BZh9", 4 }, { "BZhx", 4 },
		{ "\xfd" "7zXZ", 6 }, { "\x28\xb5\x2f\xfd", 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(buf_release) struct buf noise = BUF_INIT;

		buf_add(&noise, cases[i].magic, cases[i].len);
		for (int k = 0; k < 5000; k++)
			buf_addc(&noise, (char)(k * 167 + (k >> 4)));
		assert_breaks(&noise);
		noise.len = cases[i].len;
		assert_breaks(&noise);
	}
}

/* ---- what ADD unpacks (classic-builder.md 7.3) ---- */

static int is_tar(const void *bytes, size_t len)
{
	AUTO_FD int fd = tarmake_fd(bytes, len);
	struct err err = ERR_INIT;
	int rc;

	rc = archive_is_tar(fd, &err);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	return rc;
}

static void add_unpacks_what_has_a_first_header(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, packed = BUF_INIT;
	AUTO(buf_release) struct buf global = BUF_INIT;

	(void)state;
	tarmake_file(&tar, "a", "x");
	tarmake_end(&tar);
	assert_int_equal(is_tar(tar.data, tar.len), 1);
	assert_int_equal(is_tar(tar.data, 512), 1);
	tarmake_gzip(&tar, &packed);
	assert_int_equal(is_tar(packed.data, packed.len), 1);
	assert_int_equal(is_tar(packed.data, packed.len - 9), 1);
	tarmake_special(&global, 'g', "", 0);
	assert_int_equal(is_tar(global.data, global.len), 1);
}

static void add_copies_what_only_looks_like_an_archive(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, packed = BUF_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT, zip = BUF_INIT;
	static const char zeros[10240];

	(void)state;
	tarmake_file(&tar, "a", "x");
	tarmake_end(&tar);
	assert_int_equal(is_tar("", 0), 0);
	assert_int_equal(is_tar(zeros, sizeof(zeros)), 0);
	assert_int_equal(is_tar("PK\3\4 whatever", 14), 0);
	assert_int_equal(is_tar(tar.data, 511), 0);
	tarmake_gzip(&tar, &packed);
	assert_int_equal(is_tar(packed.data, 30), 0); /* not one header */
	buf_adds(&text, "just text, compressed");
	tarmake_gzip(&text, &zip);
	assert_int_equal(is_tar(zip.data, zip.len), 0);
	assert_int_equal(is_tar("\x28\xb5\x2f\xfd" "zstd", 8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_and_contents_come_in_order),
		cmocka_unit_test(an_end_may_be_missing_or_followed_by_anything),
		cmocka_unit_test(pax_records_replace_what_the_header_says),
		cmocka_unit_test(gnu_long_names_beat_the_header),
		cmocka_unit_test(global_headers_are_passed_over),
		cmocka_unit_test(old_headers_and_binary_numbers_are_read),
		cmocka_unit_test(a_link_with_a_size_has_no_content),
		cmocka_unit_test(sparse_files_read_with_their_holes),
		cmocka_unit_test(older_sparse_maps_are_in_the_records),
		cmocka_unit_test(a_tar_cut_short_is_an_unexpected_eof),
		cmocka_unit_test(wrong_sums_and_numbers_are_no_header),
		cmocka_unit_test(broken_pax_records_are_refused),
		cmocka_unit_test(headers_without_end_are_cut_off),
		cmocka_unit_test(
			sparse_maps_that_overlap_or_overrun_are_refused),
		cmocka_unit_test(gzip_members_in_a_row_are_one_stream),
		cmocka_unit_test(damaged_gzip_is_an_error),
		cmocka_unit_test(noise_with_a_magic_in_front_is_an_error),
		cmocka_unit_test(add_unpacks_what_has_a_first_header),
		cmocka_unit_test(add_copies_what_only_looks_like_an_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
