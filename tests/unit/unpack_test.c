/* Facts about unpacking: store.md 1.6 rule by rule, and tars that want to get
 * out of their directory. */
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

static int unpack(const struct buf *tar, bool layer, struct err *err)
{
	struct layer_sums sums;
	uint64_t size;

	return unpack_with(tar, -1, layer, &sums, &size, err);
}

static void assert_unpacks(const struct buf *tar)
{
	struct err err = ERR_INIT;

	if (unpack(tar, true, &err) < 0)
		fail_msg("%s", err.msg);
}

static void assert_content(const char *name, const char *want)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(fs_read(root, name, 1000, &text, &err), 1);
	assert_string_equal(text.data ? text.data : "", want);
}

static void assert_nothing_left(void)
{
	AUTO(strv_release) struct strv names = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(fs_list(top, ".", &names, &err), 0);
	assert_int_equal(names.count, 2);
	assert_int_equal(fs_read(top, "outside", 10, &text, &err), 1);
	assert_string_equal(text.data, "safe");
}

/* ---- the rules ---- */

static void parents_nobody_made_are_0755(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tarmake_file(&tar, "a/b/c", "x");
	umask(077);
	assert_unpacks(&tar);
	umask(022);
	assert_content("a/b/c", "x");
	assert_int_equal(look("a").st_mode, 040755);
	assert_int_equal(look("a/b").st_mode, 040755);
}

static void the_root_stays_as_it_is(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct tar_entry entry = { .name = (char[]){ "./" }, .typeflag = '5',
				   .mode = 040700, .uid = 77 };

	(void)state;
	tarmake_entry(&tar, &entry, NULL);
	assert_unpacks(&tar);
	assert_int_equal(look(".").st_mode, 040755);
	assert_int_equal(look(".").st_uid, getuid());
}

static void modes_owners_and_times_are_set(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct tar_entry entry = {
		.name = (char[]){ "suid" }, .typeflag = '0', .mode = 04755,
		.uid = getuid() ? getuid() : 12,
		.gid = getgid() ? getgid() : 34,
		.mtime = { .tv_sec = 1234567890 },
	};
	struct stat st;

	(void)state;
	tarmake_dir(&tar, "d/");
	tarmake_file(&tar, "d/f", "x"); /* must not touch d's time */
	tarmake_entry(&tar, &entry, NULL);
	entry.name = (char[]){ "ancient" };
	entry.mtime.tv_sec = -5;
	tarmake_entry(&tar, &entry, NULL);
	assert_unpacks(&tar);
	st = look("suid");
	assert_int_equal(st.st_mode, 0104755);
	assert_int_equal(st.st_uid, entry.uid);
	assert_int_equal(st.st_gid, entry.gid);
	assert_int_equal(st.st_mtim.tv_sec, 1234567890);
	assert_int_equal(look("d").st_mtim.tv_sec, 1500000000);
	assert_int_equal(look("ancient").st_mtim.tv_sec, 0);
}

static void whiteouts_become_devices_and_opaque_marks(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	AUTO_FD int sub = -1;
	char value[4];

	(void)state;
	tarmake_file(&tar, ".wh.gone", "");
	tarmake_dir(&tar, "d/");
	tarmake_file(&tar, "d/.wh..wh..opq", "");
	if (mknodat(root, "probe", S_IFCHR, makedev(0, 0)) < 0)
		skip();
	assert_unpacks(&tar);
	assert_int_equal(look("gone").st_mode, S_IFCHR);
	assert_int_equal(look("gone").st_rdev, 0);
	sub = openat(root, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fgetxattr(sub, OPAQUE_XATTR, value, 4), 1);
	assert_int_equal(value[0], 'y');
	assert_int_equal(faccessat(root, "d/.wh..wh..opq", F_OK, 0), -1);
}

static void a_name_made_and_hidden_in_one_layer_is_refused(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	tarmake_file(&tar, "a", "x");
	tarmake_file(&tar, ".wh.a", "");
	assert_int_equal(unpack(&tar, true, &err), -1);
	assert_non_null(strstr(err.msg, "failed to mknod"));
}

static void hidden_first_and_made_later_is_just_the_file(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tarmake_file(&tar, ".wh.a", "");
	tarmake_file(&tar, "a", "x");
	assert_unpacks(&tar);
	assert_content("a", "x");
}

static void whiteouts_of_no_name_are_refused(void **state)
{
	static const char *const names[] = { ".wh.", ".wh..", ".wh...",
					     "d/.wh.." };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		AUTO(buf_release) struct buf tar = BUF_INIT;
		struct err err = ERR_INIT;

		tarmake_file(&tar, names[i], "");
		assert_int_equal(unpack(&tar, true, &err), -1);
	}
	assert_nothing_left();
}

static void a_path_given_twice_is_refused_in_a_layer(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	tarmake_file(&tar, "a", "1");
	tarmake_file(&tar, "./a", "2");
	assert_int_equal(unpack(&tar, true, &err), -1);
	assert_string_equal(err.msg, "duplicates of file paths not supported");
}

static void outside_a_layer_the_later_wins(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct layer_sums sums;
	struct err err = ERR_INIT;
	uint64_t size;

	(void)state;
	tarmake_file(&tar, "a", "12345");
	tarmake_dir(&tar, "d/");
	tarmake_file(&tar, "d/f", "1");
	tarmake_file(&tar, "a", "2");
	tarmake_file(&tar, "d", "no directory any more");
	tarmake_file(&tar, "e", "");
	tarmake_dir(&tar, "e/");
	assert_int_equal(unpack_with(&tar, -1, false, &sums, &size, &err), 0);
	assert_content("a", "2");
	assert_content("d", "no directory any more");
	assert_true(S_ISDIR(look("e").st_mode));
	assert_int_equal(size, 1 + 21);
}

static void hard_links_hold_within_the_layer(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, bad = BUF_INIT;
	struct layer_sums sums;
	struct err err = ERR_INIT;
	uint64_t size;

	(void)state;
	tarmake_file(&tar, "d/a", "12345");
	tarmake_link(&tar, '1', "h", "/d/../d/a");
	tarmake_link(&tar, '2', "s", "d/a");
	tarmake_link(&tar, '1', "hs", "s");
	assert_int_equal(unpack_with(&tar, -1, true, &sums, &size, &err), 0);
	assert_int_equal(look("h").st_ino, look("d/a").st_ino);
	assert_int_equal(look("hs").st_ino, look("s").st_ino);
	assert_int_equal(size, 5 + 3);
	tarmake_link(&bad, '1', "h2", "nowhere");
	assert_int_equal(unpack(&bad, true, &err), -1);
	assert_string_equal(err.msg,
			    "link /nowhere /h2: No such file or directory");
}

static void unknown_types_are_refused(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	tarmake_link(&tar, 'S', "sparse", "");
	assert_int_equal(unpack(&tar, true, &err), -1);
	assert_string_equal(err.msg, "unhandled tar header type 83");
}

static void overlay_marks_of_a_tar_are_not_taken(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, pax = BUF_INIT;
	AUTO_FD int sub = -1;
	char value[16];

	(void)state;
	tarmake_record(&pax, "SCHILY.xattr.trusted.overlay.redirect", "/etc");
	tarmake_record(&pax, "SCHILY.xattr.user.overlay.opaque", "y");
	tarmake_record(&pax, "SCHILY.xattr.user.fine", "1");
	tarmake_special(&tar, 'x', pax.data, pax.len);
	tarmake_dir(&tar, "d/");
	assert_unpacks(&tar);
	sub = openat(root, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fgetxattr(sub, "trusted.overlay.redirect", value,
				   sizeof(value)), -1);
	assert_int_equal(fgetxattr(sub, "user.overlay.opaque", value,
				   sizeof(value)), -1);
}

/* ---- staying inside ---- */

static void names_cannot_climb_out(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;

	(void)state;
	tarmake_file(&tar, "../../outside", "1");
	tarmake_file(&tar, "/abs", "2");
	tarmake_file(&tar, "d/../../x", "3");
	assert_unpacks(&tar);
	assert_content("outside", "1");
	assert_content("abs", "2");
	assert_content("x", "3");
	assert_nothing_left();
}

static void links_cannot_lead_out(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	AUTO_FREE char *absolute = mem_printf("%s", top_path);

	(void)state;
	tarmake_dir(&tar, "real/");
	tarmake_link(&tar, '2', "up", "..");
	tarmake_link(&tar, '2', "away", absolute);
	tarmake_link(&tar, '2', "in", "/real");
	tarmake_file(&tar, "up/outside", "1");
	tarmake_file(&tar, "in/f", "2");
	assert_unpacks(&tar);
	assert_content("outside", "1");
	assert_content("real/f", "2");
	assert_nothing_left();
	buf_clear(&tar);
	tarmake_file(&tar, "away/outside", "3");
	{
		struct err err = ERR_INIT;

		/* There is no such directory inside. */
		assert_int_equal(unpack(&tar, true, &err), -1);
	}
	assert_nothing_left();
}

static void a_link_at_the_place_itself_is_replaced(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(symlinkat("../outside", root, "f"), 0);
	assert_int_equal(symlinkat("..", root, "d"), 0);
	assert_int_equal(symlinkat("../outside", root, "g"), 0);
	tarmake_file(&tar, "f", "1");
	tarmake_dir(&tar, "d/");
	tarmake_file(&tar, "d/x", "2");
	tarmake_link(&tar, '1', "g", "f");
	assert_int_equal(unpack(&tar, false, &err), 0);
	assert_content("f", "1");
	assert_content("d/x", "2");
	assert_content("g", "1");
	assert_nothing_left();
}

static void hard_links_cannot_reach_out(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	tarmake_link(&tar, '1', "h", "../outside");
	assert_int_equal(unpack(&tar, true, &err), -1);
	buf_clear(&tar);
	tarmake_link(&tar, '2', "up", "..");
	tarmake_link(&tar, '1', "h2", "up/outside");
	assert_int_equal(unpack(&tar, true, &err), -1);
	assert_nothing_left();
}

static void a_directory_that_became_a_link_sends_nobody_out(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	tarmake_file(&tar, "d/f", "1");
	tarmake_link(&tar, '2', "d", "../..");
	tarmake_file(&tar, "d/outside", "2");
	assert_int_equal(unpack(&tar, false, &err), 0);
	assert_content("outside", "2");
	assert_nothing_left();
}

static void very_deep_names_fail_cleanly(void **state)
{
	AUTO(buf_release) struct buf tar = BUF_INIT, name = BUF_INIT;
	AUTO(buf_release) struct buf pax = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_adds(&name, "d/");
	tarmake_record(&pax, "path", name.data);
	tarmake_special(&tar, 'x', pax.data, pax.len);
	tarmake_dir(&tar, "d/");
	assert_int_equal(unpack(&tar, true, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOT(parents_nobody_made_are_0755),
		IN_ROOT(the_root_stays_as_it_is),
		IN_ROOT(modes_owners_and_times_are_set),
		IN_ROOT(whiteouts_become_devices_and_opaque_marks),
		IN_ROOT(a_name_made_and_hidden_in_one_layer_is_refused),
		IN_ROOT(hidden_first_and_made_later_is_just_the_file),
		IN_ROOT(whiteouts_of_no_name_are_refused),
		IN_ROOT(a_path_given_twice_is_refused_in_a_layer),
		IN_ROOT(outside_a_layer_the_later_wins),
		IN_ROOT(hard_links_hold_within_the_layer),
		IN_ROOT(unknown_types_are_refused),
		IN_ROOT(overlay_marks_of_a_tar_are_not_taken),
		IN_ROOT(names_cannot_climb_out),
		IN_ROOT(links_cannot_lead_out),
		IN_ROOT(a_link_at_the_place_itself_is_replaced),
		IN_ROOT(hard_links_cannot_reach_out),
		IN_ROOT(a_directory_that_became_a_link_sends_nobody_out),
		IN_ROOT(very_deep_names_fail_cleanly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
