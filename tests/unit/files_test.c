/* Facts about store/files, store/waste and store/blame: what layers show
 * together, what turned one into another, what is lost under them. */
#include "store_help.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "store/blame.h"
#include "store/files.h"
#include "store/pack.h"
#include "store/waste.h"

#define MOST 8

static struct store *store;
static const struct layer *layers[MOST];
static size_t count;

static int set_up_layers(void **state)
{
	if (set_up(state) != 0)
		return -1;
	store = open_store(STORE_WRITE);
	count = 0;
	return 0;
}

static int tear_down_layers(void **state)
{
	store_free(store);
	return tear_down(state);
}

static void need_root(void)
{
	AUTO_FREE char *path = mem_printf("%s/probe", top);

	if (geteuid() != 0 || mknod(path, S_IFCHR, makedev(0, 0)) < 0 ||
	    system("command -v setfattr >/dev/null") != 0)
		skip();
}

static void layer(const char *script)
{
	struct digest chain = add_layer(
		store, count ? &layers[count - 1]->chain_id : NULL, script);
	struct err err = ERR_INIT;

	assert_true(count < MOST);
	assert_int_equal(store_layer(store, &chain, &layers[count], &err), 1);
	count++;
}

static struct files *load(size_t n)
{
	struct files *files = NULL;
	struct err err = ERR_INIT;

	if (files_load(store, layers, n, NULL, &files, &err) < 0)
		fail_msg("%s", err.msg);
	return files;
}

/* "+d +d/a ~b -c": all but what is the same, or with same all. */
static void add_words(const struct files *files, uint32_t dir, bool same,
		      struct buf *out)
{
	for (uint32_t i = files->items[dir].child; i != FILE_NONE;
	     i = files->items[i].next) {
		const struct file *file = &files->items[i];
		AUTO_FREE char *path = files_path(files, i);

		if (file->state == FILE_GONE)
			continue;
		if (same || file->state != FILE_SAME)
			buf_addf(out, "%s%.1s%s", out->len ? " " : "",
				 &"=+~-"[file->state], path);
		if (file->state == FILE_CHANGED)
			buf_addf(out, ":%x", file->differs);
		add_words(files, i, same, out);
	}
}

static void expect(const struct files *files, bool same, const char *want)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	add_words(files, 0, same, &text);
	assert_string_equal(text.data ? text.data : "", want);
}

static void expect_one_reading(size_t below, size_t now_count,
			       const char *want)
{
	AUTO(files_free) struct files *old = NULL;
	AUTO(files_free) struct files *now = NULL;
	struct err err = ERR_INIT;

	if (files_load_both(store, layers, now_count, below, &old, &now,
			    &err) < 0 || files_compare(old, now, &err) < 0)
		fail_msg("%s", err.msg);
	expect(now, false, want);
}

static void expect_step(size_t old_count, size_t now_count, const char *want)
{
	AUTO(files_free) struct files *old = load(old_count);
	AUTO(files_free) struct files *now = load(now_count);
	struct err err = ERR_INIT;

	if (files_compare(old, now, &err) < 0)
		fail_msg("%s", err.msg);
	expect(now, false, want);
	if (old_count <= now_count)
		expect_one_reading(old_count, now_count, want);
}

static void no_layers_show_an_empty_root(void **state)
{
	(void)state;
	AUTO(files_free) struct files *files = load(0);

	expect(files, true, "");
	assert_true(S_ISDIR(files->items[0].mode));
}

static void names_come_in_order_and_directories_are_one(void **state)
{
	(void)state;
	layer("mkdir -p d/sub && echo 1 >d/b && echo 1 >z && echo 1 >a.b");
	layer("mkdir d a && echo 2 >d/a && echo 2 >d/c");
	AUTO(files_free) struct files *files = load(2);
	uint32_t at;

	expect(files, true, "=a =a.b =d =d/a =d/b =d/c =d/sub =z");
	assert_int_equal(files_find(files, "/d/b/", &at), 1);
	assert_int_equal(files->items[at].layer, 0);
	assert_int_equal(files_find(files, "d", &at), 1);
	assert_int_equal(files->items[at].layer, 1);
	assert_int_equal(files_find(files, "d/nope", &at), 0);
}

static void whiteout_and_opaque_hide_and_later_layers_bring_back(void **state)
{
	(void)state;
	need_root();
	layer("mkdir -p d/e o && echo 1 >d/e/f && echo 1 >o/x && echo 1 >g");
	layer("mknod d c 0 0 && mkdir o && echo 2 >o/y && "
	      "setfattr -n trusted.overlay.opaque -v y o");
	layer("mkdir d && echo 3 >d/n");
	AUTO(files_free) struct files *files = load(3);

	expect(files, true, "=d =d/n =g =o =o/y");
	expect_step(1, 2, "-d -d/e -d/e/f -o/x +o/y");
	expect_step(2, 3, "+d +d/n");
	expect_step(1, 3, "-d/e -d/e/f +d/n -o/x +o/y");
	expect_step(3, 1, "+d/e +d/e/f -d/n +o/x -o/y");
	expect_step(0, 1, "+d +d/e +d/e/f +g +o +o/x");
}

static void a_change_tells_in_what(void **state)
{
	(void)state;
	need_root();
	layer("for i in a b c d e; do echo one >$i; done && ln -s x l && "
	      "mkdir t && echo 1 >t/u && mknod n c 5 1");
	layer("echo two >a && echo one >b && chmod 600 b && echo one >c && "
	      "chown 5:6 c && echo one >d && echo one >e && "
	      "setfattr -n security.capability -v 0x0100000200000000000000000"
	      "000000000000000 e && ln -s y l && echo 1 >t && mknod n c 5 2");
	/* d was written again as it was: no change. */
	expect_step(1, 2, "~a:2 ~b:4 ~c:8 ~e:20 ~l:10 ~n:40 ~t:5 -t/u");
}

static void a_type_may_change_both_ways(void **state)
{
	(void)state;
	layer("mkdir a && echo 1 >a/b && echo 1 >c");
	layer("ln -s c a && mkdir c && echo 1 >c/d");
	AUTO(files_free) struct files *files = load(2);

	expect(files, true, "=a =c =c/d");
	assert_string_equal(files_link(files, 1), "c");
	expect_step(1, 2, "~a:5 -a/b ~c:5 +c/d");
}

static void hard_links_count_once(void **state)
{
	uint32_t a, b;

	(void)state;
	layer("mkdir d && printf 12345 >d/a && ln d/a d/b && printf 1 >c");
	AUTO(files_free) struct files *files = load(1);

	files_count_totals(files);
	assert_int_equal(files->totals[0], 6);
	assert_int_equal(files_find(files, "d/a", &a), 1);
	assert_int_equal(files_find(files, "d/b", &b), 1);
	assert_int_equal(files_hardlink(files, b), a);
	assert_int_equal(files_hardlink(files, a), FILE_NONE);
	layer("mkdir d && printf 123456789 >d/a");
	AUTO(files_free) struct files *now = load(2);

	files_count_totals(now);
	assert_int_equal(now->totals[0], 15);
	assert_int_equal(files_find(now, "d/b", &b), 1);
	assert_int_equal(files_hardlink(now, b), FILE_NONE);
}

/* ---- waste ---- */

static struct waste *find_waste(void)
{
	struct waste *waste = NULL;
	struct err err = ERR_INIT;

	if (waste_find(store, layers, count, &waste, &err) < 0)
		fail_msg("%s", err.msg);
	return waste;
}

static void each_waste_has_its_cause(void **state)
{
	(void)state;
	need_root();
	layer("printf 12345678 >over && printf 1234567 >mode && "
	      "printf 123456 >twice && mkdir d && printf 123 >d/a && "
	      "printf 12 >d/b && printf 1 >kept");
	layer("printf 87654321 >over && printf 1234567 >mode && "
	      "chmod 600 mode && printf 123456 >twice && mknod d c 0 0");
	AUTO(waste_free) struct waste *waste = find_waste();
	static const struct { uint64_t bytes; enum waste_cause cause; }
	want[] = {
		{ 8, WASTE_OVERWRITTEN }, { 7, WASTE_METADATA },
		{ 6, WASTE_IDENTICAL }, { 5, WASTE_DELETED },
	};

	assert_int_equal(waste->count, 4);
	assert_int_equal(waste->bytes, 26);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(waste->items[i].bytes, want[i].bytes);
		assert_int_equal(waste->items[i].cause, want[i].cause);
		assert_int_equal(waste->items[i].made, 0);
		assert_int_equal(waste->items[i].by, 1);
	}
}

static void bytes_with_another_name_are_not_lost(void **state)
{
	(void)state;
	need_root();
	layer("printf 12345 >a && ln a b");
	layer("mknod a c 0 0");
	AUTO(waste_free) struct waste *one = find_waste();

	assert_int_equal(one->bytes, 0);
	layer("mknod b c 0 0");
	AUTO(waste_free) struct waste *both = find_waste();

	assert_int_equal(both->bytes, 5);
	assert_int_equal(both->items[0].by, 2);
}

/*
 * efficiency.go by hand: paths a (10, 10: min 10, sum 20), b (4, whiteout:
 * min 0, sum 4), d/x (3: once), d (a whiteout alone: 3), c (5: once).
 */
static void dives_figures_are_computed_as_dive_does(void **state)
{
	(void)state;
	need_root();
	layer("printf 1234567890 >a && printf 1234 >b && mkdir d && "
	      "printf 123 >d/x && printf 12345 >c");
	layer("printf 0987654321 >a && mknod b c 0 0");
	layer("mknod d c 0 0");
	AUTO(waste_free) struct waste *waste = find_waste();

	assert_true(waste->dive.efficiency == (10.0 + 0 + 3 + 3 + 5) /
					      (20.0 + 4 + 3 + 3 + 5));
	assert_int_equal(waste->dive.wasted_bytes, 24);
	assert_int_equal(waste->dive.count, 2);
	assert_int_equal(waste->dive.paths[0].cumulative, 20);
	assert_int_equal(waste->dive.user_bytes, 10);
	assert_true(waste->dive.user_wasted_percent == 2.4);
	/* dive leaves the directory out; it is waste all the same. */
	assert_int_equal(waste->bytes, 10 + 4 + 3);
}

static void nothing_is_perfectly_efficient(void **state)
{
	(void)state;
	AUTO(waste_free) struct waste *waste = find_waste();

	assert_true(waste->dive.efficiency == 1.0);
	assert_int_equal(waste->bytes, 0);
}

/* ---- blame ---- */

static void expect_blame(const char *path, const char *want)
{
	AUTO(blame_release) struct blame blame = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	if (blame_path(store, layers, count, path, UINT64_MAX, &blame,
		       &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < blame.count; i++)
		buf_addf(&text, "%s%.1s%zu%s", i ? " " : "",
			 &"+~-"[blame.items[i].what], blame.items[i].layer,
			 blame.items[i].with ? blame.items[i].with : "");
	assert_string_equal(text.data ? text.data : "", want);
}

static void blame_names_every_layer_that_touched_a_path(void **state)
{
	(void)state;
	need_root();
	layer("mkdir -p d/e && echo 1 >d/e/f && echo 1 >g");
	layer("mkdir -p d/e && echo 2 >d/e/f");
	layer("mknod d c 0 0");
	layer("mkdir -p d/e && echo 3 >d/e/f && mknod g c 0 0");
	layer("mkdir -p d/e && setfattr -n trusted.overlay.opaque -v y d");
	expect_blame("/d/e/f", "+0 ~1 -2d +3 -4d");
	expect_blame("g/", "+0 -3");
	expect_blame("d/e", "+0 ~1 -2d +3 ~4");
	expect_blame("nope", "");
	expect_blame("g/below", "");
}

static void blame_reads_no_more_than_it_may_in_all(void **state)
{
	AUTO(blame_release) struct blame blame = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	layer("echo 111111111 >f");
	layer("echo 222222222 >f");
	layer("echo 333333333 >f");
	layer("echo 333333333 >f");
	if (blame_path(store, layers, count, "f", 20, &blame, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(blame.count, 4);
	assert_true(blame.items[3].told);
	assert_int_equal(blame.items[3].differs & DIFFERS_CONTENT, 0);
	assert_true(blame.items[2].told);
	assert_true(blame.items[2].differs & DIFFERS_CONTENT);
	assert_false(blame.items[1].told);
}

/* ---- names alone ---- */

static void names_alone_have_the_same_places(void **state)
{
	AUTO(files_free) struct files *old = NULL, *now = NULL;
	AUTO(files_free) struct files *first = NULL, *names = NULL;
	struct err err = ERR_INIT;

	(void)state;
	layer("mkdir d e && echo 1 >d/a && ln d/a d/b && ln -s a d/l && "
	      "echo x >e/x && echo y >f");
	layer("mkdir d && echo 22 >d/a && ln -s b d/l && mknod e c 0 0 && "
	      "mkdir f && echo 1 >f/g && mknod n c 1 3");
	if (files_load_both(store, layers, 2, 1, &old, &now, &err) < 0 ||
	    files_compare(old, now, &err) < 0 ||
	    files_load_names(store, layers, 2, 1, &first, &names, &err) < 0 ||
	    files_compare(first, names, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(names->names_only && first->names_only);
	assert_false(now->names_only);
	assert_int_equal(names->count, now->count);
	for (uint32_t i = 0; i < now->count; i++) {
		const struct file *a = &now->items[i], *b = &names->items[i];

		assert_string_equal(files_name(now, i), files_name(names, i));
		assert_int_equal(a->parent, b->parent);
		assert_int_equal(a->next, b->next);
		assert_int_equal(a->state, b->state);
		assert_int_equal(a->was, b->was);
		assert_int_equal(a->mode & S_IFMT, b->mode & S_IFMT);
	}
	expect(now, false, "~d/a:2 ~d/l:10 -e -e/x ~f:5 +f/g +n");
}

/* ---- packs ---- */

static void a_pack_gives_back_what_was_put_in(void **state)
{
	AUTO(files_free) struct files *old = NULL, *now = NULL;
	AUTO(files_free) struct files *first = NULL;
	AUTO(files_free) struct files *second = NULL;
	AUTO(waste_free) struct waste *none = NULL;
	AUTO_FREE char *path = mem_printf("%s/pack", top);
	struct err err = ERR_INIT;

	(void)state;
	layer("mkdir d && echo 1 >d/a && ln d/a d/b && ln -s a d/l");
	layer("mkdir d && echo 22 >d/a && echo 3 >c");
	if (files_load_both(store, layers, 2, 1, &old, &now, &err) < 0 ||
	    files_compare(old, now, &err) < 0)
		fail_msg("%s", err.msg);
	files_count_totals(now);
	assert_int_equal(pack_save(old, now, NULL, path, &err), 0);
	assert_int_equal(pack_read(path, &first, &second, &none, &err), 1);
	assert_null(none);
	expect(second, true, "+c =d ~d/a:2 =d/b =d/l");
	expect(first, true, "=d =d/a =d/b =d/l");
	assert_int_equal(second->totals[0], now->totals[0]);
	assert_string_equal(files_link(second, 4), "a");
	assert_string_equal(second->layers[1].diff, now->layers[1].diff);
}

static void a_pack_of_waste_keeps_causes(void **state)
{
	AUTO(files_free) struct files *old = NULL, *now = NULL;
	AUTO(waste_free) struct waste *got = NULL;
	AUTO_FREE char *path = mem_printf("%s/pack", top);
	struct err err = ERR_INIT;

	(void)state;
	layer("echo 1 >a");
	layer("echo 2 >a");
	AUTO(waste_free) struct waste *waste = find_waste();

	files_count_totals(waste->files);
	assert_int_equal(pack_save(NULL, waste->files, waste, path, &err), 0);
	assert_int_equal(pack_read(path, &old, &now, &got, &err), 1);
	assert_null(old);
	assert_int_equal(got->count, 1);
	assert_int_equal(got->items[0].cause, WASTE_OVERWRITTEN);
	assert_string_equal(files_name(now, got->items[0].at), "a");
	assert_int_equal(got->dive.wasted_bytes, 4);
}

/* Every byte of it changed, and every length: never believed blindly. */
static void a_damaged_pack_is_no_pack_or_stays_inside(void **state)
{
	AUTO(files_free) struct files *files = NULL;
	AUTO_FREE char *path = mem_printf("%s/pack", top);
	AUTO(buf_release) struct buf bytes = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	layer("mkdir d && echo 1 >d/a && ln -s a d/l");
	files = load(1);
	files_count_totals(files);
	assert_int_equal(pack_save(NULL, files, NULL, path, &err), 0);
	assert_int_equal(fs_read(AT_FDCWD, path, 1 << 20, &bytes, &err), 1);
	for (size_t i = 0; i < 2 * bytes.len; i++) {
		AUTO(files_free) struct files *old = NULL, *now = NULL;
		AUTO(waste_free) struct waste *waste = NULL;
		bool cut = i >= bytes.len;
		size_t at = cut ? i - bytes.len : i;

		bytes.data[at] ^= cut ? 0 : 0x55;
		assert_int_equal(fs_write_atomic(AT_FDCWD, path, bytes.data,
						 cut ? at : bytes.len, 0600,
						 false, &err), 0);
		bytes.data[at] ^= cut ? 0 : 0x55;
		if (pack_read(path, &old, &now, &waste, &err) != 1)
			continue;
		assert_false(cut);
		for (uint32_t n = 0; n < now->count; n++)
			free(files_path(now, n));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define FACT(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up_layers, tear_down_layers)
		FACT(no_layers_show_an_empty_root),
		FACT(names_come_in_order_and_directories_are_one),
		FACT(whiteout_and_opaque_hide_and_later_layers_bring_back),
		FACT(a_change_tells_in_what),
		FACT(a_type_may_change_both_ways),
		FACT(hard_links_count_once),
		FACT(each_waste_has_its_cause),
		FACT(bytes_with_another_name_are_not_lost),
		FACT(dives_figures_are_computed_as_dive_does),
		FACT(nothing_is_perfectly_efficient),
		FACT(blame_names_every_layer_that_touched_a_path),
		FACT(blame_reads_no_more_than_it_may_in_all),
		FACT(names_alone_have_the_same_places),
		FACT(a_pack_gives_back_what_was_put_in),
		FACT(a_pack_of_waste_keeps_causes),
		FACT(a_damaged_pack_is_no_pack_or_stays_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
