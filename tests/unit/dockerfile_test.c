/* Facts about parsing: what a real dockerd made of hundreds of files. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "dockerfile/dockerfile.h"
#include "tests/unit/vectors.h"

#define DAEMON "Error response from daemon: "

static struct dockerfile *parse(const char *text)
{
	return dockerfile_parse(text, strlen(text));
}

/* The n-th step (from 1) as Docker counts them. */
static const struct instr *step_at(const struct dockerfile *file, size_t n)
{
	if (n-- <= file->meta_arg_count)
		return file->meta_args[n];
	n -= file->meta_arg_count;
	for (size_t i = 0; i < file->stage_count; i++) {
		if (n == 0)
			return file->stages[i].from;
		if (n <= file->stages[i].count)
			return file->stages[i].instrs[n - 1];
		n -= 1 + file->stages[i].count;
	}
	return NULL;
}

/* "Step 2/5 : RUN x" */
static void check_step(const char *name, const struct dockerfile *file,
		       const char *line)
{
	const struct instr *instr;
	size_t n, total;
	int end = 0;

	if (sscanf(line, "Step %zu/%zu : %n", &n, &total, &end) != 2 || !end)
		fail_msg("%s: strange step '%s'", name, line);
	if (dockerfile_steps(file, file->stage_count) != total)
		fail_msg("%s: %zu steps, want %zu", name,
			 dockerfile_steps(file, file->stage_count), total);
	instr = step_at(file, n);
	if (!instr || strcmp(instr->text, line + end) != 0)
		fail_msg("%s: step %zu is <%s>, want <%s>", name, n,
			 instr ? instr->text : "(none)", line + end);
}

static void check_steps(const json_t *item, const struct dockerfile *file)
{
	const json_t *steps = json_object_get(item, "steps"), *line;
	size_t i;

	if (json_array_size(json_object_get(item, "args")) > 0)
		return; /* --target: another count */
	json_array_foreach(steps, i, line)
		check_step(vectors_text(item, "name"), file,
			   json_string_value(line));
}

/* The error of the daemon before any step, or NULL. Owned. */
static char *parse_error(const json_t *item)
{
	const char *text = vectors_text(item, "stderr");
	char *error;

	if (strncmp(text, DAEMON, strlen(DAEMON)) != 0 ||
	    strstr(text, "build target"))
		return NULL;
	error = mem_strdup(text + strlen(DAEMON));
	error[strcspn(error, "\n")] = '\0';
	return error;
}

static void check_case(const json_t *item, const char *text, size_t len)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse(text, len);
	const char *name = vectors_text(item, "name");
	AUTO_FREE char *want = parse_error(item);
	struct err err = ERR_INIT;
	int rc = dockerfile_check(file, "Dockerfile", &err);

	if (want && (rc == 0 || strcmp(err.msg, want) != 0))
		fail_msg("%s: got <%s>, want <%s>", name, err.msg, want);
	if (!want && rc != 0)
		fail_msg("%s: refused: %s", name, err.msg);
	check_steps(item, file);
}

static void recorded_files_have_dockers_steps_or_error(void **state)
{
	json_t *cases = vectors_load("parse.json"), *item;
	size_t i, done = 0;

	(void)state;
	json_array_foreach(cases, i, item) {
		const json_t *text = json_object_get(item, "dockerfile");

		/* A NUL is what varve cannot keep; see below. */
		if (memchr(json_string_value(text), '\0',
			   json_string_length(text)))
			continue;
		check_case(item, json_string_value(text),
			   json_string_length(text));
		done++;
	}
	assert_int_equal(done, 123);
	json_decref(cases);
}

static void recorded_mistakes_have_dockers_words(void **state)
{
	json_t *cases = vectors_load("errors.json"), *item;
	size_t i;

	(void)state;
	json_array_foreach(cases, i, item) {
		AUTO(buf_release) struct buf text = BUF_INIT;
		const char *dockerfile = vectors_text(item, "dockerfile");
		const char *mark = strstr(dockerfile, "<70000 x>");

		if (strcmp(vectors_text(item, "name"), "only arg") == 0)
			continue; /* the daemon dies */
		buf_add(&text, dockerfile, mark ? (size_t)(mark - dockerfile) :
						  strlen(dockerfile));
		for (int x = 0; mark && x < 70000; x++)
			buf_addc(&text, 'x');
		buf_adds(&text, mark ? mark + strlen("<70000 x>") : "");
		check_case(item, text.data, text.len);
	}
	assert_int_equal(json_array_size(cases), 123);
	json_decref(cases);
}

static void recorded_warnings_are_the_same_text(void **state)
{
	json_t *cases = vectors_load("parse.json"), *item;
	size_t i, seen = 0;

	(void)state;
	json_array_foreach(cases, i, item) {
		const char *want = vectors_text(item, "stdout_warning");
		AUTO(dockerfile_free) struct dockerfile *file =
			parse(vectors_text(item, "dockerfile"));
		AUTO_FREE char *got = mem_printf("\033[91m%s\033[0m",
			file->continuation_warning ?
			file->continuation_warning : "");

		if (*want) {
			assert_string_equal(got, want);
			seen++;
		} else {
			assert_null(file->continuation_warning);
		}
	}
	assert_true(seen > 0);
	json_decref(cases);
}

static void says(const char *text, const char *want)
{
	AUTO(dockerfile_free) struct dockerfile *file = parse(text);
	struct err err = ERR_INIT;
	int rc = dockerfile_check(file, "Dockerfile", &err);

	if (rc == 0 && *want)
		fail_msg("%s: accepted, want <%s>", text, want);
	if (strcmp(err.msg, want) != 0)
		fail_msg("%s: <%s>, want <%s>", text, err.msg, want);
}

#define L2 "dockerfile parse error line 2: "
#define P "failed to parse Dockerfile: "
#define HEAD "FROM a\n"

/* Asked of a dockerd 20.10.24; what the vectors leave out. */
static void further_mistakes_have_dockers_words(void **state)
{
	static const char *const cases[][2] = {
		{ "\\\n", "dockerfile parse error line 1: unknown instruction: " },
		{ "# escape= \n" HEAD, P "invalid escape token ' ' does not "
		  "match ` or \\" },
		{ "# syntax=a\n# syntax=b\n" HEAD,
		  P "only one syntax parser directive can be used" },
		{ "FOO\nFROM a\nENV b\n", P "ENV must have two arguments" },
		{ "FROM a b\nONBUILD ONBUILD ENV a\n",
		  P "ENV must have two arguments" },
		{ HEAD "ONBUILD --x FOO\n", L2 "Unknown flag: x" },
		{ HEAD "FOO\303\251 x\n", L2 "unknown instruction: FOO\303\211" },
		{ HEAD "RUN --mount= x\n", L2 "failed to parse csv mounts: EOF" },
		{ HEAD "RUN --mount='type=\"bind\"' x\n",
		  L2 "failed to parse csv mounts: parse error on line 1, "
		  "column 6: bare \" in non-quoted-field" },
		{ HEAD "RUN --mount='type=bind,\"a' x\n",
		  L2 "failed to parse csv mounts: parse error on line 1, "
		  "column 13: extraneous or missing \" in quoted-field" },
		{ HEAD "RUN --mount='type=bind,\"a\"x' x\n",
		  L2 "failed to parse csv mounts: parse error on line 1, "
		  "column 13: extraneous or missing \" in quoted-field" },
		{ HEAD "RUN --mount=a x\n",
		  L2 "invalid field 'a' must be a key=value pair" },
		{ HEAD "RUN --mount=type=bind,Foo=1 x\n",
		  L2 "unexpected key 'foo' in 'Foo=1'" },
		{ HEAD "RUN --mount=type=cache,sharing=x x\n",
		  L2 "unsupported sharing value \"x\"" },
		{ HEAD "RUN --mount=mode=8 x\n", L2 "invalid value 8 for mode" },
		{ HEAD "RUN --mount=type=bind,mode=7,target=/x x\n",
		  L2 "mode not allowed for \"bind\" type mounts" },
		{ HEAD "RUN --mount=readonly=maybe x\n",
		  L2 "invalid value for readonly: maybe" },
		{ HEAD "RUN --mount=required x\n",
		  L2 "unexpected key 'required' for mount type 'bind'" },
		{ HEAD "RUN --mount=type=tmpfs,sharing=shared x\n",
		  L2 "invalid cache sharing set for tmpfs mount" },
		{ HEAD "RUN --mount=type=secret x\n",
		  L2 "invalid secret mount. one of source, target required" },
		{ HEAD "RUN --mount=type=secret,id=a --mount=type=ssh x\n", "" },
		{ HEAD "COPY --=x a b\n", L2 "Unknown flag: " },
		{ HEAD "COPY --chown= a b\n", "" },
		{ HEAD "HEALTHCHECK --interval=1s --interval=1s CMD a\n",
		  L2 "Duplicate flag specified: interval" },
		{ HEAD "HEALTHCHECK --interval=5 CMD a\n",
		  L2 "time: missing unit in duration \"5\"" },
		{ HEAD "HEALTHCHECK --interval=5parsec CMD a\n",
		  L2 "time: unknown unit \"parsec\" in duration \"5parsec\"" },
		{ HEAD "HEALTHCHECK --retries=99999999999x CMD a\n",
		  L2 "strconv.ParseInt: parsing \"99999999999x\": value out of "
		  "range" },
		{ HEAD "HEALTHCHECK --retries=+3 CMD a\n", "" },
		{ HEAD "HEALTHCHECK --retries=-3 CMD a\n",
		  L2 "--retries must be at least 1 (not -3)" },
		{ HEAD "HEALTHCHECK --foo NONE\n", "" },
		{ HEAD "HEALTHCHECK none []\n", "" },
		{ HEAD "ARG --foo a\nSTOPSIGNAL --foo=1 9\n", "" },
		{ HEAD "CMD [\"a\", 1e999]\n", "" },
		{ HEAD "CMD [\"a\", 1e99]\n",
		  P "when using JSON array syntax, arrays must be comprised of "
		  "strings only" },
		{ HEAD "SHELL [\"a\"", L2 "SHELL requires the arguments to be "
		  "in JSON form" },
		{ "FROM x A\305\277 y\n", "" }, /* a long s */
		{ "ARG a\n", "no build stage in current context" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		says(cases[i][0], cases[i][1]);
}

static void a_line_may_have_65535_bytes(void **state)
{
	AUTO_FREE char *text = mem_alloc(65535 + 16);

	(void)state;
	memcpy(text, HEAD "RUN ", strlen(HEAD "RUN "));
	memset(text + strlen(HEAD "RUN "), 'x', 65531);
	says(text, "");
	strcat(text, "\n");
	says(text, "");
	text[strlen(text) - 1] = 'x';
	says(text, P "dockerfile line greater than max allowed size of 65535");
}

static void all_mistakes_are_listed_dockers_first(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file = parse(
		"FROM a b\n"
		"FOO\n"
		"COPY --x=1 --y=2 a /\n"
		"ENV A=1 B C\n"
		"HEALTHCHECK --interval=x --timeout=y CMD a\n");
	static const char *const want[] = {
		"Syntax error - can't find = in \"B\". Must be of the form: "
		"name=value",
		"FROM requires either one or three arguments",
		"unknown instruction: FOO",
		"Unknown flag: x",
		"Unknown flag: y",
		"Syntax error - can't find = in \"C\". Must be of the form: "
		"name=value",
		"time: invalid duration \"x\"",
		"time: invalid duration \"y\"",
	};

	(void)state;
	assert_int_equal(file->diag_count, sizeof(want) / sizeof(*want));
	for (size_t i = 0; i < file->diag_count; i++)
		assert_string_equal(file->diags[i].text, want[i]);
}

static const struct instr *only(const struct dockerfile *file)
{
	assert_int_equal(file->stage_count, 1);
	assert_int_equal(file->stages[0].count, 1);
	return file->stages[0].instrs[0];
}

static void has_words(const char *line, bool json, const char *want)
{
	AUTO_FREE char *text = mem_printf("FROM a\n%s\n", line);
	AUTO(dockerfile_free) struct dockerfile *file = parse(text);
	const struct instr *instr = only(file);
	AUTO(buf_release) struct buf got = BUF_INIT;

	for (size_t i = 0; i < instr->word_count; i++)
		buf_addf(&got, "%s<%s>", i ? " " : "", instr->words[i].text);
	buf_adds(&got, "");
	if (strcmp(got.data, want) != 0 || instr->json != json)
		fail_msg("%s: got %s, want %s", line, got.data, want);
}

static void json_is_read_as_go_reads_it(void **state)
{
	(void)state;
	has_words("CMD [\"a\\ud800b\"]", true, "<a\xef\xbf\xbd" "b>");
	has_words("CMD [\"\\ud83d\\ude00\"]", true, "<😀>");
	has_words("CMD [\"\\ud83d\\ud83d\\ude00\"]", true, "<\xef\xbf\xbd😀>");
	has_words("CMD [\"\\ude00\"]", true, "<\xef\xbf\xbd>");
	has_words("CMD [\"a\xff\"]", true, "<a\xef\xbf\xbd>");
	has_words("CMD [\"a\"]]]", true, "<a>");
	has_words("CMD [\"a\",]", false, "<[\"a\",]>");
	has_words("CMD [\"a\" \"b\"]", false, "<[\"a\" \"b\"]>");
	has_words("CMD [\"\\x\"]", false, "<[\"\\x\"]>");
	has_words("CMD []", true, "");
	has_words("CMD", false, "");
	has_words("HEALTHCHECK CMD [\"a\", \"b\"]", true, "<CMD> <a> <b>");
	has_words("VOLUME [\" /a \"]", true, "</a>");
	has_words("COPY [\"a\", \"b\"", false, "<[\"a\",> <\"b\">");
}

static void has_pairs(const char *line, const char *want)
{
	AUTO_FREE char *text = mem_printf("FROM a\n%s\n", line);
	AUTO(dockerfile_free) struct dockerfile *file = parse(text);
	const struct instr *instr = only(file);
	AUTO(buf_release) struct buf got = BUF_INIT;

	for (size_t i = 0; i < instr->pair_count; i++) {
		const struct instr_pair *pair = &instr->pairs[i];

		buf_addf(&got, "%s<%s>%s%s%s", i ? " " : "", pair->name,
			 pair->value ? "<" : "", pair->value ? pair->value : "",
			 pair->value ? ">" : "");
	}
	if (strcmp(got.data, want) != 0)
		fail_msg("%s: got %s, want %s", line, got.data, want);
}

static void pairs_keep_quotes_and_escapes(void **state)
{
	(void)state;
	has_pairs("ENV A=\"a b\" B=c\\ d", "<A><\"a b\"> <B><c\\ d>");
	has_pairs("ENV A  b  \"c", "<A><b  \"c>");
	has_pairs("LABEL \"x y\" z", "<\"x><y\" z>");
	has_pairs("LABEL \"a b\"=c", "<\"a b\"><c>");
	has_pairs("ENV A=b=c D=", "<A><b=c> <D><>");
	has_pairs("ARG a b=1 c=", "<a> <b><1> <c><>");
	has_pairs("ENV A=\xff", "<A><\xef\xbf\xbd>");
	has_pairs("ENV A \xff", "<A><\xff>");
	has_pairs("ENV A='it\\'s", "<A><'it\\'s>");
}

static void triggers_are_parsed_without_prefixes(void **state)
{
	static const char *const bad[][2] = {
		{ "FOO x", "unknown instruction: FOO" },
		{ "", "file with no instructions" },
		{ "# c", "file with no instructions" },
		{ "ENV a", "ENV must have two arguments" },
		{ "RUN a\nRUN b", "onbuild trigger should be a single expression" },
		{ "FROM x", "*instructions.Stage is not a command type" },
		{ "COPY a", "COPY requires at least two arguments, but only one "
		  "was provided. Destination could not be determined" },
	};
	struct err err = ERR_INIT;
	AUTO(instr_free) struct instr *run = dockerfile_trigger("run a `b", &err);

	(void)state;
	assert_non_null(run);
	assert_int_equal(run->kind, INSTR_RUN);
	assert_string_equal(run->words[0].text, "a `b");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_null(dockerfile_trigger(bad[i][0], &err));
		assert_string_equal(err.msg, bad[i][1]);
	}
}

static void onbuild_keeps_its_source_and_the_blanks_after_it(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		parse("FROM a\n onbuild  copy --from=x a /  \n");
	const struct instr *instr = only(file);

	(void)state;
	assert_string_equal(instr->onbuild, "copy --from=x a /  ");
	assert_string_equal(instr->text, "onbuild  copy --from=x a /");
	assert_non_null(instr->sub);
	assert_int_equal(instr->sub->kind, INSTR_COPY);
	assert_string_equal(instr_flag_value(instr->sub, "from"), "x");
	assert_int_equal(instr->sub->word_count, 2);
}

static void a_trigger_that_will_fail_only_warns(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		parse("FROM a\nONBUILD FOO x\n");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(dockerfile_check(file, "Dockerfile", &err), 0);
	assert_int_equal(file->diag_count, 1);
	assert_true(file->diags[0].warning);
	assert_string_equal(file->diags[0].text,
			    "this trigger will fail: unknown instruction: FOO");
}

static void warning_verbs_turn_up_as_gos_mistakes(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file = parse(
		"FROM a\nRUN %d %5.2f%% 100% \\\n\n x%[1]d%*y%\n");

	(void)state;
	assert_string_equal(file->continuation_warning,
		"[WARNING]: Empty continuation line found in:\n"
		"    RUN %!d(MISSING) %!f(MISSING)% 100%!x(MISSING)"
		"%!d(BADINDEX)%!(BADWIDTH)%!y(MISSING)%!\n(MISSING)"
		"[WARNING]: Empty continuation lines will become errors in a "
		"future release.\n");
}

static void stages_have_lower_case_names(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file = parse(
		"ARG V=1\nFROM a:$V AS Build-1\nRUN x\nFROM Build-1\n");

	(void)state;
	assert_int_equal(file->stage_count, 2);
	assert_int_equal(file->meta_arg_count, 1);
	assert_string_equal(file->stages[0].name, "build-1");
	assert_null(file->stages[1].name);
	assert_string_equal(file->stages[0].from->words[0].text, "a:$V");
	assert_int_equal(file->stages[0].from->word_count, 2);
	assert_int_equal(dockerfile_steps(file, 0), 3);
	assert_int_equal(dockerfile_steps(file, 1), 4);
}

static void healthcheck_flags_are_numbers(void **state)
{
	AUTO(dockerfile_free) struct dockerfile *file = parse(
		"FROM a\nHEALTHCHECK --interval=1m30s --timeout=500ms "
		"--start-period=1h --retries=3 cmd x\n");
	const struct instr *instr = only(file);

	(void)state;
	assert_int_equal(instr->interval, 90 * INT64_C(1000000000));
	assert_int_equal(instr->timeout, 500000000);
	assert_int_equal(instr->start_period, 3600 * INT64_C(1000000000));
	assert_int_equal(instr->retries, 3);
}

/* It is kept, in the form in which our strings can hold it. */
static void a_nul_is_kept(void **state)
{
	static const char text[] = "FROM a\nENV A=a\0b\n"
				   "CMD [\"\\u0000\"]\n";
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse(text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(file->diag_count, 0);
	assert_string_equal(file->instrs[1]->pairs[0].value,
			    "a" UTF8_NUL "b");
	assert_string_equal(file->instrs[2]->words[0].text, UTF8_NUL);
}

/* Sixteen megabytes in one instruction, and as many nested ONBUILD. */
static void huge_files_take_linear_time(void **state)
{
	static const char *const parts[] = {
		"ENV a=\"b c\" \\\n", "ONBUILD \\\n", "COPY [\"a\", \\\n",
		"LABEL a\\\n\\\n\n", "COPY --chown=1 \\\n", "# c\n \n",
		"RUN ${a:-\\\n", "FROM a b c d\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		AUTO(buf_release) struct buf text = BUF_INIT;
		AUTO(dockerfile_free) struct dockerfile *file = NULL;

		while (text.len < 2 * 1024 * 1024)
			buf_adds(&text, parts[i]);
		file = dockerfile_parse(text.data, text.len);
		assert_non_null(file);
	}
}

static void a_history_tells_what_made_no_layer(void **state)
{
	(void)state;
	assert_true(instr_text_is_config("ENV A=1"));
	assert_true(instr_text_is_config("CMD [\"a\"]"));
	assert_false(instr_text_is_config("COPY file:1 in /"));
	assert_false(instr_text_is_config("WORKDIR /a"));
	assert_false(instr_text_is_config("env A=1 make"));
	assert_false(instr_text_is_config("user --add"));
	assert_false(instr_text_is_config("/bin/sh -c true"));
	assert_false(instr_text_is_config(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_files_have_dockers_steps_or_error),
		cmocka_unit_test(recorded_mistakes_have_dockers_words),
		cmocka_unit_test(recorded_warnings_are_the_same_text),
		cmocka_unit_test(further_mistakes_have_dockers_words),
		cmocka_unit_test(a_line_may_have_65535_bytes),
		cmocka_unit_test(all_mistakes_are_listed_dockers_first),
		cmocka_unit_test(json_is_read_as_go_reads_it),
		cmocka_unit_test(pairs_keep_quotes_and_escapes),
		cmocka_unit_test(triggers_are_parsed_without_prefixes),
		cmocka_unit_test(onbuild_keeps_its_source_and_the_blanks_after_it),
		cmocka_unit_test(a_trigger_that_will_fail_only_warns),
		cmocka_unit_test(warning_verbs_turn_up_as_gos_mistakes),
		cmocka_unit_test(stages_have_lower_case_names),
		cmocka_unit_test(healthcheck_flags_are_numbers),
		cmocka_unit_test(a_nul_is_kept),
		cmocka_unit_test(a_history_tells_what_made_no_layer),
		cmocka_unit_test(huge_files_take_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
