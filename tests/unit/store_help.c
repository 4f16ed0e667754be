/* Knows how the tests of the floor store make small stores. */
#include "store_help.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spec/gofmt.h"
#include "spec/layertar.h"

char top[64];
char root[80];

int set_up(void **state)
{
	(void)state;
	umask(022);
	strcpy(top, "/tmp/varve-store-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(root, sizeof(root), "%s/root", top);
	return 0;
}

int tear_down(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	return fs_remove_tree(AT_FDCWD, top, &err);
}

void shell(const char *format, ...)
{
	AUTO_FREE char *command = NULL;
	AUTO_FREE char *line = NULL;
	va_list ap;

	va_start(ap, format);
	assert_true(vasprintf(&command, format, ap) >= 0);
	va_end(ap);
	line = mem_printf("cd '%s' && %s", top, command);
	assert_int_equal(system(line), 0);
}

struct store *open_store(enum store_mode mode)
{
	struct store *store = NULL;
	struct err err = ERR_INIT;

	if (store_open(root, mode, &store, &err) < 0)
		fail_msg("%s", err.msg);
	return store;
}

enum err_kind open_fails(enum store_mode mode, struct err *err)
{
	struct store *store = NULL;

	*err = (struct err)ERR_INIT;
	assert_int_equal(store_open(root, mode, &store, err), -1);
	return err->kind;
}

struct digest add_layer_to(struct store *store, const struct digest *parent,
			   const char *script, struct digest *diff_id)
{
	AUTO(layer_draft_free) struct layer_draft *draft = NULL;
	AUTO(layer_writer_free) struct layer_writer *writer = NULL;
	AUTO_FREE char *line = NULL;
	struct layer_sums sums;
	struct digest chain = { "" };
	struct err err = ERR_INIT;
	uint64_t size;

	if (store_draft(store, parent, &draft, &err) < 0)
		fail_msg("%s", err.msg);
	line = mem_printf("cd '%s' && %s", layer_draft_diff_path(draft),
			  script);
	assert_int_equal(system(line), 0);
	writer = layer_writer_new(NULL, NULL, layer_draft_split_fd(draft));
	if (layer_writer_upper(writer, layer_draft_diff_fd(draft),
			       store_opaque_xattr(store), &size, &err) < 0 ||
	    layer_writer_finish(writer, &sums, &err) < 0 ||
	    layer_draft_commit(draft, &sums.diff_id, size, &chain, &err) < 0)
		fail_msg("%s", err.msg);
	*diff_id = sums.diff_id;
	return chain;
}

struct digest add_layer(struct store *store, const struct digest *parent,
			const char *script)
{
	struct digest diff_id;

	return add_layer_to(store, parent, script, &diff_id);
}

static void fill(struct image_config *config, const char *created_by,
		 bool empty)
{
	struct history entry = { .empty_layer = empty };
	char nothing[] = "", created[40];
	AUTO_FREE char *by = mem_strdup(created_by);

	config->created = (struct moment){
		1700000000 + (int64_t)config->history_count, 0, true };
	gofmt_time(config->created, created);
	entry.created = created;
	entry.created_by = by;
	entry.author = entry.comment = nothing;
	run_config_set(&config->architecture, "amd64");
	run_config_set(&config->os, "linux");
	run_config_set(&config->docker_version, "20.10.24");
	config->has_config = config->has_container_config = true;
	strv_release(&config->container_config.cmd);
	strv_add(&config->container_config.cmd, created_by);
	image_config_add_history(config, &entry);
}

struct digest add_image(struct store *store, const struct digest *parent,
			const char *script, const char *created_by)
{
	AUTO(image_config_release) struct image_config config;
	AUTO(buf_release) struct buf json = BUF_INIT;
	struct digest id = { "" }, chain = { "" }, diff;
	struct err err = ERR_INIT;

	image_config_init(&config);
	if (parent) {
		image_config_copy(&config,
				  store_config(store, get_image(store, parent),
					       &err));
		chain = chain_of(store, parent);
	}
	fill(&config, created_by, !script);
	if (script) {
		add_layer_to(store, &chain, script, &diff);
		image_config_add_diff(&config, &diff);
	}
	image_config_format(&config, &json);
	if (store_put_built(store, json.data, json.len, parent, &id, &err) <
	    0)
		fail_msg("%s", err.msg);
	return id;
}

struct image *get_image(struct store *store, const struct digest *id)
{
	struct image *image = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(store_image(store, id, &image, &err), 1);
	return image;
}

struct digest chain_of(struct store *store, const struct digest *id)
{
	struct digest chain = { "" };
	const struct image_config *config;
	struct err err = ERR_INIT;

	config = store_config(store, get_image(store, id), &err);
	assert_non_null(config);
	for (size_t i = 0; i < config->diff_id_count; i++) {
		struct digest below = chain;

		digest_chain(&below, &config->diff_ids[i], &chain);
	}
	return chain;
}

size_t count_images(struct store *store)
{
	struct image *const *images;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(store_images(store, &images, &count, &err), 0);
	return count;
}

char *hex_of(const struct digest *id)
{
	return (char *)(uintptr_t)DIGEST_HEX(id);
}

static char *__attribute__((format(printf, 1, 0)))
path_of(const char *format, va_list ap)
{
	AUTO_FREE char *name = NULL;

	assert_true(vasprintf(&name, format, ap) >= 0);
	return mem_printf("%s/%s", root, name);
}

char *slurp(const char *format, ...)
{
	AUTO_FREE char *path = NULL;
	struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	va_list ap;

	va_start(ap, format);
	path = path_of(format, ap);
	va_end(ap);
	if (fs_read(AT_FDCWD, path, 1 << 20, &text, &err) != 1)
		fail_msg("no '%s'", path);
	return buf_steal(&text);
}

bool exists(const char *format, ...)
{
	AUTO_FREE char *path = NULL;
	struct stat st;
	va_list ap;

	va_start(ap, format);
	path = path_of(format, ap);
	va_end(ap);
	return lstat(path, &st) == 0;
}
