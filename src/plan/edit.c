/* Knows what creating a container makes of a configuration (1.4). */
#include "plan/walk.h"

#include <string.h>

#include "base/fs.h"

static void merge_map(struct map *map, const struct map *parent)
{
	for (size_t i = 0; i < parent->count; i++)
		if (!map_get(map, parent->items[i].key))
			map_put(map, parent->items[i].key,
				parent->items[i].value);
	map->set = map->set || parent->set;
}

static void merge_env(struct strv *env, const struct strv *parent)
{
	for (size_t i = 0; i < parent->count; i++) {
		const char *item = parent->items[i];

		if (!args_env_value(env, item, strcspn(item, "=")))
			strv_add(env, item);
	}
	env->set = env->set || parent->set;
}

static void merge_check(struct run_config *config,
			const struct healthcheck *parent)
{
	struct healthcheck *check = config->healthcheck;

	if (!parent)
		return;
	if (!check) {
		config->healthcheck = healthcheck_dup(parent);
		return;
	}
	if (!check->test.count)
		strv_copy(&check->test, &parent->test);
	if (!check->interval)
		check->interval = parent->interval;
	if (!check->timeout)
		check->timeout = parent->timeout;
	if (!check->start_period)
		check->start_period = parent->start_period;
	if (!check->retries)
		check->retries = parent->retries;
}

void edit_merge(struct run_config *config, const struct run_config *parent)
{
	if (!*config->user)
		run_config_set(&config->user, parent->user);
	merge_map(&config->exposed_ports, &parent->exposed_ports);
	merge_map(&config->volumes, &parent->volumes);
	merge_env(&config->env, &parent->env);
	merge_map(&config->labels, &parent->labels);
	config->labels.set = true;
	if (!config->entrypoint.count && !config->entrypoint.set)
		strv_copy(&config->entrypoint, &parent->entrypoint);
	if (!*config->working_dir)
		run_config_set(&config->working_dir, parent->working_dir);
	if (!*config->stop_signal)
		run_config_set(&config->stop_signal, parent->stop_signal);
	merge_check(config, parent->healthcheck);
}

/* The health check is one object in C and in R: what the merge filled in
 * goes on to every later image of the build. */
static void share_check(struct plan *plan, struct step *step)
{
	struct run_config *sharers[] = { &step->after, &plan->run };

	for (size_t i = 0; i < 2; i++) {
		healthcheck_free(sharers[i]->healthcheck);
		sharers[i]->healthcheck =
			healthcheck_dup(step->probe.healthcheck);
	}
}

int plan_container_edit(struct plan *plan, struct step *step,
			const char *container_id, struct err *err)
{
	struct run_config *config = &step->probe;

	if (digest_is_set(&step->parent)) {
		const struct image_config *parent =
			plan_config(plan, &step->parent, err);
		bool shared = config->healthcheck != NULL;

		if (!parent)
			return -1;
		if (parent->has_config)
			edit_merge(config, &parent->config);
		if (shared)
			share_check(plan, step);
	}
	if (!*config->hostname && plan->input.hostname) {
		run_config_set(&config->hostname, plan->input.hostname);
	} else if (!*config->hostname) {
		AUTO_FREE char *name = mem_strndup(container_id, DIGEST_SHORT);

		run_config_set(&config->hostname, name);
	}
	if (*config->working_dir) {
		AUTO_FREE char *clean = fs_clean_path(config->working_dir);

		run_config_set(&config->working_dir, clean);
	}
	return 0;
}
