/* Facts about view/waste_groups: which lost files are told of together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "view/waste_groups.h"

static struct files *files;
static struct waste waste;
static struct waste_groups groups;

static uint32_t add(uint32_t dir, const char *name, mode_t mode)
{
	uint32_t at = files_add(files, dir, FILE_NONE, name);

	files->items[at].mode = (uint16_t)mode;
	files->items[at].size = 1;
	files->items[at].state = FILE_SAME;
	return at;
}

static uint32_t add_dir(uint32_t dir, const char *name)
{
	return add(dir, name, S_IFDIR | 0755);
}

static uint32_t add_file(uint32_t dir, const char *name)
{
	return add(dir, name, S_IFREG | 0644);
}

static void lose(uint32_t at, uint64_t bytes, enum waste_cause cause,
		 uint16_t by)
{
	MEM_PUSH(waste.items, waste.count) = (struct waste_item){
		.bytes = bytes, .at = at, .by = by, .cause = (uint8_t)cause };
}

static void expect(size_t group, const char *path, size_t count,
		   uint64_t bytes)
{
	const struct waste_group *it = &groups.items[group];
	AUTO_FREE char *is = files_path(files, it->dir == FILE_NONE ?
		waste.items[it->items[0]].at : it->dir);

	assert_string_equal(is, path);
	assert_int_equal(it->count, count);
	assert_int_equal(it->bytes, bytes);
}

static int set_up(void **state)
{
	(void)state;
	files = mem_alloc(sizeof(*files));
	add(FILE_NONE, "", S_IFDIR | 0755);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	waste_groups_release(&groups);
	files_free(files);
	free(waste.items);
	waste = (struct waste){ 0 };
	return 0;
}

static void a_directory_that_is_all_lost_is_one_group(void **state)
{
	uint32_t app = add_dir(0, "app"), modules = add_dir(app, "modules");
	uint32_t one = add_dir(modules, "one"), two = add_dir(modules, "two");

	(void)state;
	lose(add_file(0, "alone"), 6, WASTE_IDENTICAL, 2);
	lose(add_file(one, "a"), 4, WASTE_IDENTICAL, 2);
	lose(add_file(one, "b"), 3, WASTE_IDENTICAL, 2);
	lose(add_file(two, "a"), 2, WASTE_IDENTICAL, 2);
	waste_groups_make(&waste, files, &groups);
	assert_int_equal(groups.count, 2);
	expect(0, "app/modules", 3, 9);
	expect(1, "alone", 1, 6);
	assert_int_equal(groups.items[0].items[0], 1);
}

static void one_file_in_ten_may_be_left(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f",
					     "g", "h", "i" };
	uint32_t dir = add_dir(0, "d");

	(void)state;
	for (size_t i = 0; i < 9; i++)
		lose(add_file(dir, names[i]), 1, WASTE_METADATA, 1);
	add_file(dir, "kept");
	waste_groups_make(&waste, files, &groups);
	assert_int_equal(groups.count, 1);
	expect(0, "d", 9, 9);
	waste_groups_release(&groups);
	add_file(dir, "kept too");
	waste_groups_make(&waste, files, &groups);
	assert_int_equal(groups.count, 9);
}

static void causes_and_layers_are_told_apart(void **state)
{
	uint32_t dir = add_dir(0, "d");
	uint32_t at[3] = { add_file(dir, "a"), add_file(dir, "b"),
			   add_file(dir, "c") };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		lose(at[i], 10, WASTE_METADATA, 1);
		lose(at[i], 20, WASTE_METADATA, 2);
	}
	lose(at[0], 1, WASTE_DELETED, 3);
	waste_groups_make(&waste, files, &groups);
	assert_int_equal(groups.count, 3);
	expect(0, "d", 3, 60);
	expect(1, "d", 3, 30);
	expect(2, "d/a", 1, 1);
}

static void two_files_are_named_one_by_one(void **state)
{
	uint32_t dir = add_dir(0, "d");

	(void)state;
	lose(add_file(dir, "a"), 2, WASTE_IDENTICAL, 1);
	lose(add_file(dir, "b"), 1, WASTE_IDENTICAL, 1);
	waste_groups_make(&waste, files, &groups);
	assert_int_equal(groups.count, 2);
	expect(0, "d/a", 1, 2);
	expect(1, "d/b", 1, 1);
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(a_directory_that_is_all_lost_is_one_group),
		FACT(one_file_in_ten_may_be_left),
		FACT(causes_and_layers_are_told_apart),
		FACT(two_files_are_named_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
