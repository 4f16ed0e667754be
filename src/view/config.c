/* Knows how an image's configuration is told, a key a row. */
#include "view/views.h"

#include <string.h>
#include <time.h>

#define KEY_COLUMNS 13

void view_fact(struct rows *out, const struct plan_view *view,
	       const char *key, enum style style, const char *value)
{
	struct flow flow = { .rows = out, .link = -1, .indent = KEY_COLUMNS,
			     .width = view->width };

	if (!value || !*value)
		return;
	row_addf(rows_add(out, -1), STYLE_DIM, "%-*s", KEY_COLUMNS - 1, key);
	flow.column = KEY_COLUMNS - 1;
	flow_words(&flow, style, value);
}

static void put_list(struct rows *out, const struct plan_view *view,
		     const char *key, const struct strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		view_fact(out, view, i ? "" : key, STYLE_PLAIN, list->items[i]);
}

/* CMD and ENTRYPOINT: the quotes show where a word ends. */
static void put_argv(struct rows *out, const struct plan_view *view,
		     const char *key, const struct strv *argv)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (!argv->count)
		return;
	buf_addc(&text, '[');
	for (size_t i = 0; i < argv->count; i++) {
		if (i)
			buf_adds(&text, ", ");
		config_format_string(&text, argv->items[i],
				     strlen(argv->items[i]));
	}
	buf_addc(&text, ']');
	view_fact(out, view, key, STYLE_PLAIN, text.data);
}

static void put_map(struct rows *out, const struct plan_view *view,
		    const char *key, const struct map *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct map_entry *e = &map->items[i];
		AUTO_FREE char *text = mem_printf(
			"%s%s%s", e->key, *e->value ? "=" : "", e->value);

		view_fact(out, view, i ? "" : key, STYLE_PLAIN, text);
	}
}

static void put_created(struct rows *out, const struct plan_view *view,
			const struct moment *created)
{
	time_t sec = (time_t)created->sec;
	char text[64];
	struct tm tm;

	if (!created->set || !gmtime_r(&sec, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		return;
	view_fact(out, view, "created", STYLE_PLAIN, view->fixed ? "#" : text);
}

void view_config(const struct image_config *config,
		 const struct plan_view *view, struct rows *out)
{
	const struct run_config *run = &config->config;
	AUTO_FREE char *platform = NULL;

	put_created(out, view, &config->created);
	platform = mem_printf("%s/%s%s%s", config->os, config->architecture,
			      *config->variant ? "/" : "", config->variant);
	view_fact(out, view, "platform", STYLE_PLAIN, platform);
	view_fact(out, view, "author", STYLE_PLAIN, config->author);
	put_argv(out, view, "entrypoint", &run->entrypoint);
	put_argv(out, view, "cmd", &run->cmd);
	view_fact(out, view, "workdir", STYLE_PLAIN, run->working_dir);
	view_fact(out, view, "user", STYLE_PLAIN, run->user);
	put_list(out, view, "env", &run->env);
	put_map(out, view, "ports", &run->exposed_ports);
	put_map(out, view, "volumes", &run->volumes);
	put_map(out, view, "labels", &run->labels);
	put_argv(out, view, "shell", &run->shell);
	view_fact(out, view, "stopsignal", STYLE_PLAIN, run->stop_signal);
	put_list(out, view, "onbuild", &run->on_build);
}
