/* Knows the parameters of a classic build in a docker daemon. */
#include "engine/build_query.h"

#include <inttypes.h>
#include <string.h>

#include "spec/config.h"
#include "spec/gofmt.h"
#include "transport/daemon.h"

static void add(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "&%s=", name);
	daemon_escape(out, value ? value : "");
}

static void add_set(struct buf *out, const char *name, const char *value)
{
	if (value && *value)
		add(out, name, value);
}

static void add_yes(struct buf *out, const char *name, bool yes)
{
	if (yes)
		add(out, name, "1");
}

static void add_number(struct buf *out, const char *name, int64_t value)
{
	buf_addf(out, "&%s=%" PRId64, name, value);
}

static void add_list(struct buf *out, const char *name,
		     const struct strv *list)
{
	for (size_t i = 0; list && i < list->count; i++)
		add(out, name, list->items[i]);
}

/* ---- JSON ---- */

static void add_json(struct buf *out, const char *name, struct buf *json)
{
	add(out, name, json->data);
	buf_release(json);
}

static void json_string(struct buf *out, const char *text)
{
	config_format_string(out, text, strlen(text));
}

/* The last one of a name counts. */
static bool said_again(const struct plan_input *input, size_t at)
{
	for (size_t i = at + 1; i < input->arg_count; i++)
		if (strcmp(input->args[i].name, input->args[at].name) == 0)
			return true;
	return false;
}

static void add_args(struct buf *out, const struct plan_input *input)
{
	struct buf json = BUF_INIT;

	buf_addc(&json, '{');
	for (size_t i = 0; i < input->arg_count; i++) {
		if (said_again(input, i))
			continue;
		if (json.len > 1)
			buf_addc(&json, ',');
		json_string(&json, input->args[i].name);
		buf_addc(&json, ':');
		if (input->args[i].value)
			json_string(&json, input->args[i].value);
		else
			buf_adds(&json, "null");
	}
	buf_addc(&json, '}');
	add_json(out, "buildargs", &json);
}

static void add_labels(struct buf *out, const struct map *labels)
{
	struct buf json = BUF_INIT;

	buf_addc(&json, '{');
	for (size_t i = 0; labels && i < labels->count; i++) {
		if (i)
			buf_addc(&json, ',');
		json_string(&json, labels->items[i].key);
		buf_addc(&json, ':');
		json_string(&json, labels->items[i].value);
	}
	buf_addc(&json, '}');
	add_json(out, "labels", &json);
}

static void add_names(struct buf *out, const char *name,
		      const struct strv *list)
{
	struct buf json = BUF_INIT;

	buf_addc(&json, '[');
	for (size_t i = 0; list && i < list->count; i++) {
		if (i)
			buf_addc(&json, ',');
		json_string(&json, list->items[i]);
	}
	buf_addc(&json, ']');
	add_json(out, name, &json);
}

static void add_ulimit(struct buf *json, const char *text)
{
	struct err ignored = ERR_INIT; /* it was checked with the flags */
	struct ulimit ulimit = { .name = "" };

	(void)sandbox_parse_ulimit(text, &ulimit, &ignored);
	buf_adds(json, "{\"Name\":");
	json_string(json, ulimit.name);
	buf_addf(json, ",\"Hard\":%" PRId64 ",\"Soft\":%" PRId64 "}",
		 (int64_t)ulimit.hard, (int64_t)ulimit.soft);
}

static void add_ulimits(struct buf *out, const struct strv *ulimits)
{
	struct buf json = BUF_INIT;

	for (size_t i = 0; i < ulimits->count; i++) {
		buf_addc(&json, i ? ',' : '[');
		add_ulimit(&json, ulimits->items[i]);
	}
	buf_adds(&json, ulimits->count ? "]" : "null");
	add_json(out, "ulimits", &json);
}

/* ---- all of it ---- */

static void add_limits(struct buf *out, const struct sandbox_limits *limits)
{
	add_number(out, "memory", limits->memory);
	add_number(out, "memswap", limits->memory_swap);
	add_number(out, "cpushares", limits->cpu_shares);
	add_number(out, "cpuperiod", limits->cpu_period);
	add_number(out, "cpuquota", limits->cpu_quota);
	add(out, "cpusetcpus", limits->cpuset_cpus);
	add(out, "cpusetmems", limits->cpuset_mems);
	add_number(out, "shmsize", limits->shm_size);
	add_ulimits(out, &limits->ulimits);
}

void build_query(const struct daemon_build *build, struct buf *out)
{
	const struct build_options *options = build->options;
	const struct plan_input *input = &options->plan;

	buf_addf(out, "/build?version=1&rm=%d", options->remove);
	add_list(out, "t", &options->tags);
	add(out, "dockerfile", build->workspace->sent_name);
	add(out, "target", input->target);
	add(out, "networkmode", build->network && *build->network ?
				build->network : "default");
	add(out, "cgroupparent", build->cgroup_parent);
	if (build->isolation && strcmp(build->isolation, "default") != 0)
		add_set(out, "isolation", build->isolation);
	add_set(out, "platform", input->platform);
	add_yes(out, "forcerm", options->force_remove);
	add_yes(out, "nocache", input->no_cache);
	add_yes(out, "pull", input->ask_again);
	add_yes(out, "squash", build->squash);
	add_list(out, "extrahosts", &options->extra_hosts);
	add_list(out, "securityopt", build->security);
	add_args(out, input);
	add_labels(out, input->labels);
	add_names(out, "cachefrom", input->cache_from);
	add_limits(out, &options->limits);
}
