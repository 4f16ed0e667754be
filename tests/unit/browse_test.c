/* Facts about view/browse and view/files_filter: what shows of a tree of files
 * when it is folded, filtered, sorted and searched. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "view/browse.h"

static uint32_t add(struct files *files, uint32_t dir, const char *name,
		    mode_t mode, uint64_t size, enum file_state state)
{
	uint32_t after = FILE_NONE, at;

	for (uint32_t i = dir == FILE_NONE ? FILE_NONE
					   : files->items[dir].child;
	     i != FILE_NONE; i = files->items[i].next)
		after = i;
	at = files_add(files, dir, after, name);
	files->items[at].mode = (uint16_t)mode;
	files->items[at].size = size;
	files->items[at].state = (uint8_t)state;
	return at;
}

#define DIR_MODE (S_IFDIR | 0755)
#define FILE_MODE (S_IFREG | 0644)

/* /etc/{apt/{sources.list},passwd} /srv/app/{big,old} /zero */
static struct files *make(void)
{
	struct files *files = mem_alloc(sizeof(*files));
	uint32_t etc, apt, srv, app;

	add(files, FILE_NONE, "", DIR_MODE, 0, FILE_SAME);
	etc = add(files, 0, "etc", DIR_MODE, 0, FILE_SAME);
	apt = add(files, etc, "apt", DIR_MODE, 0, FILE_SAME);
	add(files, apt, "sources.list", FILE_MODE, 300, FILE_CHANGED);
	add(files, etc, "passwd", FILE_MODE, 1000, FILE_SAME);
	srv = add(files, 0, "srv", DIR_MODE, 0, FILE_ADDED);
	app = add(files, srv, "app", DIR_MODE, 0, FILE_ADDED);
	add(files, app, "big", FILE_MODE, 5000000, FILE_ADDED);
	add(files, app, "old", FILE_MODE, 7, FILE_REMOVED);
	files->items[add(files, 0, "zero", S_IFLNK | 0777, 0, FILE_SAME)].uid
		= 5;
	files_count_totals(files);
	return files;
}

static char *shown(const struct browse *browse)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < browse->list.count; i++)
		buf_addf(&out, "%s%.*s%s%s", i ? " " : "",
			 (int)browse->list.items[i].depth, ">>>>>>",
			 files_name(browse->files, browse->list.items[i].at),
			 !browse_has_below(browse, i) ? "" :
			 browse_is_open(browse, i) ? "-" : "+");
	return buf_steal(&out);
}

static void expect(const struct browse *browse, const char *want)
{
	AUTO_FREE char *text = shown(browse);

	assert_string_equal(text, want);
}

static void filter(struct browse *browse, const char *words)
{
	struct err err = ERR_INIT;

	if (files_filter_parse(words, &browse->filter, &err) < 0)
		fail_msg("%s", err.msg);
	browse_again(browse, 0);
	browse_fold_all(browse, false, 0);
}

static void directories_begin_folded_and_open_line_by_line(void **state)
{
	AUTO(files_free) struct files *files = make();
	AUTO(browse_release) struct browse browse;

	(void)state;
	browse_init(&browse, files, NULL, -1);
	expect(&browse, "etc+ srv+ zero");
	browse_unfold(&browse, 0);
	expect(&browse, "etc- >apt+ >passwd srv+ zero");
	/* What has one thing in it opens with what holds it. */
	browse_unfold(&browse, 3);
	expect(&browse, "etc- >apt+ >passwd srv- >app- >>big >>old zero");
	browse_fold(&browse, 0);
	expect(&browse, "etc+ srv- >app- >>big >>old zero");
	assert_int_equal(browse_parent(&browse, 4), 2);
	assert_int_equal(browse_parent(&browse, 0), 0);
	assert_int_equal(browse_fold_all(&browse, true, 3), 1);
	expect(&browse, "etc+ srv+ zero");
	browse_fold(&browse, 2);
	browse_unfold(&browse, 2);
	assert_int_equal(browse_fold_all(&browse, false, 2), 8);
	expect(&browse, "etc- >apt- >>sources.list >passwd srv- >app- >>big "
			">>old zero");
}

static void a_filter_keeps_what_matches_and_what_leads_to_it(void **state)
{
	AUTO(files_free) struct files *files = make();
	AUTO(browse_release) struct browse browse;

	(void)state;
	browse_init(&browse, files, NULL, -1);
	filter(&browse, "kind:changed");
	expect(&browse, "etc- >apt- >>sources.list");
	assert_int_equal(browse.matches, 1);
	filter(&browse, "kind:removed,changed type:file");
	expect(&browse, "etc- >apt- >>sources.list srv- >app- >>old");
	filter(&browse, "size>1m type:file");
	expect(&browse, "srv- >app- >>big");
	filter(&browse, "size<=7 type:file");
	expect(&browse, "srv- >app- >>old");
	filter(&browse, "path:ETC/apt");
	expect(&browse, "etc- >apt- >>sources.list");
	filter(&browse, "*.list");
	expect(&browse, "etc- >apt- >>sources.list");
	filter(&browse, "/etc/p*");
	expect(&browse, "etc- >passwd");
	filter(&browse, "owner:5");
	expect(&browse, "zero");
	filter(&browse, "app kind:added");
	expect(&browse, "srv- >app- >>big");
	filter(&browse, "nothing");
	expect(&browse, "");
	filter(&browse, "  ");
	assert_true(files_filter_is_empty(&browse.filter));
	assert_int_equal(browse.list.count, 9);
}

static void a_wrong_word_changes_nothing_and_is_told(void **state)
{
	static const char *const wrong[][2] = {
		{ "kind:new", "'new' is no kind: added, changed, removed or "
			      "same" },
		{ "size>much", "'much' is no size" },
		{ "size>1x", "'1x' is no size" },
		{ "owner:me", "'me' is no user ID" },
		{ "type:door", "'door' is no type: file, dir, link, device, "
			       "block, fifo or socket" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		AUTO(files_filter_release) struct files_filter filter;
		struct err err = ERR_INIT;

		files_filter_init(&filter);
		filter.owner = 3;
		assert_int_equal(files_filter_parse(wrong[i][0], &filter,
						    &err), -1);
		assert_string_equal(err.msg, wrong[i][1]);
		assert_int_equal(filter.owner, 3);
	}
}

static void the_biggest_comes_first_and_the_cursor_stays(void **state)
{
	AUTO(files_free) struct files *files = make();
	AUTO(browse_release) struct browse browse;

	(void)state;
	browse_init(&browse, files, NULL, -1);
	browse_unfold(&browse, 0);
	browse.view.by_size = true;
	assert_int_equal(browse_again(&browse, 1), 3);
	expect(&browse, "srv+ etc- >passwd >apt+ zero");
	/* Where it no longer shows, what holds it. */
	assert_int_equal(files_filter_parse("kind:same passwd",
					    &browse.filter,
					    &(struct err){ 0 }), 0);
	assert_int_equal(browse_again(&browse, 3), 0);
	expect(&browse, "etc- >passwd");
}

static void search_looks_into_what_is_folded(void **state)
{
	AUTO(files_free) struct files *files = make();
	AUTO(browse_release) struct browse browse;

	(void)state;
	browse_init(&browse, files, NULL, -1);
	assert_int_equal(browse_find(&browse, "sources", 0, 1), 2);
	expect(&browse, "etc- >apt- >>sources.list >passwd srv+ zero");
	assert_int_equal(browse_find(&browse, "APP", 0, 1),
			 browse.list.count);
	assert_int_equal(browse_find(&browse, "app", 3, 1), 5);
	assert_int_equal(browse_find(&browse, "/app/b", 0, 1), 6);
	/* Around, both ways. */
	assert_int_equal(browse_find(&browse, "etc", 3, 1), 0);
	assert_int_equal(browse_find(&browse, "old", 3, -1), 7);
	browse_fold_all(&browse, true, 0);
	assert_int_equal(browse_find(&browse, "old", 0, -1), 4);
	expect(&browse, "etc+ srv- >app- >>big >>old zero");
}

static void the_next_change_is_found(void **state)
{
	AUTO(files_free) struct files *files = make();
	AUTO(browse_release) struct browse browse;

	(void)state;
	browse_init(&browse, files, NULL, -1);
	assert_int_equal(browse_find(&browse, NULL, 0, 1), 2);
	assert_int_equal(browse_find(&browse, NULL, 3, 1), 6);
	assert_int_equal(browse_find(&browse, NULL, 7, 1), 7);
	assert_int_equal(browse_find(&browse, NULL, 8, 1), 2);
}

static void a_row_says_state_size_and_fold(void **state)
{
	AUTO(files_free) struct files *files = make();
	AUTO(browse_release) struct browse browse;
	static const char *const want[] = {
		"  same     drwxr-xr-x  0:0         1.3 kB  ▸etc/",
		"+ added       5 MB  ▸srv/",
	};

	(void)state;
	browse_init(&browse, files, NULL, -1);
	for (size_t i = 0; i < 2; i++) {
		AUTO(row_release) struct row row = { 0 };
		AUTO_FREE char *text = NULL;

		browse.view.brief = i == 1;
		browse_row(&browse, i, &row);
		text = row_text(&row);
		assert_string_equal(text, want[i]);
	}
}

static void what_was_unfolded_stays_so_when_more_is_known(void **state)
{
	AUTO(files_free) struct files *names = make();
	AUTO(files_free) struct files *all = make();
	AUTO(browse_release) struct browse before, browse;

	(void)state;
	names->names_only = true;
	browse_init(&before, names, NULL, -1);
	browse_unfold(&before, 0);
	browse_init(&browse, all, NULL, -1);
	browse_follow(&browse, &before);
	assert_true(browse_is_open(&browse, 0));
	assert_int_equal(browse.list.count, before.list.count);
}

static void a_size_that_is_not_known_is_no_number(void **state)
{
	AUTO(files_free) struct files *names = make();
	AUTO(browse_release) struct browse browse;
	struct row row = { 0 };
	AUTO_FREE char *text = NULL;

	(void)state;
	names->names_only = true;
	browse_init(&browse, names, NULL, -1);
	browse_row(&browse, 0, &row);
	text = row_text(&row);
	assert_non_null(strstr(text, "d?????????  ?"));
	assert_non_null(strstr(text, " ?  "));
	assert_null(strstr(text, "0:0"));
	row_release(&row);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			directories_begin_folded_and_open_line_by_line),
		cmocka_unit_test(
			a_filter_keeps_what_matches_and_what_leads_to_it),
		cmocka_unit_test(a_wrong_word_changes_nothing_and_is_told),
		cmocka_unit_test(the_biggest_comes_first_and_the_cursor_stays),
		cmocka_unit_test(search_looks_into_what_is_folded),
		cmocka_unit_test(the_next_change_is_found),
		cmocka_unit_test(a_row_says_state_size_and_fold),
		cmocka_unit_test(
			what_was_unfolded_stays_so_when_more_is_known),
		cmocka_unit_test(a_size_that_is_not_known_is_no_number),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
