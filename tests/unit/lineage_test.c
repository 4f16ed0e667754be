/* Facts about store/lineage: which image stands on which, recorded or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/lineage.h"

#define MOST 16

static struct image images[MOST], *list[MOST];
static size_t count;

/* layers: a letter for each; history: "ab.c", a dot before an entry that adds
 * no layer. ID and parent are a hex digit; parent '-': none recorded. */
static void image(char id, char parent, const char *layers,
		  const char *history, const char *tag)
{
	struct image *image = &images[count];
	char created[] = "", by[2] = "";

	memset(image, 0, sizeof(*image));
	snprintf(image->id.text, sizeof(image->id.text), "sha256:%064d", 0);
	memset(image->id.text + 7, id, 64);
	if (parent != '-') {
		image->parent = image->id;
		memset(image->parent.text + 7, parent, 64);
	}
	image_config_init(&image->config);
	for (; *layers; layers++) {
		struct digest diff = image->id;

		memset(diff.text + 7, *layers, 64);
		image_config_add_diff(&image->config, &diff);
	}
	for (; *history; history++) {
		struct history entry = { created, created, by, created,
					 *history == '.' };

		history += *history == '.';
		by[0] = *history;
		image_config_add_history(&image->config, &entry);
	}
	image->loaded = true;
	if (*tag)
		strv_add(&image->tags, tag);
	list[count++] = image;
}

static int clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		image_config_release(&images[i].config);
		strv_release(&images[i].tags);
	}
	count = 0;
	return 0;
}

/* "a>- b>a c~b": ~ where only the layers tell. */
static void expect(const char *want)
{
	AUTO(lineage_release) struct lineage lineage = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;

	lineage_make(list, count, &lineage);
	for (size_t i = 0; i < count; i++) {
		const struct lineage_image *place = &lineage.images[i];

		buf_addf(&text, "%s%c%c%c", i ? " " : "",
			 images[i].id.text[7], place->by_layers ? '~' : '>',
			 place->parent == LINEAGE_NONE ? '-' :
				 images[place->parent].id.text[7]);
	}
	assert_string_equal(text.data, want);
}

static void a_recorded_link_is_kept(void **state)
{
	(void)state;
	image('a', '-', "A", "a", "base");
	image('b', 'a', "A", "a.x", "");
	image('c', 'b', "AB", "a.xb", "");
	image('d', 'f', "AB", "a.xb", ""); /* its parent is not there */
	expect("a>- b>a c>b d~b");
}

static void the_longest_beginning_of_layers_is_the_parent(void **state)
{
	(void)state;
	image('a', '-', "A", "", "base");
	image('b', '-', "AB", "", "");
	image('c', '-', "ABC", "", "");
	image('d', '-', "AXC", "", "");
	image('e', '-', "B", "", "");
	expect("a>- b~a c~b d~a e>-");
}

static void of_equal_layers_the_history_tells(void **state)
{
	(void)state;
	image('a', '-', "A", "a", "base");
	image('b', '-', "A", "a.e", "with-env");
	image('c', '-', "A", "a.e.f", "");
	image('d', '-', "AD", "a.ed", "");
	image('e', '-', "AD", "ad", "");
	image('f', '-', "AD", "zz", ""); /* nobody's history: the named one */
	expect("a>- b~a c~b d~b e~a f~a");
}

static void same_layers_without_a_history_are_no_parents(void **state)
{
	(void)state;
	image('a', '-', "A", "", "");
	image('b', '-', "A", "", "");
	image('c', '-', "", "", "scratch");
	image('d', '-', "", ".x", "scratch:2");
	expect("a>- b>- c>- d>-");
}

static void links_that_say_the_contrary_make_no_circle(void **state)
{
	(void)state;
	image('a', 'b', "A", "a", "");
	image('b', '-', "AB", "ab", "");
	expect("a>b b>-");
}

static void what_stands_on_an_image_and_who_has_its_layers(void **state)
{
	AUTO(lineage_release) struct lineage lineage = { 0 };

	(void)state;
	image('a', '-', "A", "a", "base");
	image('b', 'a', "A", "a.x", "");
	image('c', 'b', "AB", "a.xb", "one");
	image('d', '-', "AD", "ad", "two");
	images[0].child_count = images[1].child_count = 1; /* not listed: b */
	lineage_make(list, count, &lineage);
	assert_int_equal(lineage.images[0].kids, 2);
	assert_int_equal(lineage.images[0].below, 3);
	assert_int_equal(lineage.images[0].kid, 1);
	assert_int_equal(lineage.images[1].next, 3);
	assert_int_equal(lineage.images[0].holders, 3);
	assert_int_equal(lineage.images[1].holders, 3);
	assert_int_equal(lineage.images[2].holders, 1);
	images[0].child_count = images[1].child_count = 0;
}

/* As many as a store may have, all of the same layers. */
static void many_images_of_the_same_layers_are_placed_quickly(void **state)
{
	enum { MANY = 20000 };
	struct image *many = mem_array(MANY, sizeof(*many));
	struct image **order = mem_array(MANY, sizeof(*order));
	struct digest diff = { "sha256:" };
	AUTO(lineage_release) struct lineage lineage = { 0 };

	(void)state;
	memset(diff.text + 7, 'a', 64);
	for (int i = 0; i < MANY; i++) {
		char text[8] = "", by[16];
		struct history entry = { text, text, by, text, i > 0 };

		snprintf(by, sizeof(by), "%d", i);
		snprintf(many[i].id.text, sizeof(many[i].id.text),
			 "sha256:%064d", i);
		image_config_init(&many[i].config);
		image_config_add_diff(&many[i].config, &diff);
		image_config_add_history(&many[i].config, &entry);
		many[i].loaded = true;
		order[i] = &many[i];
	}
	lineage_make(order, MANY, &lineage);
	assert_int_equal(lineage.images[MANY - 1].parent, LINEAGE_NONE);
	for (int i = 0; i < MANY; i++)
		image_config_release(&many[i].config);
	free(many);
	free(order);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define FACT(name) cmocka_unit_test_teardown(name, clear)
		FACT(a_recorded_link_is_kept),
		FACT(the_longest_beginning_of_layers_is_the_parent),
		FACT(of_equal_layers_the_history_tells),
		FACT(same_layers_without_a_history_are_no_parents),
		FACT(links_that_say_the_contrary_make_no_circle),
		FACT(what_stands_on_an_image_and_who_has_its_layers),
		FACT(many_images_of_the_same_layers_are_placed_quickly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
