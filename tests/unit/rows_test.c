/*
 * Rows of tree, plan and why against golden text. A case is a folder with
 * plan.json and perhaps images ("ID PARENT SIZE TAGS CREATED-BY", IDs one hex
 * digit). GOLDEN_UPDATE=1 writes what is expected anew.
 */
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "view/views.h"

#define GOLDEN TEST_DATA "/golden/rows"

struct fixture {
	struct plan *plan;
	struct image **images;
	size_t count;
};

static char *load(const char *name, const char *file)
{
	AUTO_FREE char *path = mem_printf("%s/%s/%s", GOLDEN, name, file);
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	if (fs_read(AT_FDCWD, path, 1 << 20, &text, &err) != 1)
		return NULL;
	return buf_steal(&text);
}

static struct digest id_of(char digit)
{
	struct digest id = { "" };

	if (digit == '-')
		return id;
	strcpy(id.text, "sha256:");
	memset(id.text + 7, digit, 64);
	return id;
}

static void add_image(struct fixture *fixture, char *line)
{
	struct image *image = mem_alloc(sizeof(*image));
	struct history history = { 0 };
	char tags[200], text[400] = "", *tag, *rest = NULL;
	static char empty[] = "";
	char id, parent;
	unsigned long size;

	assert_true(sscanf(line, "%c %c %lu %199s %399[^\n]", &id, &parent,
			   &size, tags, text) >= 4);
	image->id = id_of(id);
	image->parent = id_of(parent);
	image->size = size;
	image->loaded = true;
	image_config_init(&image->config);
	history.created = history.author = history.comment = empty;
	history.created_by = text;
	image_config_add_history(&image->config, &history);
	for (tag = strtok_r(tags, ",", &rest); tag && *tag != '-';
	     tag = strtok_r(NULL, ",", &rest))
		strv_add(&image->tags, tag);
	for (size_t i = 0; i < fixture->count; i++)
		if (digest_equal(&fixture->images[i]->id, &image->parent))
			MEM_PUSH(fixture->images[i]->children,
				 fixture->images[i]->child_count) = image;
	MEM_PUSH(fixture->images, fixture->count) = image;
}

static void fixture_load(struct fixture *fixture, const char *name)
{
	AUTO_FREE char *json = load(name, "plan.json");
	AUTO_FREE char *images = load(name, "images");
	char *line, *rest = NULL;
	struct err err = ERR_INIT;

	*fixture = (struct fixture){ 0 };
	assert_non_null(json);
	assert_int_equal(plan_parse_json(json, strlen(json), &fixture->plan,
					 &err), 0);
	for (line = images ? strtok_r(images, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		add_image(fixture, line);
}

static void fixture_release(struct fixture *fixture)
{
	for (size_t i = 0; i < fixture->count; i++) {
		image_config_release(&fixture->images[i]->config);
		strv_release(&fixture->images[i]->tags);
		free(fixture->images[i]->children);
		free(fixture->images[i]);
	}
	free(fixture->images);
	plan_free(fixture->plan);
}

static void print_rows(const struct rows *rows, int width, struct buf *out)
{
	for (size_t i = 0; i < rows->count; i++) {
		AUTO_FREE char *text = row_text(&rows->items[i]);
		size_t len = strlen(text);

		if (width)
			assert_true(text_width(text) <= width);
		while (len && text[len - 1] == ' ')
			len--;
		buf_add(out, text, len);
		buf_addc(out, '\n');
	}
}

static void check(const char *name, const char *file, const struct buf *got)
{
	AUTO_FREE char *want = NULL;
	AUTO_FREE char *path = mem_printf("%s/%s/%s", GOLDEN, name, file);
	struct err err = ERR_INIT;

	if (getenv("GOLDEN_UPDATE"))
		assert_int_equal(fs_write_atomic(AT_FDCWD, path, got->data,
						 got->len, 0644, false, &err),
				 0);
	want = load(name, file);
	assert_non_null(want);
	assert_string_equal(got->data, want);
}

static void check_plan(const char *name, int width, bool ascii)
{
	AUTO(rows_release) struct rows rows = { 0 };
	AUTO(buf_release) struct buf out = BUF_INIT;
	AUTO_FREE char *file = mem_printf("plan.%d%s", width,
					  ascii ? ".ascii" : "");
	struct plan_view view = { .ascii = ascii, .width = width };
	struct fixture fixture;

	fixture_load(&fixture, name);
	view_plan(fixture.plan, &view, &rows);
	print_rows(&rows, width, &out);
	check(name, file, &out);
	fixture_release(&fixture);
}

static void check_why(const char *name, int width)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	AUTO_FREE char *file = mem_printf("why.%d", width);
	struct plan_view view = { .width = width };
	struct step *const *steps;
	struct fixture fixture;
	size_t count;

	fixture_load(&fixture, name);
	steps = plan_steps(fixture.plan, &count);
	for (size_t i = 0; i < count; i++) {
		AUTO(rows_release) struct rows rows = { 0 };

		view_why(fixture.plan, steps[i], &view, &rows);
		print_rows(&rows, width, &out);
		buf_addc(&out, '\n');
	}
	check(name, file, &out);
	fixture_release(&fixture);
}

static void check_tree(const char *name, int width, bool ascii, int built)
{
	AUTO(tree_list_release) struct tree_list list = { 0 };
	AUTO(rows_release) struct rows rows = { 0 };
	AUTO(buf_release) struct buf out = BUF_INIT;
	AUTO_FREE char *file = mem_printf("tree.%d%s%s", width,
					  ascii ? ".ascii" : "",
					  built ? ".built" : "");
	struct digest ids[16] = { { "" } };
	struct tree_view view = { .ascii = ascii, .width = width,
				  .built = ids, .built_count = 16 };
	struct fixture fixture;

	fixture_load(&fixture, name);
	view.plan = fixture.plan;
	ids[built] = id_of('9');
	tree_list_make(NULL, fixture.images, fixture.count, &view, &list);
	for (size_t i = 0; i < list.count; i++)
		tree_row(NULL, &view, &list, &list.nodes[i],
			 rows_add(&rows, -1));
	print_rows(&rows, width, &out);
	check(name, file, &out);
	fixture_release(&fixture);
}

static void the_plan_lists_verdicts_reasons_and_sums(void **state)
{
	(void)state;
	check_plan("tutorial", 0, false);
	check_plan("tutorial", 40, true);
	check_plan("evidence", 60, false);
	check_plan("stages", 0, false);
}

static void why_tells_one_step_in_full(void **state)
{
	(void)state;
	check_why("tutorial", 60);
	check_why("evidence", 40);
}

static void the_tree_shows_the_chain_and_the_ghost_branch(void **state)
{
	(void)state;
	check_tree("tutorial", 0, false, 0);
	check_tree("tutorial", 38, false, 0);
	check_tree("tutorial", 60, true, 0);
	check_tree("stages", 50, false, 0);
}

static void a_step_that_was_built_is_solid_at_once(void **state)
{
	(void)state;
	check_tree("tutorial", 50, false, 4);
}

static void rows_fit_every_width(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_load(&fixture, "tutorial");
	for (int width = 1; width < 90; width++) {
		AUTO(tree_list_release) struct tree_list list = { 0 };
		struct tree_view view = { .plan = fixture.plan,
					  .width = width };

		tree_list_make(NULL, fixture.images, fixture.count, &view,
			       &list);
		for (size_t i = 0; i < list.count; i++) {
			AUTO(row_release) struct row row = { 0 };

			tree_row(NULL, &view, &list, &list.nodes[i], &row);
			assert_true(row_width(&row) <= width);
		}
	}
	fixture_release(&fixture);
}

static void ten_thousand_images_lie_in_a_tree_quickly(void **state)
{
	AUTO(tree_list_release) struct tree_list list = { 0 };
	struct tree_view view = { .width = 80 };
	struct image *images = mem_array(10000, sizeof(*images));
	struct image **order = mem_array(10000, sizeof(*order));

	(void)state;
	for (int i = 0; i < 10000; i++) {
		int parent = i % 2 ? i - 1 : i / 2;

		snprintf(images[i].id.text, sizeof(images[i].id.text),
			 "sha256:%064d", i);
		images[i].loaded = true;
		order[i] = &images[i];
		if (!i)
			continue;
		images[i].parent = images[parent].id;
		MEM_PUSH(images[parent].children,
			 images[parent].child_count) = &images[i];
	}
	tree_list_make(NULL, order, 10000, &view, &list);
	assert_int_equal(list.count, 10000);
	for (int i = 0; i < 10000; i++)
		free(images[i].children);
	free(images);
	free(order);
}

static void created_by_reads_as_instructions(void **state)
{
	static const char *const cases[][2] = {
		{ "/bin/sh -c echo first", "RUN echo first" },
		{ "/bin/sh -c #(nop)  CMD [\"a\"]", "CMD [\"a\"]" },
		{ "|1 A=1 /bin/sh -c echo $A", "RUN [A=1] echo $A" },
		{ "|x", "|x" }, { "", "" },
		{ "/bin/sh -c #(nop) COPY file:"
		  "0123456789abcdef0123456789abcdef"
		  "0123456789abcdef0123456789abcdef in . ",
		  "COPY file:0123456789ab in . " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO_FREE char *got = created_by_words(cases[i][0]);

		assert_string_equal(got, cases[i][1]);
	}
}

static char *why_of(const struct plan *plan, const struct plan_view *view)
{
	AUTO(rows_release) struct rows rows = { 0 };
	struct buf out = BUF_INIT;
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);

	view_reason(plan, steps[count - 1], view, &rows);
	for (size_t i = 3; i < rows.count; i++) {
		AUTO_FREE char *text = row_text(&rows.items[i]);

		buf_addf(&out, "%s\n", text + strspn(text, " "));
	}
	return buf_steal(&out);
}

/* Who has the store, and what of it the user has at hand. */
static void what_helps_before_a_pull_hangs_on_where_images_go(void **state)
{
	static const char json[] = "{\"format\":1,\"steps\":[{\"n\":1,"
		"\"instruction\":\"FROM a:1\",\"verdict\":\"error\","
		"\"why\":\"base-missing\",\"pull\":\"a:1\"}]}";
	static const struct {
		struct plan_view view;
		const char *text;
	} cases[] = {
		{ { .in_daemon = true, .build_key = "F5" },
		  "F5 pulls it and builds\ndocker pull a:1 brings it\n"
		  "varve plan --resolve plans on by what the registry tells\n" },
		{ { .in_daemon = true },
		  "docker pull a:1 brings it\n"
		  "--resolve plans on by what the registry tells\n" },
		{ { .build_key = "" },
		  "varve plan --resolve plans on by what the registry tells\n" },
	};
	AUTO(plan_free) struct plan *plan = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(plan_parse_json(json, strlen(json), &plan, &err), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO_FREE char *text = why_of(plan, &cases[i].view);

		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_plan_lists_verdicts_reasons_and_sums),
		cmocka_unit_test(why_tells_one_step_in_full),
		cmocka_unit_test(the_tree_shows_the_chain_and_the_ghost_branch),
		cmocka_unit_test(a_step_that_was_built_is_solid_at_once),
		cmocka_unit_test(rows_fit_every_width),
		cmocka_unit_test(ten_thousand_images_lie_in_a_tree_quickly),
		cmocka_unit_test(created_by_reads_as_instructions),
		cmocka_unit_test(
			what_helps_before_a_pull_hangs_on_where_images_go),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("view/rows", tests, NULL, NULL);
}
