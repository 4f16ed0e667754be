/* Knows the names of settings and the values each can have. */
#include "tui/settings.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	size_t offset; /* of a bool; or: */
	bool palette;
} table[] = {
	{ "palette", offsetof(struct settings, palette), true },
	{ "ascii", offsetof(struct settings, ascii), false },
	{ "mouse", offsetof(struct settings, mouse), false },
};
#define TABLE_COUNT (sizeof(table) / sizeof(*table))

static bool *flag_of(struct settings *settings, size_t i)
{
	return (bool *)((char *)settings + table[i].offset);
}

static int set_palette(struct settings *settings, const char *value,
		       struct err *err)
{
	AUTO(strv_release) struct strv names = { 0 };
	AUTO_FREE char *list = NULL;

	if (palette_find(value, &settings->palette))
		return 0;
	for (int i = 0; i < PALETTE_COUNT; i++)
		strv_add(&names, palette_name((enum palette)i));
	list = strv_join(&names, ", ");
	return err_set(err, ERR_USAGE,
		       "there is no palette '%s'; there are %s", value, list);
}

static int set_flag(bool *flag, const char *name, const char *value,
		    struct err *err)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		return err_set(err, ERR_USAGE, "'%s' is yes or no, not '%s'",
			       name, value);
	*flag = yes;
	return 0;
}

int settings_set(struct settings *settings, const char *text, struct err *err)
{
	size_t len = strcspn(text, "=");
	const char *value = text[len] ? text + len + 1 : "yes";

	for (size_t i = 0; i < TABLE_COUNT; i++) {
		const char *name = table[i].name;

		if (!table[i].palette && !text[len] &&
		    strncmp(text, "no", 2) == 0 && strcmp(text + 2, name) == 0)
			return set_flag(flag_of(settings, i), name, "no", err);
		if (strlen(name) != len || strncmp(text, name, len) != 0)
			continue;
		return table[i].palette ?
			set_palette(settings, value, err) :
			set_flag(flag_of(settings, i), name, value, err);
	}
	return err_set(err, ERR_USAGE, "there is no setting '%.*s'; there are "
		       "palette, ascii, mouse", (int)len, text);
}

char *settings_text(const struct settings *settings)
{
	struct settings copy = *settings;
	AUTO(buf_release) struct buf out = BUF_INIT;

	for (size_t i = 0; i < TABLE_COUNT; i++)
		buf_addf(&out, "%s%s=%s", i ? " " : "", table[i].name,
			 table[i].palette ? palette_name(copy.palette) :
			 *flag_of(&copy, i) ? "yes" : "no");
	return buf_steal(&out);
}

void settings_words(struct strv *out)
{
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		if (!table[i].palette) {
			strv_take(out, mem_printf("%s=no", table[i].name));
			strv_take(out, mem_printf("%s=yes", table[i].name));
			continue;
		}
		for (int p = 0; p < PALETTE_COUNT; p++)
			strv_take(out, mem_printf("palette=%s",
						  palette_name((enum palette)p)));
	}
}
