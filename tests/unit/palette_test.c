/* Palettes: what each promises to the eye. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "view/palette.h"

#define BLACK 0
#define YELLOW 3
#define CYAN 6
#define WHITE 7

static void each_palette_is_found_by_its_name(void **state)
{
	enum palette found;

	(void)state;
	for (int i = 0; i < PALETTE_COUNT; i++) {
		assert_true(palette_find(palette_name((enum palette)i),
					 &found));
		assert_int_equal(found, i);
	}
	assert_false(palette_find("pink", &found));
	assert_false(palette_find("", &found));
}

static void mono_has_no_colours(void **state)
{
	(void)state;
	for (int i = 0; i < STYLE_COUNT; i++)
		assert_int_equal(palette_look(PALETTE_MONO,
					      (enum style)i)->colour,
				 COLOUR_DEFAULT);
	assert_int_equal(palette_ground(PALETTE_MONO), COLOUR_DEFAULT);
}

static void light_has_no_letters_that_vanish_on_white(void **state)
{
	(void)state;
	for (int i = 0; i < STYLE_COUNT; i++) {
		short colour = palette_look(PALETTE_LIGHT,
					    (enum style)i)->colour;

		assert_int_not_equal(colour, YELLOW);
		assert_int_not_equal(colour, CYAN);
		assert_int_not_equal(colour, WHITE);
	}
}

static void high_contrast_colours_every_letter_and_dims_none(void **state)
{
	(void)state;
	assert_int_equal(palette_ground(PALETTE_HIGH_CONTRAST), BLACK);
	for (int i = 0; i < STYLE_COUNT; i++) {
		const struct look *look = palette_look(PALETTE_HIGH_CONTRAST,
						       (enum style)i);

		assert_int_not_equal(look->colour, COLOUR_DEFAULT);
		assert_int_not_equal(look->colour, BLACK);
		/* 16 bright letters: 9 to 15. */
		assert_in_range(look->rich, 9, 15);
		assert_false(look->attributes & LOOK_DIM);
	}
}

/* Dark and light take the user's ground: none may set letters only. */
static void the_plain_style_is_the_terminals_own(void **state)
{
	static const enum palette own[] = { PALETTE_DARK, PALETTE_LIGHT,
					    PALETTE_MONO };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct look *look = palette_look(own[i], STYLE_PLAIN);

		assert_int_equal(look->colour, COLOUR_DEFAULT);
		assert_int_equal(look->attributes, 0);
		assert_int_equal(palette_ground(own[i]), COLOUR_DEFAULT);
	}
}

static void verdicts_differ_in_every_palette(void **state)
{
	static const enum style verdicts[] = { STYLE_HIT, STYLE_MISS,
					       STYLE_LATE, STYLE_PULL };
	size_t count = sizeof(verdicts) / sizeof(*verdicts);

	(void)state;
	for (int p = 0; p < PALETTE_COUNT; p++)
		for (size_t i = 0; i < count; i++)
			for (size_t j = 0; j < i; j++)
				assert_memory_not_equal(
					palette_look((enum palette)p,
						     verdicts[i]),
					palette_look((enum palette)p,
						     verdicts[j]),
					sizeof(struct look));
}

static void what_is_to_be_pulled_looks_like_no_failure(void **state)
{
	(void)state;
	for (int p = 0; p < PALETTE_COUNT; p++)
		assert_memory_not_equal(
			palette_look((enum palette)p, STYLE_PULL),
			palette_look((enum palette)p, STYLE_ERROR),
			sizeof(struct look));
}

static void styles_of_the_same_colours_have_the_first_of_them(void **state)
{
	(void)state;
	assert_int_equal(palette_same(PALETTE_DARK, STYLE_TAG), STYLE_KEY);
	assert_int_equal(palette_same(PALETTE_DARK, STYLE_DIM), STYLE_PLAIN);
	assert_int_equal(palette_same(PALETTE_LIGHT, STYLE_HIT), STYLE_HIT);
	for (int p = 0; p < PALETTE_COUNT; p++)
		for (int i = 0; i < STYLE_COUNT; i++) {
			const struct look *look, *same;
			enum style first = palette_same((enum palette)p,
							(enum style)i);

			look = palette_look((enum palette)p, (enum style)i);
			same = palette_look((enum palette)p, first);
			assert_true((int)first <= i);
			assert_int_equal(same->colour, look->colour);
			assert_int_equal(same->rich, look->rich);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_palette_is_found_by_its_name),
		cmocka_unit_test(mono_has_no_colours),
		cmocka_unit_test(light_has_no_letters_that_vanish_on_white),
		cmocka_unit_test(
			high_contrast_colours_every_letter_and_dims_none),
		cmocka_unit_test(the_plain_style_is_the_terminals_own),
		cmocka_unit_test(verdicts_differ_in_every_palette),
		cmocka_unit_test(what_is_to_be_pulled_looks_like_no_failure),
		cmocka_unit_test(
			styles_of_the_same_colours_have_the_first_of_them),
	};

	return cmocka_run_group_tests_name("view/palette", tests, NULL, NULL);
}
