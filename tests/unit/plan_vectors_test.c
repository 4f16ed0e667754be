/* Facts about keys, configurations and errors: what dockerd 20.10.24 said to
 * the Dockerfiles of tests/vectors/parse.json and errors.json. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "plan_bench.h"

/* What only running finds out: the plan is right not to know. */
static const char *const at_run_time[] = {
	"The command '", "failed to create shim task", "unable to find user",
	"Cannot mkdir", "failed to copy files", "\"--squash\"",
	"invalid argument \"BAD:tag\"",
};

/* A NUL stands in the program's strings as it does here then. */
static json_t *hidden(const json_t *value)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	const char *key;
	json_t *item, *out;
	size_t i;

	if (json_is_array(value)) {
		out = json_array();
		json_array_foreach((json_t *)(uintptr_t)value, i, item)
			json_array_append_new(out, hidden(item));
		return out;
	}
	if (json_is_object(value)) {
		out = json_object();
		json_object_foreach((json_t *)(uintptr_t)value, key, item)
			json_object_set_new(out, key, hidden(item));
		return out;
	}
	if (!json_is_string(value))
		return json_deep_copy(value);
	buf_adds(&text, "");
	utf8_hide_nul(&text, (struct span){ json_string_value(value),
					    json_string_length(value) });
	return json_stringn_nocheck(text.data, text.len);
}

static json_t *load(const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/vectors/%s", TEST_DATA, name);
	json_error_t where;
	json_t *root = json_load_file(path, JSON_ALLOW_NUL, &where), *out;

	if (!root)
		fail_msg("%s: %s", path, where.text);
	out = hidden(root);
	json_decref(root);
	return out;
}

static const char *text_of(const json_t *root, const char *key)
{
	const char *text = json_string_value(json_object_get(root, key));

	return text ? text : "";
}

static bool found_by_running(const char *text)
{
	for (size_t i = 0; i < sizeof(at_run_time) / sizeof(*at_run_time);
	     i++)
		if (!strncmp(text, at_run_time[i], strlen(at_run_time[i])))
			return true;
	return false;
}

/* The context's bytes are not those of the day the vectors were made. */
static char *without_hashes(const char *text)
{
	struct buf out = BUF_INIT;

	buf_adds(&out, "");
	while (*text) {
		size_t len = strspn(text, "0123456789abcdef");

		if (len == 64) {
			buf_adds(&out, "<hash>");
			text += len;
			continue;
		}
		buf_add(&out, text, len ? len : 1);
		text += len ? len : 1;
	}
	return buf_steal(&out);
}

static size_t mistakes;

static void __attribute__((format(printf, 2, 3)))
mistake(const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# %s: ", name);
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	mistakes++;
}

static struct bench *make_bench(void)
{
	struct bench *bench = bench_new();

	bench_base(bench, "alpine:latest", NULL);
	bench_write(bench, "a", "a\n");
	bench_write(bench, "b", "b\n");
	bench_write(bench, "b c", "b c\n");
	bench_write(bench, "d/x", "x\n");
	return bench;
}

/* Docker names the mounted root of the image, the plan has none. */
static char *without_rootfs(const char *text)
{
	static const char rootfs[] = "<ROOTFS>";
	const char *at = strstr(text, rootfs);

	return at ? mem_printf("%.*s%s", (int)(at - text), text,
			       at + strlen(rootfs)) : mem_strdup(text);
}

static void check_error(struct bench *bench, const json_t *vector)
{
	static const char prefix[] = "Error response from daemon: ";
	AUTO_FREE char *text = without_rootfs(text_of(vector, "stderr"));
	const char *want = text;
	const char *have = bench->error ? bench->error : "";
	size_t len;

	if (!strncmp(want, prefix, strlen(prefix)))
		want += strlen(prefix);
	if (found_by_running(want))
		return;
	/* The daemon died of it. It has to fail, and to say why. */
	if (!strcmp(want, "unexpected EOF\n"))
		want = "no build stage in current context";
	len = strlen(want);
	len -= len && want[len - 1] == '\n';
	if (strlen(have) != len || memcmp(have, want, len))
		mistake(text_of(vector, "name"), "error '%s', docker '%.*s'",
			have, (int)len, want);
}

static void check_keys(struct bench *bench, const json_t *vector)
{
	const json_t *want = json_object_get(vector, "created_by");
	size_t count, at = 0, wanted = json_array_size(want);
	struct step *const *steps = plan_steps(bench->plan, &count);

	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *left = NULL;
		AUTO_FREE char *right = NULL;

		if (!steps[i]->created_by)
			continue;
		if (at >= wanted) {
			mistake(text_of(vector, "name"), "more steps");
			return;
		}
		left = without_hashes(steps[i]->created_by);
		right = without_hashes(
			json_string_value(json_array_get(want, at++)));
		if (strcmp(left, right))
			mistake(text_of(vector, "name"), "key '%s', docker "
				"'%s'", left, right);
	}
	if (at != wanted)
		mistake(text_of(vector, "name"), "%zu steps, docker %zu", at,
			wanted);
}

static bool is_boring(const char *key, const json_t *value)
{
	return !strcmp(key, "Image") || !strcmp(key, "Hostname") ||
	       json_is_null(value) || json_is_false(value) ||
	       (json_is_string(value) && !json_string_length(value));
}

static void check_config(struct bench *bench, const json_t *vector,
			 const struct digest *id)
{
	const json_t *want = json_object_get(vector, "config");
	AUTO(buf_release) struct buf json = BUF_INIT;
	json_t *raw, *have, *value;
	const char *key;

	run_config_format(&bench_config(bench, id)->config, &json);
	raw = json_loadb(json.data, json.len, JSON_ALLOW_NUL, NULL);
	have = hidden(raw);
	json_decref(raw);
	json_object_foreach(have, key, value) {
		json_t *other = json_object_get(want, key);

		if (is_boring(key, value) || (other && json_equal(value,
								  other)))
			continue;
		mistake(text_of(vector, "name"), "%s is %s, docker's is %s",
			key, json_dumps(value, JSON_ENCODE_ANY), other ?
			json_dumps(other, JSON_ENCODE_ANY) : "absent");
	}
	json_object_foreach((json_t *)want, key, value)
		if (!json_object_get(have, key))
			mistake(text_of(vector, "name"), "%s is missing", key);
	json_decref(have);
}

static void check_lines(struct bench *bench, const json_t *vector)
{
	const json_t *want = json_object_get(vector, "steps");
	size_t count = 0, i;
	struct step *const *steps =
		bench->plan ? plan_steps(bench->plan, &count) : NULL;
	json_t *line;

	json_array_foreach(want, i, line) {
		const char *text = strstr(json_string_value(line), " : ");
		int n = atoi(json_string_value(line) + strlen("Step "));
		bool found = false;

		for (size_t j = 0; j < count && text; j++)
			found |= steps[j]->n == n && !steps[j]->before_line &&
				 !strcmp(steps[j]->text, text + 3);
		if (!found)
			mistake(text_of(vector, "name"), "no line '%s'",
				json_string_value(line));
	}
}

/* "<70000 x>" stands for so many of the letter. */
static char *spelled_out(const char *text)
{
	const char *open = strchr(text, '<'), *close;
	size_t count = open ? strtoul(open + 1, NULL, 10) : 0;
	struct buf out = BUF_INIT;

	close = open ? strchr(open, '>') : NULL;
	if (count < 1000 || !close)
		return mem_strdup(text);
	buf_add(&out, text, (size_t)(open - text));
	for (size_t i = 0; i < count; i++)
		buf_addc(&out, close[-1]);
	buf_adds(&out, close + 1);
	return buf_steal(&out);
}

static void check_vector(const json_t *vector)
{
	AUTO(bench_free) struct bench *bench = NULL;
	struct digest id;
	const json_t *args = json_object_get(vector, "args");
	AUTO_FREE char *text = spelled_out(text_of(vector, "dockerfile"));
	const char *flag = json_string_value(json_array_get(args, 0));

	bench = make_bench();
	if (flag && !strcmp(flag, "--target"))
		bench->input.target = json_string_value(json_array_get(args, 1));
	id = bench_build(bench, text);
	check_error(bench, vector);
	if (!json_object_get(vector, "created_by") || bench->error)
		return;
	check_lines(bench, vector);
	check_keys(bench, vector);
	check_config(bench, vector, &id);
}

static void check_file(const char *file)
{
	json_t *root = load(file), *vector;
	size_t i;

	mistakes = 0;
	json_array_foreach(root, i, vector)
		check_vector(vector);
	json_decref(root);
	assert_int_equal(mistakes, 0);
}

static void dockerfiles_give_dockers_keys_and_configs(void **state)
{
	(void)state;
	check_file("parse.json");
}

static void mistakes_give_dockers_texts(void **state)
{
	(void)state;
	check_file("errors.json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dockerfiles_give_dockers_keys_and_configs),
		cmocka_unit_test(mistakes_give_dockers_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
