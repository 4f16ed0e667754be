/* Facts about context/source: the daemon's own keys, and its errors. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>

#include "context_tree.h"

/* "COPY --chown=… WORDS DEST": the words, and where they are separated. */
static void words_of(const char *instruction, struct strv *out)
{
	const char *at = strchr(instruction, ' ') + 1;

	if (strncmp(at, "--", 2) == 0)
		at = strchr(at, ' ') + 1;
	if (*at == '[') {
		json_t *list = json_loads(at, 0, NULL);
		json_t *item;
		size_t i;

		json_array_foreach(list, i, item)
			strv_add(out, json_string_value(item));
		json_decref(list);
	} else {
		while (*at) {
			size_t n = strcspn(at, " ");

			strv_addn(out, at, n);
			at += n + (at[n] == ' ');
		}
	}
	assert_true(out->count >= 2);
	free(out->items[--out->count]); /* the destination */
}

/* The word behind COPY or ADD in the recorded key. */
static char *want_of(const char *key)
{
	const char *start = strstr(key, "file:"), *end;

	if (!start)
		start = strstr(key, "dir:");
	if (!start || strstr(key, "multi:"))
		start = strstr(key, "multi:");
	assert_non_null(start);
	end = strchr(start, ' ');
	return mem_strndup(start, (size_t)(end - start));
}

static void check_key(struct tree *tree, const json_t *entry)
{
	AUTO(source_set_release) struct source_set set = { 0 };
	AUTO(strv_release) struct strv words = { 0 };
	const char *text =
		json_string_value(json_object_get(entry, "instruction"));
	AUTO_FREE char *want =
		want_of(json_string_value(json_object_get(entry, "key")));
	struct err err = ERR_INIT;
	char verb[8] = "";

	memcpy(verb, text, strcspn(text, " "));
	words_of(text, &words);
	if (source_find(tree, verb, &words, &set, &err) < 0 ||
	    source_make_key(tree, &set, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	if (strcmp(set.key, want) != 0)
		fail_msg("%s: %s, not %s", text, set.key, want);
	assert_int_equal(source_known(tree, &set, &err), 1);
}

static void the_daemon_s_keys_are_ours(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	AUTO_FREE char *command = mem_printf(
		"tar -xpzf '%s/vectors/copyhash-context.tar.gz' "
		"--xattrs --xattrs-include='*' -C %s 2>/dev/null", TEST_DATA,
		place.path);
	json_t *all, *entry;
	size_t i;

	(void)state;
	/* Devices and capabilities are in it. */
	if (geteuid() != 0 || system(command) != 0)
		skip();
	tree = open_place(&place, &(struct context_options){
					  .dockerfile = "Dockerfile" });
	all = json_load_file(TEST_DATA "/vectors/copyhash.json", 0, NULL);
	assert_int_equal(json_array_size(all), 28);
	json_array_foreach(all, i, entry)
		check_key(tree, entry);
	json_decref(all);
}

static void words_that_fail_fail_in_docker_s_words(void **state)
{
	static const char *const cases[][2] = {
		{ "nope", "COPY failed: file not found in build context or "
			  "excluded by .dockerignore: stat nope: file does "
			  "not exist" },
		{ "/./nope", "COPY failed: file not found in build context or "
			     "excluded by .dockerignore: stat nope: file does "
			     "not exist" },
		{ "dangling", "COPY failed: file not found in build context "
			      "or excluded by .dockerignore: stat dangling: "
			      "file does not exist" },
		{ "z* y?", "COPY failed: no source files were specified" },
		{ "[", "COPY failed: no source files were specified" },
		{ "../x", "COPY failed: forbidden path outside the build "
			  "context: ../x ()" },
		{ "d/../../x", "COPY failed: forbidden path outside the build "
			       "context: d/../../x ()" },
		{ "loop", "COPY failed: forbidden path outside the build "
			  "context: loop ()" },
		{ "a.txt/x", "COPY failed: forbidden path outside the build "
			     "context: a.txt/x ()" },
	};
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;

	(void)state;
	put(&place, "a.txt", "hello\n");
	put(&place, "d/b", "b");
	assert_int_equal(symlinkat("gone", place.fd, "dangling"), 0);
	assert_int_equal(symlinkat("loop", place.fd, "loop"), 0);
	tree = open_place(&place, &(struct context_options){ 0 });
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;

		assert_null(key_of_words(tree, cases[i][0], &err));
		assert_string_equal(err.msg, cases[i][1]);
	}
}

static void one_file_has_many_spellings(void **state)
{
	static const char *const words[] = { "a.txt", "/a.txt", "./a.txt",
					     "/./a.txt", "d/../a.txt", "a*",
					     "a.txt/", "to_a", "[a].txt" };
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;

	(void)state;
	put(&place, "a.txt", "hello\n");
	put(&place, "d/b", "b");
	assert_int_equal(symlinkat("/d/../../a.txt", place.fd, "to_a"), 0);
	tree = open_place(&place, &(struct context_options){ 0 });
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct err err = ERR_INIT;
		AUTO_FREE char *key = key_of_words(tree, words[i], &err);

		assert_string_equal(key, "file:679c43c79a56cffbb3b002bda305054"
					 "2c152a2f09757a0f1a9578871f7cda00d");
	}
	assert_int_equal(tree->files_read, 1);
}

static void items_say_what_they_landed_on(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	AUTO(source_set_release) struct source_set set = { 0 };
	AUTO(strv_release) struct strv words = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	put(&place, "d/x1", "1");
	put(&place, "d/x2", "2");
	assert_int_equal(symlinkat("d", place.fd, "link"), 0);
	tree = open_place(&place, &(struct context_options){ 0 });
	strv_add(&words, "./link/");
	strv_add(&words, "*/x?");
	strv_add(&words, ".");
	assert_int_equal(source_find(tree, "ADD", &words, &set, &err), 0);
	assert_int_equal(set.count, 4);
	assert_string_equal(set.items[0].resolved, "d");
	assert_string_equal(set.items[0].name, "link");
	assert_true(set.items[0].is_dir);
	assert_string_equal(set.items[1].word, "d/x1");
	assert_true(set.items[1].from_wildcard);
	assert_string_equal(set.items[2].name, "x2");
	assert_string_equal(set.items[3].resolved, "");
	assert_int_equal(source_known(tree, &set, &err), 0);
	assert_int_equal(tree->files_read, 0);
}

static int note(void *arg, const struct source_file *file, struct err *err)
{
	struct buf *out = arg;

	(void)err;
	buf_addf(out, "%s=%s ", file->entry->path,
		 file->node ? file->node->path : file->sum);
	return 0;
}

static void each_file_is_told_in_walk_order(void **state)
{
	AUTO(place_drop) struct place place = place_make();
	AUTO(tree_free) struct tree *tree = NULL;
	AUTO(source_set_release) struct source_set set = { 0 };
	AUTO(strv_release) struct strv words = { 0 };
	AUTO(buf_release) struct buf told = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	put(&place, "d/a/x", "1");
	put(&place, "d/a-b", "2");
	put(&place, "e", "3");
	assert_int_equal(symlinkat("../e", place.fd, "d/link"), 0);
	assert_int_equal(symlinkat("gone", place.fd, "d/none"), 0);
	assert_int_equal(symlinkat("self", place.fd, "d/self"), 0);
	assert_int_equal(symlinkat("/", place.fd, "d/top"), 0);
	tree = open_place(&place, &(struct context_options){ 0 });
	strv_add(&words, "d");
	strv_add(&words, "e");
	assert_int_equal(source_find(tree, "COPY", &words, &set, &err), 0);
	assert_int_equal(source_each(tree, &set, note, &told, &err), 0);
	assert_string_equal(told.data,
			    "d=d d/a=d/a d/a/x=d/a/x d/a-b=d/a-b d/link=e "
			    "d/none=d/none d/top=d/top e=e ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_daemon_s_keys_are_ours),
		cmocka_unit_test(words_that_fail_fail_in_docker_s_words),
		cmocka_unit_test(one_file_has_many_spellings),
		cmocka_unit_test(items_say_what_they_landed_on),
		cmocka_unit_test(each_file_is_told_in_walk_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
