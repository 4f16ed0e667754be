/* Knows what of an image is read for the browser, and by whom. */
#include "tui/browser_state.h"

#include <string.h>

#include "tui/line_map.h"

static void forget_files(struct browser *browser)
{
	browse_release(&browser->browse);
	files_free(browser->old);
	files_free(browser->now);
	browser->old = browser->now = NULL;
	peek_release(&browser->peek);
	browser->peeking = false;
}

static void forget_reveal(struct browser *browser)
{
	free(browser->reveal);
	browser->reveal = NULL;
}

void browser_forget(struct browser *browser)
{
	forget_files(browser);
	forget_reveal(browser);
	loader_release(&browser->loader);
	loader_release(&browser->waste_loader);
	worker_release(&browser->extractor);
	waste_free(browser->waste);
	waste_groups_release(&browser->waste_groups);
	files_free(browser->waste_files);
	browser->waste = NULL;
	browser->waste_files = NULL;
	for (size_t i = 0; i < browser->layer_count; i++) {
		free(browser->layers[i].cache_id);
		free(browser->texts[i]);
	}
	free(browser->layers);
	free(browser->layer_list);
	free(browser->lines);
	free(browser->texts);
	free(browser->text);
	free(browser->name);
	image_config_release(&browser->config);
	browser->layers = NULL;
	browser->layer_list = NULL;
	browser->lines = NULL;
	browser->texts = NULL;
	browser->text = NULL;
	browser->name = NULL;
	browser->layer_count = 0;
	browser->image = (struct digest){ "" };
}

/* ---- the image ---- */

static bool begins_with(const struct image_config *config,
			const struct image_config *start)
{
	size_t n = start->diff_id_count;

	if (n > config->diff_id_count)
		return false;
	while (n > 0 && digest_equal(&start->diff_ids[n - 1],
				     &config->diff_ids[n - 1]))
		n--;
	return n == 0;
}

/* FROM says nothing of what is in the layers below it. */
static void made_by(struct browser *browser, size_t layer,
		    const struct step *step)
{
	if (browser->lines[layer] || step->line <= 0)
		return;
	browser->lines[layer] = step->line;
	if (!step_is_from(step))
		browser->texts[layer] = mem_strdup(step->text);
}

/* Which line of the Dockerfile makes a layer: the first step of the plan
 * whose image has as many of the layers as that. */
static void find_lines(struct browser *browser)
{
	const struct model *model = browser->model;
	struct step *const *steps;
	size_t count = 0;
	struct err err = ERR_INIT;

	browser->lines = mem_array(browser->layer_count + 1, sizeof(int));
	browser->texts = mem_array(browser->layer_count + 1, sizeof(char *));
	browser->steps = (struct layer_steps){ &browser->config,
					       browser->lines,
					       browser->layer_count,
					       browser->texts };
	browser->text = mem_strdup(model->text);
	browser->file_version = model->file_version;
	steps = model->plan ? plan_steps(model->plan, &count) : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct image_config *config = NULL;
		struct image *image;

		if (!digest_is_set(&steps[i]->image) ||
		    store_image(model->store, &steps[i]->image, &image,
				&err) != 1)
			continue;
		config = store_config(model->store, image, &err);
		if (config && config->diff_id_count &&
		    begins_with(&browser->config, config))
			made_by(browser, config->diff_id_count - 1, steps[i]);
	}
}

void browser_follow_text(struct browser *browser)
{
	const struct model *model = browser->model;
	struct line_map map;

	if (!browser->text || !model->text ||
	    browser->file_version == model->file_version)
		return;
	line_map_make(browser->text, model->text, &map);
	for (size_t i = 0; i < browser->layer_count; i++)
		if (browser->lines[i])
			browser->lines[i] = line_map_at(&map,
							browser->lines[i]);
	free(browser->text);
	browser->text = mem_strdup(model->text);
	browser->file_version = model->file_version;
	browser->version++;
}

static int copy_layers(struct browser *browser, struct err *err)
{
	AUTO_FREE const struct layer **layers = NULL;
	size_t count;

	if (store_layers_of(browser->model->store, &browser->config, &layers,
			    &count, err) < 0)
		return -1;
	browser->layers = mem_array(count + 1, sizeof(*browser->layers));
	browser->layer_list = mem_array(count + 1,
					sizeof(*browser->layer_list));
	for (size_t i = 0; i < count; i++) {
		browser->layers[i] = *layers[i];
		browser->layers[i].cache_id = mem_strdup(layers[i]->cache_id);
		browser->layer_list[i] = &browser->layers[i];
	}
	browser->layer_count = count;
	return 0;
}

int browser_take_image(struct browser *browser, const struct digest *id,
		       struct err *err)
{
	const struct model *model = browser->model;
	const struct digest wanted = *id;
	const struct image_config *config;
	struct image *image;

	if (!model->store ||
	    store_image(model->store, &wanted, &image, err) != 1)
		return err_set(err, ERR_NOT_FOUND,
			       "the image is not in the store");
	config = store_config(model->store, image, err);
	if (!config)
		return -1;
	browser_forget(browser);
	browser->image = wanted;
	image_config_copy(&browser->config, config);
	browser->name = image->tags.count ?
		mem_strdup(image->tags.items[0]) :
		mem_printf("%.12s", DIGEST_HEX(&wanted));
	if (copy_layers(browser, err) < 0)
		return -1;
	find_lines(browser);
	browser->layer = browser->layer_count ? browser->layer_count - 1 : 0;
	browser->version++;
	return 0;
}

/* ---- its files ---- */

static void show_files(struct browser *browser)
{
	bool filtered = browser->filter && *browser->filter;
	struct err err = ERR_INIT;

	browse_init(&browser->browse, browser->now, browser->old,
		    browser->aggregate ||
		    digest_is_set(&browser->from.image) ?
			    -1 : (int)browser->layer);
	browser->browse.view.by_size = browser->by_size;
	if (filtered)
		files_filter_parse(browser->filter, &browser->browse.filter,
				   &err);
	if (filtered || browser->by_size)
		browse_again(&browser->browse, 0);
}

/* All of what differs is seen at once. */
static void unfold_compared(struct browser *browser)
{
	if (digest_is_set(&browser->from.image))
		browser_unfold_matches(browser);
}

/* What is behind the names that are on the screen: cursor, folds and the file
 * that is looked at stay. */
static void fill_in(struct browser *browser)
{
	struct browse before = browser->browse;
	struct files *old = STEAL(browser->old), *now = STEAL(browser->now);
	uint32_t at = files_pane_at(browser->panes[BROWSER_FILES]);

	browser->browse = (struct browse){ 0 };
	browser->old = STEAL(browser->loader.old);
	browser->now = STEAL(browser->loader.now);
	show_files(browser);
	browse_follow(&browser->browse, &before);
	unfold_compared(browser);
	files_pane_follow(browser->panes[BROWSER_FILES], at);
	browse_release(&before);
	files_free(old);
	files_free(now);
}

/* Names come first, and may be all there is to find it by. */
static void go_to_revealed(struct browser *browser)
{
	uint32_t at;

	if (!browser->reveal)
		return;
	if (files_find(browser->now, browser->reveal, &at) == 1)
		files_pane_follow(browser->panes[BROWSER_FILES], at);
	else
		browser_say(browser, true, "/%s does not show in layer %zu",
			    browser->reveal, browser->layer + 1);
	forget_reveal(browser);
}

static void take_files(struct browser *browser)
{
	struct loader *loader = &browser->loader;

	if (loader->named && browser->now && browser->now->names_only &&
	    !loader->now->names_only) {
		fill_in(browser);
	} else {
		forget_files(browser);
		browser->old = STEAL(loader->old);
		browser->now = STEAL(loader->now);
		show_files(browser);
		unfold_compared(browser);
		go_to_revealed(browser);
	}
	browser->version++;
}

static void add_image(const struct digest *id, size_t layers, bool all,
		      struct strv *args)
{
	if (all)
		strv_add(args, id->text);
	else
		strv_take(args, mem_printf("%s#%zu", id->text, layers));
}

static char *what_to_load(struct browser *browser, struct strv *args)
{
	const struct browser_side *from = &browser->from;
	size_t count = browser->layer_count ? browser->layer + 1 : 0;
	bool compare = digest_is_set(&from->image);
	size_t below = browser->aggregate ? 1 : count ? count - 1 : 0;
	AUTO_FREE char *what = compare ?
		mem_printf("diff %s#%zu", from->image.text, from->layers) :
		mem_strdup("files");

	strv_add(args, compare ? "diff" : "files");
	strv_take(args, mem_printf("--root=%s",
				   browser->model->options->root));
	if (compare) {
		add_image(&from->image, from->layers, !from->layers, args);
	} else if (count) {
		strv_take(args, mem_printf("--layer=%zu", count));
		strv_add(args, browser->aggregate ? "--aggregate" :
						    "--changes");
	}
	add_image(&browser->image, count, !compare || !count, args);
	return pack_name(browser->model->store, browser->layer_list, count,
			 below, what);
}

static void not_loaded(struct browser *browser, const struct err *err)
{
	forget_reveal(browser);
	browser_say(browser, true, "%s", err->msg);
}

void browser_load(struct browser *browser)
{
	browser_load_to(browser, NULL);
}

void browser_load_to(struct browser *browser, const char *path)
{
	AUTO(strv_release) struct strv args = { 0 };
	AUTO_FREE char *name = NULL;
	struct err err = ERR_INIT;
	int rc;

	forget_reveal(browser);
	if (!browser->model->store)
		return;
	browser->reveal = mem_strdup(path);
	name = what_to_load(browser, &args);
	rc = loader_start(&browser->loader, &args, name, &err);
	if (rc > 0)
		take_files(browser);
	else if (rc < 0)
		not_loaded(browser, &err);
	browser->version++;
}

void browser_cancel(struct browser *browser)
{
	loader_cancel(&browser->loader);
	loader_cancel(&browser->waste_loader);
	worker_release(&browser->extractor);
	forget_reveal(browser);
	browser_say(browser, false, "stopped reading");
	browser->version++;
}

static void take_waste(struct browser *browser)
{
	waste_free(browser->waste);
	waste_groups_release(&browser->waste_groups);
	files_free(browser->waste_files);
	browser->waste = STEAL(browser->waste_loader.waste);
	browser->waste_files = STEAL(browser->waste_loader.now);
	waste_groups_make(browser->waste, browser->waste_files,
			  &browser->waste_groups);
	browser->version++;
}

void browser_load_waste(struct browser *browser)
{
	AUTO(strv_release) struct strv args = { 0 };
	AUTO_FREE char *name = NULL;
	struct err err = ERR_INIT;
	int rc;

	if (browser->waste || loader_runs(&browser->waste_loader) ||
	    !browser->model->store)
		return;
	strv_add(&args, "waste");
	strv_take(&args, mem_printf("--root=%s",
				    browser->model->options->root));
	strv_add(&args, browser->image.text);
	name = pack_name(browser->model->store, browser->layer_list,
			 browser->layer_count, 0, "waste");
	rc = loader_start(&browser->waste_loader, &args, name, &err);
	if (rc > 0)
		take_waste(browser);
	else if (rc < 0)
		browser_say(browser, true, "%s", err.msg);
}

/* ---- writing files out ---- */

void browser_extract(struct browser *browser, const char *dest)
{
	AUTO(strv_release) struct strv args = { 0 };
	uint32_t at = browser_file(browser), in = at;
	const struct files *files;
	AUTO_FREE char *path = NULL;
	struct err err = ERR_INIT;
	size_t layer;

	if (at == FILE_NONE || !*dest)
		return;
	files = browser_side_of(browser, &in);
	if (files == browser->now &&
	    files->items[in].state == FILE_REMOVED) {
		browser_say(browser, true, "what it was is still being read");
		return;
	}
	path = files_path(files, in);
	/* What a layer took away is written as it was below it. */
	layer = files == browser->old ? browser->layer : browser->layer + 1;
	strv_add(&args, "files");
	strv_take(&args, mem_printf("--root=%s",
				    browser->model->options->root));
	strv_take(&args, mem_printf("--extract=/%s", path));
	if (files == browser->old && digest_is_set(&browser->from.image)) {
		if (browser->from.layers)
			strv_take(&args, mem_printf("--layer=%zu",
						    browser->from.layers));
		strv_add(&args, browser->from.image.text);
	} else {
		/* Over all, what was removed was there in the bottom layer. */
		if (files == browser->old && browser->aggregate)
			layer = 1;
		strv_take(&args, mem_printf("--layer=%zu", layer));
		strv_add(&args, browser->image.text);
	}
	strv_add(&args, dest);
	if (worker_start(&browser->extractor, &args, &err) < 0) {
		browser_say(browser, true, "%s", err.msg);
		return;
	}
	free(browser->extract_to);
	browser->extract_to = mem_printf("/%s to %s", path, dest);
}

static bool poll_extractor(struct browser *browser)
{
	struct worker *worker = &browser->extractor;
	const char *said;

	if (!worker_runs(worker) || !worker_poll(worker))
		return false;
	said = worker->err.data ? worker->err.data : "";
	if (strncmp(said, "varve: ", 7) == 0)
		said += 7;
	if (*said)
		browser_say(browser, worker->status != 0, "%.*s",
			    (int)strcspn(said, "\n"), said);
	else
		browser_say(browser, worker->status != 0, "%s %s",
			    worker->status ? "could not write" : "wrote",
			    browser->extract_to);
	worker_release(worker);
	return true;
}

bool browser_poll(struct browser *browser)
{
	struct err err = ERR_INIT;
	int files = loader_poll(&browser->loader, &err);
	int waste;

	if (files > 0)
		take_files(browser);
	else if (files < 0)
		not_loaded(browser, &err);
	waste = loader_poll(&browser->waste_loader, &err);
	if (waste > 0)
		take_waste(browser);
	else if (waste < 0)
		browser_say(browser, true, "%s", err.msg);
	return poll_extractor(browser) || files || waste;
}

bool browser_is_idle(const struct browser *browser)
{
	return !loader_runs(&browser->loader) &&
	       !loader_runs(&browser->waste_loader) &&
	       !worker_runs(&browser->extractor);
}

size_t browser_fds(const struct browser *browser, int fds[BROWSER_FDS])
{
	fds[0] = browser->loader.worker.pid_fd;
	fds[1] = browser->waste_loader.worker.pid_fd;
	fds[2] = browser->extractor.pid_fd;
	fds[3] = browser->loader.worker.out_fd;
	return BROWSER_FDS;
}
