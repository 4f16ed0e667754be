/* Knows how to build without an engine. */
#include "plan_bench.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "plan/journal.h"
#include "spec/gofmt.h"

static struct err failure;

#define MUST(call)                                                             \
	do {                                                                   \
		if ((call) < 0)                                                \
			fail_msg("%s: %s", #call, failure.msg);                \
	} while (0)

static char *in_context(struct bench *bench, const char *path)
{
	return mem_printf("%s/ctx/%s", bench->dir, path);
}

struct bench *bench_new(void)
{
	struct bench *bench = mem_alloc(sizeof(*bench));
	AUTO_FREE char *context = NULL;
	AUTO_FREE char *root = NULL;

	strcpy(bench->dir, "/tmp/plan-test-XXXXXX");
	if (!mkdtemp(bench->dir))
		fail_msg("mkdtemp");
	context = in_context(bench, "");
	MUST(fs_mkdir_p(AT_FDCWD, context, 0755, &failure));
	root = mem_printf("%s/root", bench->dir);
	MUST(store_open(root, STORE_WRITE, &bench->store, &failure));
	bench->clock = 1700000000;
	bench->input.hostname = "bench";
	return bench;
}

static void forget_plan(struct bench *bench)
{
	plan_free(bench->plan);
	bench->plan = NULL;
	tree_free(bench->context);
	bench->context = NULL;
	dockerfile_free(bench->file);
	bench->file = NULL;
	free(bench->error);
	bench->error = NULL;
}

void bench_free(struct bench *bench)
{
	struct err ignored = ERR_INIT;

	if (!bench)
		return;
	forget_plan(bench);
	store_free(bench->store);
	fs_remove_tree(AT_FDCWD, bench->dir, &ignored);
	buf_release(&bench->words);
	free(bench);
}

void bench_write(struct bench *bench, const char *path, const char *text)
{
	AUTO_FREE char *name = in_context(bench, path);
	char *slash = strrchr(name, '/');
	FILE *file;

	*slash = '\0';
	MUST(fs_mkdir_p(AT_FDCWD, name, 0755, &failure));
	*slash = '/';
	file = fopen(name, "w");
	if (!file)
		fail_msg("cannot write %s", name);
	fputs(text, file);
	fclose(file);
	chmod(name, 0644);
}

void bench_chmod(struct bench *bench, const char *path, unsigned mode)
{
	AUTO_FREE char *name = in_context(bench, path);

	assert_int_equal(chmod(name, mode), 0);
}

void bench_remove(struct bench *bench, const char *path)
{
	AUTO_FREE char *name = in_context(bench, path);

	MUST(fs_remove_tree(AT_FDCWD, name, &failure));
}

void bench_link(struct bench *bench, const char *text, const char *path)
{
	AUTO_FREE char *name = in_context(bench, path);

	unlink(name);
	assert_int_equal(symlink(text, name), 0);
}

/* ---- images ---- */

static void add_layer(struct bench *bench, struct image_config *config)
{
	AUTO(layer_draft_free) struct layer_draft *draft = NULL;
	struct digest below = { "" }, chain = { "" }, diff;
	AUTO_FREE char *seed =
		mem_printf("%lld", (long long)bench->clock);
	int fd;

	for (size_t i = 0; i < config->diff_id_count; i++) {
		below = chain;
		digest_chain(&below, &config->diff_ids[i], &chain);
	}
	MUST(store_draft(bench->store, &chain, &draft, &failure));
	fd = layer_draft_diff_fd(draft);
	MUST(fs_mkdir_p(fd, "etc", 0755, &failure));
	MUST(fs_write_atomic(fd, "etc/passwd", "root:x:0:0::/:\n", 15, 0644,
			     false, &failure));
	digest_make(seed, strlen(seed), &diff);
	MUST(layer_draft_commit(draft, &diff, 15, &chain, &failure));
	image_config_add_diff(config, &diff);
}

static void add_history(struct bench *bench, struct image_config *config,
			const char *created_by, bool empty)
{
	char when[40];
	struct history entry = { .author = (char *)"", .comment = (char *)"",
				 .created_by = (char *)created_by,
				 .empty_layer = empty };
	config->created = (struct moment){ bench->clock++, 0, true };
	gofmt_time(config->created, when);
	entry.created = when;
	image_config_add_history(config, &entry);
}

struct digest bench_put(struct bench *bench, struct image_config *config,
			const struct digest *parent)
{
	static const struct digest none = { "" };
	AUTO(buf_release) struct buf json = BUF_INIT;
	struct digest id;

	config->has_config = config->has_container_config = true;
	image_config_format(config, &json);
	MUST(store_put_image(bench->store, json.data, json.len,
			     parent ? parent : &none, &id, &failure));
	return id;
}

struct digest bench_base(struct bench *bench, const char *name,
			 void (*edit)(struct image_config *config))
{
	AUTO(image_config_release) struct image_config config;
	struct digest id;

	image_config_init(&config);
	run_config_set(&config.architecture, "amd64");
	run_config_set(&config.os, "linux");
	strv_add(&config.config.env, "PATH=/usr/local/sbin:/usr/local/bin:"
		 "/usr/sbin:/usr/bin:/sbin:/bin");
	add_layer(bench, &config);
	add_history(bench, &config, "", false);
	if (edit)
		edit(&config);
	id = bench_put(bench, &config, NULL);
	MUST(store_tag(bench->store, name, &id, NULL, &failure));
	return id;
}

const struct image_config *bench_config(struct bench *bench,
					const struct digest *id)
{
	const struct image_config *config;
	struct image *image;

	if (store_image(bench->store, id, &image, &failure) != 1)
		fail_msg("no image %s", id->text);
	config = store_config(bench->store, image, &failure);
	assert_non_null(config);
	return config;
}

void bench_copy(struct bench *bench, const struct digest *id,
		struct image_config *out)
{
	image_config_init(out);
	image_config_copy(out, bench_config(bench, id));
}

/* ---- building ---- */

struct plan *bench_open(struct bench *bench, const char *text)
{
	AUTO_FREE char *context = in_context(bench, ".");
	struct context_options how = { .dockerfile = NULL };

	forget_plan(bench);
	bench->file = dockerfile_parse(text, strlen(text));
	MUST(context_open_dir(context, &how, &bench->context, &failure));
	bench->input.store = bench->store;
	bench->input.context = bench->context;
	bench->input.file = bench->file;
	failure = (struct err)ERR_INIT;
	if (plan_open(&bench->input, &bench->plan, &failure) < 0) {
		bench->error = mem_strdup(failure.msg);
		return NULL;
	}
	return bench->plan;
}

void bench_preview(struct bench *bench, const char *text)
{
	bench->input.building = false;
	if (!bench_open(bench, text))
		fail_msg("plan_open: %s", bench->error);
	MUST(plan_preview(bench->plan, &failure));
}

static bool copies(const struct step *step)
{
	return step->instr->kind == INSTR_COPY ||
	       step->instr->kind == INSTR_ADD;
}

static void keep_journal(struct bench *bench, const struct step *step,
			 const struct digest *id)
{
	AUTO(journal_release) struct journal journal = { 0 };
	int dir = store_private_fd(bench->store);
	struct step_record record = { .ms = 1200, .cpu_ms = 3, .bytes = 5,
				      .layer_size = 25,
				      .parent = step->parent,
				      .created_by = step->created_by };

	MUST(step_record_write(dir, id, &record, &failure));
	if (!copies(step) || !step->source_tree)
		return;
	MUST(journal_make(step->source_tree, &step->sources, &journal,
			  &failure));
	MUST(journal_write(dir, id, &journal, &failure));
}

static void do_step(struct bench *bench, struct step *step)
{
	AUTO(image_config_release) struct image_config config;
	struct plan_result result = { .source_key = NULL };
	char container[65];

	if (digest_is_set(&step->parent)) {
		bench_copy(bench, &step->parent, &config);
	} else {
		image_config_init(&config);
		run_config_set(&config.architecture, "amd64");
		run_config_set(&config.os, "linux");
	}
	if (step->key_open) {
		MUST(source_make_key(step->source_tree, &step->sources,
				     &failure));
		plan_close_key(bench->plan, step, step->sources.key);
	}
	if (!copies(step) && step->instr->kind != INSTR_RUN) {
		fs_random_hex(container);
		MUST(plan_container_edit(bench->plan, step, container,
					 &failure));
	}
	if (copies(step))
		add_layer(bench, &config);
	add_history(bench, &config, step->created_by, !copies(step));
	run_config_copy(&config.container_config, &step->probe);
	run_config_copy(&config.config, &step->after);
	run_config_set(&config.author, step->author);
	result.image = bench_put(bench, &config,
				 digest_is_set(&step->parent) ?
				 &step->parent : NULL);
	if (bench->journal)
		keep_journal(bench, step, &result.image);
	plan_settle(bench->plan, step, &result);
}

static void take_hit(struct bench *bench, struct step *step)
{
	struct digest id;

	if (step->restored) {
		MUST(store_put_image(bench->store, step->restored,
				     strlen(step->restored), &step->parent,
				     &id, &failure));
		assert_string_equal(id.text, step->image.text);
	} else if (step->link_parent) {
		MUST(store_set_parent(bench->store, &step->image,
				      &step->parent, &failure));
	}
}

struct digest bench_build(struct bench *bench, const char *text)
{
	static const struct digest none = { "" };
	struct step *step;
	struct digest last = none;

	bench->input.building = true;
	if (!bench_open(bench, text))
		return none;
	while (plan_next(bench->plan, &step, &failure) > 0) {
		if (step->verdict == VERDICT_ERROR) {
			bench->error = mem_strdup(step->error);
			return none;
		}
		if (step->verdict == VERDICT_HIT)
			take_hit(bench, step);
		if (step->verdict == VERDICT_MISS)
			do_step(bench, step);
		assert_int_not_equal(step->verdict, VERDICT_LATE);
		last = step->image;
	}
	return last;
}

const char *bench_words(struct bench *bench)
{
	size_t count;
	struct step *const *steps = plan_steps(bench->plan, &count);

	buf_clear(&bench->words);
	buf_adds(&bench->words, "");
	for (size_t i = 0; i < count; i++)
		buf_addf(&bench->words, "%s%s:%s", i ? " " : "",
			 verdict_name(steps[i]->verdict),
			 why_code(steps[i]->why));
	return bench->words.data;
}

const struct step *bench_step(struct bench *bench, int n)
{
	size_t count;
	struct step *const *steps = plan_steps(bench->plan, &count);

	for (size_t i = 0; i < count; i++)
		if (steps[i]->n == n && !steps[i]->trigger)
			return steps[i];
	fail_msg("no step %d", n);
	return NULL;
}

const struct step *bench_last(struct bench *bench)
{
	size_t count;
	struct step *const *steps = plan_steps(bench->plan, &count);

	assert_true(count > 0);
	return steps[count - 1];
}

int bench_setup(void **state)
{
	struct bench *bench = bench_new();

	bench_base(bench, "alpine:latest", NULL);
	bench_write(bench, "a", "a\n");
	bench_write(bench, "b", "b\n");
	bench_write(bench, "d/x", "x\n");
	*state = bench;
	return 0;
}

int bench_teardown(void **state)
{
	bench_free(*state);
	return 0;
}

void bench_expect(struct bench *bench, const char *text, const char *words)
{
	bench_preview(bench, text);
	assert_string_equal(bench_words(bench), words);
}

void bench_must_build(struct bench *bench, const char *text)
{
	struct digest id = bench_build(bench, text);

	if (!digest_is_set(&id))
		fail_msg("%s", bench->error);
}
