/* Knows what docker import makes of a root file system: one layer, one line
 * of history, a configuration from nothing but the changes. */
#include <string.h>

#include "base/mem.h"
#include "engine/images.h"
#include "engine/register.h"
#include "plan/plan.h"
#include "spec/gofmt.h"
#include "spec/names.h"

#define DEFAULT_MESSAGE "Imported from -"

static void fill_config(struct image_config *config, const char *message,
			const struct digest *diff_id)
{
	const struct platform *host = names_host_platform();
	struct history entry = { 0 };
	char created[40], empty[] = "";
	AUTO_FREE char *comment = mem_strdup(message ? message :
						       DEFAULT_MESSAGE);

	config->created = gofmt_now();
	gofmt_time(config->created, created);
	run_config_set(&config->architecture, host->architecture);
	run_config_set(&config->variant, host->variant);
	run_config_set(&config->os, host->os);
	run_config_set(&config->comment, comment);
	run_config_set(&config->docker_version, PLAN_DOCKER_VERSION);
	config->has_config = config->has_container_config = true;
	entry.created = created;
	entry.author = entry.created_by = empty;
	entry.comment = comment;
	image_config_add_history(config, &entry);
	image_config_add_diff(config, diff_id);
}

int images_import(struct store *store, int fd, const struct strv *changes,
		  const char *message, const char *ref, struct digest *id,
		  struct err *err)
{
	AUTO(image_config_release) struct image_config config;
	AUTO(buf_release) struct buf json = BUF_INIT;
	struct digest diff_id, chain, none = { "" };

	/* Mistakes in the changes are said before anything is read. */
	image_config_init(&config);
	if (changes && changes->count > 0 &&
	    plan_change_config(changes, &config.config, err) < 0)
		return -1;
	if (register_layer(store, fd, &none, NULL, &diff_id, &chain, err) < 0)
		return -1;
	fill_config(&config, message && message[0] ? message : NULL, &diff_id);
	image_config_format(&config, &json);
	if (store_put_image(store, json.data, json.len, &none, id, err) < 0)
		return -1;
	return ref ? store_tag(store, ref, id, NULL, err) : 0;
}
