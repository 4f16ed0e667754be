/* Knows what an image configuration owns and how history maps to layers. */
#include "spec/config.h"

#define STRINGS(config)                                                        \
	{                                                                      \
		&(config)->architecture, &(config)->variant, &(config)->os,    \
		&(config)->os_version, &(config)->author, &(config)->comment,  \
		&(config)->container, &(config)->docker_version                \
	}
#define STRING_COUNT 8

void image_config_init(struct image_config *config)
{
	char **strings[STRING_COUNT] = STRINGS(config);

	*config = (struct image_config){ 0 };
	for (size_t i = 0; i < STRING_COUNT; i++)
		*strings[i] = mem_strdup("");
	run_config_init(&config->config);
	run_config_init(&config->container_config);
}

static void history_release(struct history *entry)
{
	free(entry->created);
	free(entry->author);
	free(entry->created_by);
	free(entry->comment);
}

void image_config_release(struct image_config *config)
{
	char **strings[STRING_COUNT] = STRINGS(config);

	for (size_t i = 0; i < STRING_COUNT; i++)
		free(*strings[i]);
	strv_release(&config->os_features);
	run_config_release(&config->config);
	run_config_release(&config->container_config);
	for (size_t i = 0; i < config->history_count; i++)
		history_release(&config->history[i]);
	free(config->history);
	free(config->diff_ids);
	*config = (struct image_config){ 0 };
}

void image_config_copy(struct image_config *to,
		       const struct image_config *from)
{
	char *const *from_strings[STRING_COUNT] = STRINGS(from);
	struct image_config copy = { 0 };
	char **strings[STRING_COUNT] = STRINGS(&copy);

	for (size_t i = 0; i < STRING_COUNT; i++)
		*strings[i] = mem_strdup(*from_strings[i]);
	strv_copy(&copy.os_features, &from->os_features);
	run_config_copy(&copy.config, &from->config);
	run_config_copy(&copy.container_config, &from->container_config);
	copy.has_config = from->has_config;
	copy.has_container_config = from->has_container_config;
	copy.created = from->created;
	for (size_t i = 0; i < from->history_count; i++)
		image_config_add_history(&copy, &from->history[i]);
	for (size_t i = 0; i < from->diff_id_count; i++)
		image_config_add_diff(&copy, &from->diff_ids[i]);
	image_config_release(to);
	*to = copy;
}

const struct digest *image_config_diff_of(const struct image_config *config,
					  size_t history_index)
{
	size_t layer = 0;

	if (history_index >= config->history_count ||
	    config->history[history_index].empty_layer)
		return NULL;
	for (size_t i = 0; i < history_index; i++)
		layer += !config->history[i].empty_layer;
	return layer < config->diff_id_count ? &config->diff_ids[layer] : NULL;
}

static char *text_or_empty(const char *text)
{
	return mem_strdup(text ? text : "");
}

void image_config_chain(const struct image_config *config, struct digest *out)
{
	*out = (struct digest){ "" };
	for (size_t i = 0; i < config->diff_id_count; i++) {
		struct digest below = *out;

		digest_chain(&below, &config->diff_ids[i], out);
	}
}

void image_config_add_history(struct image_config *config,
			      const struct history *entry)
{
	struct history copy = {
		.created = text_or_empty(entry->created),
		.author = text_or_empty(entry->author),
		.created_by = text_or_empty(entry->created_by),
		.comment = text_or_empty(entry->comment),
		.empty_layer = entry->empty_layer,
	};

	MEM_PUSH(config->history, config->history_count) = copy;
}

void image_config_add_diff(struct image_config *config,
			   const struct digest *diff)
{
	struct digest copy = *diff;

	MEM_PUSH(config->diff_ids, config->diff_id_count) = copy;
}
