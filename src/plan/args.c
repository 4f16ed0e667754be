/* Knows which build arguments are visible where, and with which value. */
#include "plan/args.h"

#include <string.h>

static const char *const proxies[] = {
	"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
	"FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy",
};
#define PROXY_COUNT (sizeof(proxies) / sizeof(proxies[0]))

static bool name_is(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && !memcmp(name, text, len);
}

static bool is_proxy(const char *name, size_t len)
{
	for (size_t i = 0; i < PROXY_COUNT; i++)
		if (name_is(proxies[i], name, len))
			return true;
	return false;
}

static void list_release(struct arg_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].value);
	}
	free(list->items);
	*list = (struct arg_list){ NULL, 0 };
}

static struct arg_value *list_find(const struct arg_list *list,
				   const char *name, size_t len)
{
	for (size_t i = 0; i < list->count; i++)
		if (name_is(list->items[i].name, name, len))
			return &list->items[i];
	return NULL;
}

static void list_put(struct arg_list *list, const char *name,
		     const char *value)
{
	struct arg_value *item = list_find(list, name, strlen(name));

	if (!item) {
		item = &MEM_PUSH(list->items, list->count);
		item->name = mem_strdup(name);
	} else {
		free(item->value);
	}
	item->value = mem_strdup(value);
}

void args_init(struct args *args, const struct build_arg *given, size_t count)
{
	*args = (struct args){ .given = given, .given_count = count };
}

void args_release(struct args *args)
{
	list_release(&args->meta);
	list_release(&args->stage);
	strv_release(&args->consumed);
}

void args_begin_stage(struct args *args)
{
	list_release(&args->stage);
}

static void consume(struct args *args, const char *name)
{
	if (!strv_has(&args->consumed, name))
		strv_add(&args->consumed, name);
}

void args_declare_meta(struct args *args, const char *name, const char *value)
{
	list_put(&args->meta, name, value);
	consume(args, name);
}

void args_declare(struct args *args, const char *name, const char *value)
{
	list_put(&args->stage, name, value);
	consume(args, name);
}

/* The last --build-arg of a name wins; one without a value is none. */
static const char *given_value(const struct args *args, const char *name,
			       size_t len)
{
	for (size_t i = args->given_count; i > 0; i--)
		if (name_is(args->given[i - 1].name, name, len))
			return args->given[i - 1].value;
	return NULL;
}

static const char *value_in(const struct args *args,
			    const struct arg_list *list, const char *name,
			    size_t len)
{
	const struct arg_value *item = list_find(list, name, len);
	const char *value;

	if (!item && !is_proxy(name, len))
		return NULL;
	value = given_value(args, name, len);
	if (value)
		return value;
	if (item && item->value)
		return item->value;
	item = list_find(&args->meta, name, len);
	return item ? item->value : NULL;
}

const char *args_env_value(const struct strv *env, const char *name,
			   size_t len)
{
	for (size_t i = 0; i < env->count; i++) {
		const char *item = env->items[i];
		size_t key = strcspn(item, "=");

		if (key == len && !memcmp(item, name, len))
			return item[key] ? item + key + 1 : item + key;
	}
	return NULL;
}

const char *args_lookup(void *arg, const char *name, size_t len)
{
	const struct args_scope *scope = arg;
	const char *value;

	if (!scope->env)
		return value_in(scope->args, &scope->args->meta, name, len);
	value = args_env_value(scope->env, name, len);
	if (value)
		return value;
	return value_in(scope->args, &scope->args->stage, name, len);
}

static void add_visible(const struct args *args, const struct strv *env,
			const char *name, struct strv *out)
{
	size_t len = strlen(name);
	const char *value = value_in(args, &args->stage, name, len);

	if (value && !args_env_value(env, name, len))
		strv_take(out, mem_printf("%s=%s", name, value));
}

void args_visible(const struct args *args, const struct strv *env,
		  struct strv *out)
{
	for (size_t i = 0; i < args->stage.count; i++)
		add_visible(args, env, args->stage.items[i].name, out);
	for (size_t i = 0; i < PROXY_COUNT; i++)
		if (!list_find(&args->stage, proxies[i], strlen(proxies[i])))
			add_visible(args, env, proxies[i], out);
}

void args_prefix(const struct args *args, const struct strv *env,
		 struct strv *out)
{
	AUTO(strv_release) struct strv visible = { 0 };
	AUTO(strv_release) struct strv named = { 0 };

	args_visible(args, env, &visible);
	if (!visible.count)
		return;
	for (size_t i = 0; i < visible.count; i++) {
		const char *item = visible.items[i];
		size_t len = strcspn(item, "=");

		if (!is_proxy(item, len) || list_find(&args->stage, item, len))
			strv_add(&named, item);
	}
	strv_sort(&named);
	strv_take(out, mem_printf("|%zu", named.count));
	for (size_t i = 0; i < named.count; i++)
		strv_add(out, named.items[i]);
}

void args_unused(const struct args *args, struct strv *out)
{
	for (size_t i = 0; i < args->given_count; i++) {
		const char *name = args->given[i].name;

		if (!is_proxy(name, strlen(name)) &&
		    !strv_has(&args->consumed, name) && !strv_has(out, name))
			strv_add(out, name);
	}
}
