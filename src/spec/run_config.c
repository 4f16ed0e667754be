/* Knows what a run configuration consists of and what the cache compares. */
#include <string.h>

#include "spec/run_fields.h"

#define AT(member) offsetof(struct run_config, member)

const struct run_field run_fields[RUN_FIELDS] = {
	{ "Hostname", RUN_STRING, AT(hostname), false },
	{ "Domainname", RUN_STRING, AT(domainname), false },
	{ "User", RUN_STRING, AT(user), false },
	{ "AttachStdin", RUN_BOOL, AT(attach_stdin), false },
	{ "AttachStdout", RUN_BOOL, AT(attach_stdout), false },
	{ "AttachStderr", RUN_BOOL, AT(attach_stderr), false },
	{ "ExposedPorts", RUN_SET, AT(exposed_ports), true },
	{ "Tty", RUN_BOOL, AT(tty), false },
	{ "OpenStdin", RUN_BOOL, AT(open_stdin), false },
	{ "StdinOnce", RUN_BOOL, AT(stdin_once), false },
	{ "Env", RUN_LIST, AT(env), false },
	{ "Cmd", RUN_WORDS, AT(cmd), false },
	{ "Healthcheck", RUN_HEALTH, AT(healthcheck), true },
	{ "ArgsEscaped", RUN_BOOL, AT(args_escaped), true },
	{ "Image", RUN_STRING, AT(image), false },
	{ "Volumes", RUN_SET, AT(volumes), false },
	{ "WorkingDir", RUN_STRING, AT(working_dir), false },
	{ "Entrypoint", RUN_WORDS, AT(entrypoint), false },
	{ "NetworkDisabled", RUN_BOOL, AT(network_disabled), true },
	{ "MacAddress", RUN_STRING, AT(mac_address), true },
	{ "OnBuild", RUN_LIST, AT(on_build), false },
	{ "Labels", RUN_MAP, AT(labels), false },
	{ "StopSignal", RUN_STRING, AT(stop_signal), true },
	{ "StopTimeout", RUN_TIMEOUT, AT(stop_timeout), true },
	{ "Shell", RUN_WORDS, AT(shell), true },
};

void healthcheck_free(struct healthcheck *check)
{
	if (!check)
		return;
	strv_release(&check->test);
	free(check);
}

struct healthcheck *healthcheck_dup(const struct healthcheck *check)
{
	struct healthcheck *copy;

	if (!check)
		return NULL;
	copy = mem_dup(check, sizeof(*check));
	copy->test = (struct strv){ 0 };
	strv_copy(&copy->test, &check->test);
	return copy;
}

void run_config_init(struct run_config *config)
{
	*config = (struct run_config){ 0 };
	for (size_t i = 0; i < RUN_FIELDS; i++)
		if (run_fields[i].kind == RUN_STRING)
			*RUN_FIELD(config, char *, &run_fields[i]) =
				mem_strdup("");
}

static void field_release(struct run_config *config,
			  const struct run_field *field)
{
	switch (field->kind) {
	case RUN_STRING:
		free(*RUN_FIELD(config, char *, field));
		break;
	case RUN_LIST:
	case RUN_WORDS:
		strv_release(RUN_FIELD(config, struct strv, field));
		break;
	case RUN_SET:
	case RUN_MAP:
		map_release(RUN_FIELD(config, struct map, field));
		break;
	case RUN_HEALTH:
		healthcheck_free(config->healthcheck);
		break;
	case RUN_BOOL:
	case RUN_TIMEOUT:
		break;
	}
}

void run_config_release(struct run_config *config)
{
	for (size_t i = 0; i < RUN_FIELDS; i++)
		field_release(config, &run_fields[i]);
	*config = (struct run_config){ 0 };
}

static void field_copy(struct run_config *to, const struct run_config *from,
		       const struct run_field *field)
{
	switch (field->kind) {
	case RUN_STRING:
		*RUN_FIELD(to, char *, field) =
			mem_strdup(*RUN_FIELD_CONST(from, char *, field));
		break;
	case RUN_BOOL:
		*RUN_FIELD(to, bool, field) =
			*RUN_FIELD_CONST(from, bool, field);
		break;
	case RUN_LIST:
	case RUN_WORDS:
		strv_copy(RUN_FIELD(to, struct strv, field),
			  RUN_FIELD_CONST(from, struct strv, field));
		break;
	case RUN_SET:
	case RUN_MAP:
		map_copy(RUN_FIELD(to, struct map, field),
			 RUN_FIELD_CONST(from, struct map, field));
		break;
	case RUN_HEALTH:
		to->healthcheck = healthcheck_dup(from->healthcheck);
		break;
	case RUN_TIMEOUT:
		to->stop_timeout = from->stop_timeout;
		to->stop_timeout_set = from->stop_timeout_set;
		break;
	}
}

void run_config_copy(struct run_config *to, const struct run_config *from)
{
	struct run_config copy = { 0 };

	for (size_t i = 0; i < RUN_FIELDS; i++)
		field_copy(&copy, from, &run_fields[i]);
	run_config_release(to);
	*to = copy;
}

void run_config_set(char **field, const char *value)
{
	char *copy = mem_strdup(value ? value : "");

	free(*field);
	*field = copy;
}

static bool keys_equal(const struct map *a, const struct map *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i].key, b->items[i].key) != 0)
			return false;
	return true;
}

/* As Docker compares: a key that b lacks counts as the empty string. */
static bool labels_equal(const struct map *a, const struct map *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const char *other = map_get(b, a->items[i].key);

		if (strcmp(other ? other : "", a->items[i].value) != 0)
			return false;
	}
	return true;
}

enum run_config_field run_config_differs(const struct run_config *a,
					 const struct run_config *b)
{
	if (a->open_stdin || b->open_stdin)
		return CONFIG_STDIN;
	if (a->attach_stdout != b->attach_stdout ||
	    a->attach_stderr != b->attach_stderr)
		return CONFIG_ATTACH;
	if (a->tty != b->tty)
		return CONFIG_TTY;
	if (strcmp(a->user, b->user) != 0)
		return CONFIG_USER;
	if (!strv_equal(&a->env, &b->env))
		return CONFIG_ENV;
	if (!strv_equal(&a->entrypoint, &b->entrypoint))
		return CONFIG_ENTRYPOINT;
	if (!labels_equal(&a->labels, &b->labels))
		return CONFIG_LABELS;
	if (!keys_equal(&a->exposed_ports, &b->exposed_ports))
		return CONFIG_PORTS;
	if (!keys_equal(&a->volumes, &b->volumes))
		return CONFIG_VOLUMES;
	if (!strv_equal(&a->cmd, &b->cmd))
		return CONFIG_CMD;
	return CONFIG_SAME;
}
