/* Knows how the keys of a map are printed, for people, programs, the manual. */
#include <string.h>

#include "spec/config.h"
#include "tui/keymap.h"

#define NAME_COLUMNS 16
#define KEY_COLUMNS 12

static void print_text(const struct keymap *map,
		       const struct action_info *info, bool first,
		       struct buf *out)
{
	if (first)
		buf_addf(out, "%s# %s\n", out->len ? "\n" : "", info->group);
	buf_addf(out, "%-*s %-*s -- %s\n", NAME_COLUMNS, info->name,
		 KEY_COLUMNS, keymap_keys(map, info->action), info->help);
}

static void print_json(const struct keymap *map,
		       const struct action_info *info, struct buf *out)
{
	const char *keys = keymap_keys(map, info->action);
	const char *between = "";

	buf_addf(out, "%s  {\"action\":\"%s\",\"keys\":[",
		 out->len > 2 ? ",\n" : "", info->name);
	while (*keys) {
		size_t len = strcspn(keys, " ");

		buf_adds(out, between);
		config_format_string(out, keys, len);
		keys += len + strspn(keys + len, " ");
		between = ",";
	}
	buf_adds(out, "],\"help\":");
	config_format_string(out, info->help, strlen(info->help));
	buf_addc(out, '}');
}

/* Words that mdoc would take for something else are told from it. */
static void add_mdoc(struct buf *out, const char *text)
{
	buf_adds(out, "\\&");
	for (; *text; text++) {
		if (*text == '~')
			buf_adds(out, "\\(ti");
		else if (*text == '\\')
			buf_adds(out, "\\e");
		else
			buf_addc(out, *text);
		if (*text == ' ')
			buf_adds(out, "\\&");
	}
}

static void print_mdoc(const struct keymap *map,
		       const struct action_info *info, bool first,
		       struct buf *out)
{
	if (first) {
		buf_addf(out, "%s.Pp\n.Em ", out->len ? ".El\n" : "");
		add_mdoc(out, info->group);
		buf_adds(out, "\n.Bl -tag -width \"PgDn d (page-down) \" "
			 "-compact\n");
	}
	buf_adds(out, ".It Ic \"");
	add_mdoc(out, keymap_keys(map, info->action));
	buf_addf(out, "\" Pq Cm %s\n", info->name);
	buf_addf(out, "%s\n", info->help);
}

void keymap_print(const struct keymap *map, enum keymap_format format,
		  struct buf *out)
{
	size_t count;
	const struct action_info *table = actions_table(&count);

	if (format == KEYMAP_JSON)
		buf_adds(out, "[\n");
	for (size_t i = 0; i < count; i++) {
		bool first = !i || strcmp(table[i].group,
					  table[i - 1].group) != 0;

		switch (format) {
		case KEYMAP_TEXT:
			print_text(map, &table[i], first, out);
			break;
		case KEYMAP_JSON:
			print_json(map, &table[i], out);
			break;
		case KEYMAP_MDOC:
			print_mdoc(map, &table[i], first, out);
			break;
		}
	}
	buf_adds(out, format == KEYMAP_JSON ? "\n]\n" :
		      format == KEYMAP_MDOC ? ".El\n" : "");
}
