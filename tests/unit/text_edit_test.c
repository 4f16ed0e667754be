/* Editing a text: each change against a plain model, and all of them undone. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/text_edit.h"

static struct text_edit *edit_of(const char *text, int line, int column)
{
	struct text_edit *edit = text_edit_new(text, strlen(text));

	text_edit_go(edit, line, column);
	return edit;
}

static void check(const struct text_edit *edit, const char *text, int line,
		  int column)
{
	int at_line, at_column;

	assert_string_equal(text_edit_text(edit, NULL), text);
	text_edit_where(edit, &at_line, &at_column);
	assert_int_equal(at_line, line);
	assert_int_equal(at_column, column);
}

static void type(struct text_edit *edit, const char *text)
{
	for (; *text; text++)
		text_edit_insert(edit, text, 1);
}

static void a_word_of_typing_is_undone_at_once(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit = edit_of("FROM a\n", 1, 0);

	(void)state;
	type(edit, "RUN make all");
	check(edit, "FROM a\nRUN make all", 1, 12);
	assert_true(text_edit_undo(edit));
	check(edit, "FROM a\nRUN make ", 1, 9);
	assert_true(text_edit_undo(edit));
	check(edit, "FROM a\nRUN ", 1, 4);
	assert_true(text_edit_redo(edit));
	check(edit, "FROM a\nRUN make ", 1, 9);
	type(edit, "x");
	assert_false(text_edit_redo(edit));
	check(edit, "FROM a\nRUN make x", 1, 10);
}

static void lines_change_places_and_the_cursor_goes_along(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit =
		edit_of("one\ntwo\nthree", 1, 2);

	(void)state;
	assert_true(text_edit_change(edit, TEXT_LINE_BELOW));
	check(edit, "one\nthree\ntwo", 2, 2);
	assert_false(text_edit_change(edit, TEXT_LINE_BELOW));
	assert_true(text_edit_change(edit, TEXT_LINE_ABOVE));
	assert_true(text_edit_change(edit, TEXT_LINE_ABOVE));
	check(edit, "two\none\nthree", 0, 2);
	assert_false(text_edit_change(edit, TEXT_LINE_ABOVE));
	text_edit_undo(edit);
	check(edit, "one\ntwo\nthree", 1, 2);
}

static void a_last_line_goes_not_past_the_end(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit = edit_of("a\nb\n", 1, 0);

	(void)state;
	assert_false(text_edit_change(edit, TEXT_LINE_BELOW));
	check(edit, "a\nb\n", 1, 0);
}

static void comment_join_duplicate_delete(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit =
		edit_of("RUN a\n    && b\n", 0, 3);

	(void)state;
	assert_true(text_edit_change(edit, TEXT_COMMENT));
	check(edit, "# RUN a\n    && b\n", 0, 5);
	assert_true(text_edit_change(edit, TEXT_COMMENT));
	check(edit, "RUN a\n    && b\n", 0, 3);
	assert_true(text_edit_change(edit, TEXT_JOIN));
	check(edit, "RUN a && b\n", 0, 5);
	assert_true(text_edit_change(edit, TEXT_DUPLICATE));
	check(edit, "RUN a && b\nRUN a && b\n", 1, 5);
	assert_true(text_edit_change(edit, TEXT_DELETE_LINE));
	check(edit, "RUN a && b\n", 1, 0);
	assert_false(text_edit_change(edit, TEXT_DELETE_LINE));
	while (text_edit_undo(edit))
		;
	check(edit, "RUN a\n    && b\n", 0, 3);
	assert_false(text_edit_modified(edit));
}

static void line_ends_of_windows_stay(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit =
		edit_of("a\r\nb\r\n", 0, 9);

	(void)state;
	check(edit, "a\r\nb\r\n", 0, 1);
	text_edit_change(edit, TEXT_NEWLINE);
	check(edit, "a\r\n\r\nb\r\n", 1, 0);
	text_edit_change(edit, TEXT_BACKSPACE);
	check(edit, "a\r\nb\r\n", 0, 1);
	text_edit_change(edit, TEXT_LINE_BELOW);
	check(edit, "b\r\na\r\n", 1, 1);
}

static void the_cursor_stands_on_whole_characters(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit =
		edit_of("층e\xcc\x81x\n\tab", 0, 1);

	(void)state;
	check(edit, "층e\xcc\x81x\n\tab", 0, 0);
	text_edit_move(edit, TEXT_RIGHT);
	text_edit_move(edit, TEXT_RIGHT);
	check(edit, "층e\xcc\x81x\n\tab", 0, 6);
	text_edit_change(edit, TEXT_BACKSPACE);
	check(edit, "층x\n\tab", 0, 3);
	text_edit_move(edit, TEXT_DOWN);
	check(edit, "층x\n\tab", 1, 0);
	text_edit_move(edit, TEXT_UP);
	check(edit, "층x\n\tab", 0, 3);
}

static void another_text_is_taken_where_it_differs(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit =
		edit_of("a\nb\nc\nd\n", 3, 1);

	(void)state;
	assert_true(text_edit_take(edit, "a\nbb\nx\nc\nd\n", 11));
	check(edit, "a\nbb\nx\nc\nd\n", 4, 1);
	text_edit_saved(edit);
	text_edit_undo(edit);
	check(edit, "a\nb\nc\nd\n", 3, 1);
	assert_true(text_edit_modified(edit));
	assert_false(text_edit_take(edit, "a\nb\nc\nd\n", 8));
}

static bool change(struct text_edit *edit, enum text_change what, int lines,
		   int other)
{
	struct text_block block = { lines, other, '\\', false };

	return text_edit_change_block(edit, what, &block);
}

static void lines_that_belong_together_move_together(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit =
		edit_of("A\nB \\\n b\nC \\\n c\nD", 1, 1);

	(void)state;
	assert_true(change(edit, TEXT_LINE_BELOW, 2, 2));
	check(edit, "A\nC \\\n c\nB \\\n b\nD", 3, 1);
	assert_true(change(edit, TEXT_LINE_BELOW, 2, 1));
	check(edit, "A\nC \\\n c\nD\nB \\\n b", 4, 1);
	assert_false(change(edit, TEXT_LINE_BELOW, 2, 1));
	assert_true(change(edit, TEXT_LINE_ABOVE, 2, 1));
	assert_true(change(edit, TEXT_LINE_ABOVE, 2, 2));
	assert_true(change(edit, TEXT_LINE_ABOVE, 2, 1));
	check(edit, "B \\\n b\nA\nC \\\n c\nD", 0, 1);
	assert_false(change(edit, TEXT_LINE_ABOVE, 2, 1));
	while (text_edit_undo(edit))
		;
	check(edit, "A\nB \\\n b\nC \\\n c\nD", 1, 1);
}

static void they_are_deleted_doubled_and_commented_together(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit =
		edit_of("A \\\n  a\n\nB\n", 0, 1);

	(void)state;
	assert_true(change(edit, TEXT_DUPLICATE, 2, 1));
	check(edit, "A \\\n  a\nA \\\n  a\n\nB\n", 2, 1);
	assert_true(change(edit, TEXT_DELETE_LINE, 2, 1));
	check(edit, "A \\\n  a\n\nB\n", 2, 0);
	text_edit_go(edit, 0, 1);
	assert_true(change(edit, TEXT_COMMENT, 2, 1));
	check(edit, "# A \\\n  # a\n\nB\n", 0, 3);
	/* A comment is a line of its own: what it went on with is known. */
	assert_true(change(edit, TEXT_COMMENT, 1, 1));
	check(edit, "A \\\n  a\n\nB\n", 0, 1);
	assert_true(change(edit, TEXT_DELETE_LINE, 99, 1));
	check(edit, "", 0, 0);
}

static void a_line_that_goes_on_is_joined_without_its_sign(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit =
		edit_of("RUN a \\ \n  && b\n", 0, 0);

	(void)state;
	assert_true(change(edit, TEXT_JOIN, 2, 1));
	check(edit, "RUN a && b\n", 0, 6);
}

static bool inside(struct text_edit *edit, enum text_change what)
{
	struct text_block block = { 1, 1, '\\', true };

	return text_edit_change_block(edit, what, &block);
}

static void inside_an_instruction_its_ends_stay(void **state)
{
	AUTO(text_edit_free) struct text_edit *edit =
		edit_of("RUN a \\\n  b \\\r\n  # c\n  d\nE\n", 3, 1);

	(void)state;
	/* A comment has no sign, and is passed as it is. */
	assert_true(inside(edit, TEXT_LINE_ABOVE));
	check(edit, "RUN a \\\n  b \\\r\n  d\n  # c\nE\n", 2, 1);
	assert_true(inside(edit, TEXT_LINE_ABOVE));
	check(edit, "RUN a \\\n  d \\\r\n  b\n  # c\nE\n", 1, 1);
	text_edit_go(edit, 2, 3);
	assert_true(inside(edit, TEXT_DUPLICATE));
	check(edit, "RUN a \\\n  d \\\r\n  b \\\n  b\n  # c\nE\n", 3, 3);
	assert_true(inside(edit, TEXT_DELETE_LINE));
	check(edit, "RUN a \\\n  d \\\r\n  b\n  # c\nE\n", 3, 0);
	text_edit_undo(edit);
	text_edit_undo(edit);
	text_edit_undo(edit);
	text_edit_undo(edit);
	check(edit, "RUN a \\\n  b \\\r\n  # c\n  d\nE\n", 3, 1);
	assert_true(inside(edit, TEXT_DELETE_LINE));
	check(edit, "RUN a \\\n  b\r\n  # c\nE\n", 3, 0);
}

/* ---- at random ---- */

static uint32_t seed = 1;

static uint32_t dice(uint32_t sides)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % sides;
}

static size_t offset(const struct text_edit *edit)
{
	int line, column;
	size_t at = 0;

	text_edit_where(edit, &line, &column);
	for (const char *text = text_edit_text(edit, NULL); line > 0; line--)
		at += strcspn(text + at, "\n") + 1;
	return at + (size_t)column;
}

/* The model: a plain copy of the text with the piece put in. */
static void insert_and_compare(struct text_edit *edit)
{
	static const char *const pieces[] = { "a", " ", "\\", "\n", "층",
					      "\t", "# ", "\xff" };
	const char *piece = pieces[dice(8)];
	size_t at = offset(edit);
	AUTO_FREE char *want = mem_printf(
		"%.*s%s%s", (int)at, text_edit_text(edit, NULL), piece,
		text_edit_text(edit, NULL) + at);

	text_edit_insert(edit, piece, strlen(piece));
	assert_string_equal(text_edit_text(edit, NULL), want);
	assert_int_equal(offset(edit), at + strlen(piece));
}

static void one_action(struct text_edit *edit)
{
	switch (dice(5)) {
	case 0:
	case 1:
		insert_and_compare(edit);
		break;
	case 2:
		if (dice(2))
			inside(edit, (enum text_change)dice(TEXT_COMMENT + 1));
		else
			change(edit, (enum text_change)dice(TEXT_COMMENT + 1),
			       1 + (int)dice(3), 1 + (int)dice(3));
		break;
	case 3:
		text_edit_move(edit, (enum text_move)dice(TEXT_END + 1));
		break;
	case 4:
		text_edit_go(edit, (int)dice(20), (int)dice(20));
		break;
	}
}

static void check_lines(const struct text_edit *edit)
{
	size_t len, seen = 0;
	const char *text = text_edit_text(edit, &len);

	assert_int_equal(strlen(text), len);
	for (int i = 0; i < text_edit_lines(edit); i++) {
		struct span line = text_edit_line(edit, i);

		assert_ptr_equal(line.ptr, text + seen);
		seen += strcspn(text + seen, "\n") + 1;
	}
	assert_int_equal(seen, len + 1);
}

/* Every state that was before can be had again, in turn, and back. */
static void random_edits_are_undone_and_redone(void **state)
{
	(void)state;
	for (int round = 0; round < 40; round++) {
		AUTO(text_edit_free) struct text_edit *edit =
			edit_of("FROM a\nRUN b\n", 0, 0);
		AUTO(strv_release) struct strv states = { 0 };
		AUTO_FREE char *last = NULL;

		for (int i = 0; i < 200; i++) {
			strv_add(&states, text_edit_text(edit, NULL));
			one_action(edit);
			check_lines(edit);
			if (dice(8) == 0 && text_edit_undo(edit))
				assert_true(strv_has(
					&states, text_edit_text(edit, NULL)));
			if (dice(16) == 0)
				text_edit_redo(edit);
		}
		while (text_edit_redo(edit))
			;
		last = mem_strdup(text_edit_text(edit, NULL));
		while (text_edit_undo(edit))
			check_lines(edit);
		assert_string_equal(text_edit_text(edit, NULL),
				    "FROM a\nRUN b\n");
		assert_false(text_edit_modified(edit));
		while (text_edit_redo(edit))
			;
		assert_string_equal(text_edit_text(edit, NULL), last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_of_typing_is_undone_at_once),
		cmocka_unit_test(lines_change_places_and_the_cursor_goes_along),
		cmocka_unit_test(a_last_line_goes_not_past_the_end),
		cmocka_unit_test(comment_join_duplicate_delete),
		cmocka_unit_test(line_ends_of_windows_stay),
		cmocka_unit_test(the_cursor_stands_on_whole_characters),
		cmocka_unit_test(another_text_is_taken_where_it_differs),
		cmocka_unit_test(lines_that_belong_together_move_together),
		cmocka_unit_test(
			they_are_deleted_doubled_and_commented_together),
		cmocka_unit_test(a_line_that_goes_on_is_joined_without_its_sign),
		cmocka_unit_test(inside_an_instruction_its_ends_stay),
		cmocka_unit_test(random_edits_are_undone_and_redone),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
