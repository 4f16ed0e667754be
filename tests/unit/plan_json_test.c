/* Facts about what leaves the plan: JSON, events, journals, the table. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#include "base/fs.h"
#include "plan/event.h"
#include "plan/journal.h"
#include "plan/lens.h"
#include "plan_bench.h"

static int setup(void **state)
{
	struct bench *bench = bench_new();

	bench->journal = true;
	bench_base(bench, "alpine:latest", NULL);
	bench_write(bench, "a", "a\n");
	*state = bench;
	return 0;
}

static void plan_reads_back_unchanged(void **state)
{
	struct bench *bench = *state;
	AUTO(plan_free) struct plan *back = NULL;
	AUTO_FREE char *json = NULL;
	AUTO_FREE char *again = NULL;
	struct plan_summary left, right;
	struct err err = ERR_INIT;
	struct digest id = bench_build(bench, "FROM alpine:latest\nCOPY a /\n"
				       "RUN x\n");

	assert_true(digest_is_set(&id));
	bench_write(bench, "a", "changed\n");
	bench_preview(bench, "ARG Q=1\nFROM alpine:latest AS s\nCOPY a /\n"
		      "RUN \"x\\n<y>\"\nFROM alpine\nCOPY --from=s /etc /e\n"
		      "EXPOSE nonsense\n");
	json = plan_format_json(bench->plan);
	assert_int_equal(plan_parse_json(json, strlen(json), &back, &err), 0);
	again = plan_format_json(back);
	assert_string_equal(again, json);
	plan_summary(bench->plan, &left);
	plan_summary(back, &right);
	assert_memory_equal(&left, &right, sizeof(left));
	assert_int_equal(plan_total(back), 7);
}

static void plan_that_ends_at_a_pull_reads_back_unchanged(void **state)
{
	struct bench *bench = *state;
	AUTO(plan_free) struct plan *back = NULL;
	AUTO_FREE char *json = NULL, *again = NULL;
	struct plan_summary sum;
	struct err err = ERR_INIT;

	bench_preview(bench, "FROM alpine:latest\nCOPY --from=nowhere:1 /a /\n"
		      "RUN x\n");
	json = plan_format_json(bench->plan);
	assert_non_null(strstr(json, "\"pull\":\"nowhere:1\""));
	assert_non_null(strstr(json, "\"verdict\":\"error\""));
	assert_non_null(strstr(json, "\"error\":1,\"pull\":1,\"total\":3,"
			       "\"estimate_ms\":null"));
	assert_int_equal(plan_parse_json(json, strlen(json), &back, &err), 0);
	again = plan_format_json(back);
	assert_string_equal(again, json);
	plan_summary(back, &sum);
	assert_true(sum.open);
}

static void shape_is_that_of_the_schema(void **state)
{
	AUTO_FREE char *path = mem_printf("%s/../doc/plan.schema.json",
					  TEST_DATA);
	json_t *schema = json_load_file(path, 0, NULL), *step, *value;
	AUTO_FREE char *text = NULL;
	json_t *root;
	const char *key;
	const json_t *known;

	bench_preview(*state, "FROM alpine:latest\nRUN x\n");
	text = plan_format_json(((struct bench *)*state)->plan);
	root = json_loads(text, 0, NULL);
	assert_non_null(schema);
	assert_non_null(root);
	known = json_object_get(schema, "properties");
	json_object_foreach(root, key, value)
		assert_non_null(json_object_get(known, key));
	known = json_object_get(json_object_get(json_object_get(schema,
		"$defs"), "step"), "properties");
	step = json_array_get(json_object_get(root, "steps"), 1);
	json_object_foreach(step, key, value)
		assert_non_null(json_object_get(known, key));
	json_decref(root);
	json_decref(schema);
}

static void nonsense_is_not_read(void **state)
{
	static const char *const texts[] = {
		"", "[]", "{}", "{\"format\":2}", "{\"format\":1,\"steps\":[1]}",
		"{\"format\":1,\"steps\":[{\"verdict\":\"hit\"}]}",
		"{\"format\":1,\"stages\":[{\"image\":\"x\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		AUTO(plan_free) struct plan *plan = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(plan_parse_json(texts[i], strlen(texts[i]),
						 &plan, &err), -1);
	}
}

static void manual_lists_the_table_of_reasons(void **state)
{
	AUTO_FREE char *path = mem_printf("%s/../doc/reasons.md", TEST_DATA);
	AUTO(buf_release) struct buf have = BUF_INIT;
	AUTO(buf_release) struct buf want = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(fs_read(AT_FDCWD, path, 65536, &have, &err), 1);
	for (int why = WHY_CACHED; why <= WHY_FAILS; why++)
		buf_addf(&want, "| `%s` | %s |\n",
			 why_code((enum why)why),
			 why_sentence((enum why)why));
	if (!strstr(have.data, want.data))
		fail_msg("doc/reasons.md should hold:\n%s", want.data);
}

static void event_reads_back(void **state)
{
	static const struct event events[] = {
		{ .kind = EVENT_STEP, .step = 2, .total = 5,
		  .text = "RUN \"x\" <y>", .len = 11, .at_ms = 7 },
		{ .kind = EVENT_LOG, .stream = 2, .text = "\xff\0a\n",
		  .len = 4 },
		{ .kind = EVENT_LOG, .stream = 1, .text = "\x80", .len = 1 },
		{ .kind = EVENT_ERROR, .text = "", .len = 0, .code = 3 },
		{ .kind = EVENT_DONE, .ms = 1, .cpu_ms = 2, .bytes = 1LL << 40 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		AUTO(buf_release) struct buf line = BUF_INIT;
		AUTO(buf_release) struct buf storage = BUF_INIT;
		struct event back;
		struct err err = ERR_INIT;

		event_format_json(&events[i], &line);
		assert_int_equal(line.data[line.len - 1], '\n');
		assert_int_equal(event_parse_json(line.data, line.len, &back,
						  &storage, &err), 0);
		assert_int_equal(back.kind, events[i].kind);
		assert_int_equal(back.len, events[i].len);
		if (events[i].text)
			assert_memory_equal(back.text, events[i].text,
					    back.len);
		assert_int_equal(back.step, events[i].step);
		assert_int_equal(back.code, events[i].code);
		assert_int_equal(back.bytes, events[i].bytes);
		assert_int_equal(back.at_ms, events[i].at_ms);
	}
}

static void journal_keeps_odd_names(void **state)
{
	struct bench *bench = *state;
	int dir = store_private_fd(bench->store);
	struct journal_entry entries[] = {
		{ .path = (char *)"a\tb\nc\\d", .sum = (char *)"00",
		  .link = (char *)"", .type = 'f', .mode = 0644, .size = 5,
		  .mtime_sec = -1, .mtime_nsec = 9, .capability = (char *)"" },
		{ .path = (char *)"l", .sum = (char *)"x y",
		  .link = (char *)"\t\\t", .type = 'l', .mode = 0777,
		  .capability = (char *)"0100" },
	};
	struct journal journal = { .entries = entries, .count = 2 };
	AUTO(journal_release) struct journal back = { 0 };
	struct err err = ERR_INIT;
	struct digest id;

	digest_make("x", 1, &id);
	assert_int_equal(journal_read(dir, &id, &back, &err), 0);
	assert_int_equal(journal_write(dir, &id, &journal, &err), 0);
	assert_int_equal(journal_read(dir, &id, &back, &err), 1);
	assert_int_equal(back.count, 2);
	assert_string_equal(back.entries[0].path, entries[0].path);
	assert_int_equal(back.entries[0].mtime_sec, -1);
	assert_string_equal(back.entries[1].link, entries[1].link);
	assert_string_equal(back.entries[1].sum, "x y");
	assert_string_equal(back.entries[1].capability, "0100");
	assert_ptr_equal(journal_find(&back, "l"), &back.entries[1]);
	assert_null(journal_find(&back, "m"));
}

static void journal_gives_its_print_without_its_lines(void **state)
{
	struct bench *bench = *state;
	int dir = store_private_fd(bench->store);
	struct journal journal = { 0 };
	AUTO(journal_release) struct journal back = { 0 };
	struct err err = ERR_INIT;
	struct digest id, fingerprint;

	digest_make("y", 1, &id);
	assert_int_equal(journal_read_fingerprint(dir, &id, &fingerprint, &err), 0);
	assert_int_equal(journal_write(dir, &id, &journal, &err), 0);
	assert_int_equal(journal_read_fingerprint(dir, &id, &fingerprint, &err), 0);
	digest_make("print", 5, &journal.fingerprint);
	assert_int_equal(journal_write(dir, &id, &journal, &err), 0);
	assert_int_equal(journal_read_fingerprint(dir, &id, &fingerprint, &err), 1);
	assert_true(digest_equal(&fingerprint, &journal.fingerprint));
	assert_int_equal(journal_read(dir, &id, &back, &err), 1);
	assert_true(digest_equal(&back.fingerprint, &journal.fingerprint));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

static const char lens_lines[] =
	"{\"format\":1}\n"
	"{\"rule\":{\"pattern\":\"x\",\"keep\":false,\"line\":2,"
	"\"dropped\":true,\"files\":0,\"bytes\":0}}\n"
	"{\"rule\":{\"pattern\":\"d/e\",\"keep\":true,\"line\":null,"
	"\"dropped\":false,\"files\":1,\"bytes\":7}}\n"
	"{\"entry\":{\"path\":\"d\",\"type\":\"directory\","
	"\"state\":\"implied\",\"line\":null,\"rule\":null,\"keep\":false,"
	"\"move\":null,\"files\":1,\"bytes\":7,\"out_files\":0,"
	"\"out_bytes\":0,\"changed\":1,\"change\":null,\"steps\":[],"
	"\"inside\":[3]}}\n"
	"{\"entry\":{\"path\":\"d/e\",\"type\":\"file\",\"state\":\"in\","
	"\"line\":null,\"rule\":\"d/e\",\"keep\":true,\"move\":\"comes\","
	"\"files\":1,\"bytes\":7,\"out_files\":0,\"out_bytes\":0,"
	"\"changed\":1,\"change\":\"~\",\"steps\":[2,3],\"inside\":[]}}\n"
	"{\"summary\":{\"files\":1,\"directories\":0,\"links\":0,"
	"\"bytes\":7,\"tar_bytes\":2048,\"out_files\":0,\"out_bytes\":0,"
	"\"unread_files\":0,\"unread_bytes\":0,\"changed\":1,\"whole\":true,"
	"\"outside_file\":false,\"before\":{\"files\":2,\"bytes\":9},"
	"\"steps\":[],\"inside\":[2,3],\"biggest\":[{\"path\":\"d\","
	"\"files\":1,\"bytes\":7}]}}\n";

static int read_lens(const char *text, struct lens **out, struct err *err)
{
	AUTO(lens_reader_free) struct lens_reader *reader = lens_reader_new();

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (lens_reader_add(reader, text, len, err) < 0)
			return -1;
		text += len + (text[len] == '\n');
	}
	return lens_reader_end(reader, out, err);
}

static void a_lens_reads_back_unchanged(void **state)
{
	AUTO(lens_free) struct lens *lens = NULL;
	AUTO_FREE char *again = NULL;
	struct err err = ERR_INIT;

	(void)state;
	if (read_lens(lens_lines, &lens, &err) < 0)
		fail_msg("%s", err.msg);
	again = lens_format_jsonl(lens);
	assert_string_equal(again, lens_lines);
	assert_int_equal(lens->root->in.bytes, 7);
}

static void what_is_no_lens_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "x", "[]", "{\"format\":2}\n{\"summary\":{}}",
		"{\"format\":1}", "{\"format\":1}\n{\"entry\":{}}",
		"{\"format\":1}\n{\"entry\":{\"path\":\"\"}}",
		"{\"format\":1}\n{\"entry\":{\"path\":\"a\"}}",
		"{\"format\":1}\n{\"entry\":{\"path\":\"a\","
		"\"state\":\"in\"}}\n{\"rule\":{}}",
		"{\"format\":1}\n{\"entry\":{\"path\":\"a\","
		"\"state\":\"in\"}}\n{\"entry\":{\"path\":\"a\","
		"\"state\":\"in\"}}",
		"{\"format\":1}\n{\"summary\":{}}\n{\"summary\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct lens *lens = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(read_lens(bad[i], &lens, &err), -1);
		assert_true(err.msg[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plan_reads_back_unchanged),
		TEST(plan_that_ends_at_a_pull_reads_back_unchanged),
		TEST(shape_is_that_of_the_schema),
		TEST(nonsense_is_not_read),
		TEST(manual_lists_the_table_of_reasons),
		TEST(event_reads_back),
		TEST(journal_keeps_odd_names),
		TEST(journal_gives_its_print_without_its_lines),
		cmocka_unit_test(a_lens_reads_back_unchanged),
		cmocka_unit_test(what_is_no_lens_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
