/* Knows which values look secret, and what is shown instead of them. */
#include "plan/secret.h"

#include <string.h>
#include <strings.h>

bool secret_name(const char *name, size_t len)
{
	static const char *const parts[] = { "PASS", "SECRET", "TOKEN", "KEY",
					     "CREDENTIAL" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t part = strlen(parts[i]);

		for (size_t at = 0; at + part <= len; at++)
			if (!strncasecmp(name + at, parts[i], part))
				return true;
	}
	return false;
}

static char *hidden(const char *value)
{
	struct digest digest;

	digest_make(value, strlen(value), &digest);
	return mem_printf("sha256:%.8s", DIGEST_HEX(&digest));
}

char *secret_value(const char *name, const char *value, bool show_args)
{
	if (!value)
		return NULL;
	if (show_args || !*value || !secret_name(name, strlen(name)))
		return mem_strdup(value);
	return hidden(value);
}

char *secret_word(const char *word, bool show_args)
{
	const char *equals = strchr(word, '=');
	AUTO_FREE char *value = NULL;

	if (show_args || !equals || !equals[1] ||
	    !secret_name(word, (size_t)(equals - word)))
		return mem_strdup(word);
	value = hidden(equals + 1);
	return mem_printf("%.*s=%s", (int)(equals - word), word, value);
}

static char *replace_all(const char *text, const char *from, const char *to)
{
	struct buf out = BUF_INIT;
	size_t len = strlen(from);
	const char *at;

	buf_adds(&out, "");
	while ((at = strstr(text, from))) {
		buf_add(&out, text, (size_t)(at - text));
		buf_adds(&out, to);
		text = at + len;
	}
	buf_adds(&out, text);
	return buf_steal(&out);
}

char *secret_hide(const struct plan *plan, const char *text)
{
	char *shown = mem_strdup(text);

	if (!text || plan->parsed || plan->input.show_args)
		return shown;
	for (size_t i = 0; i < plan->input.arg_count; i++) {
		const struct build_arg *arg = &plan->input.args[i];
		AUTO_FREE char *instead = NULL;
		char *next;

		if (!arg->value || !*arg->value ||
		    !secret_name(arg->name, strlen(arg->name)))
			continue;
		instead = hidden(arg->value);
		next = replace_all(shown, arg->value, instead);
		free(shown);
		shown = next;
	}
	return shown;
}

static void hide(const struct plan *plan, char **text)
{
	char *shown = secret_hide(plan, *text);

	free(*text);
	*text = shown;
}

void secret_hide_reason(const struct plan *plan, struct step *step)
{
	hide(plan, &step->note);
	for (size_t i = 0; i < step->evidence_count; i++) {
		hide(plan, &step->evidence[i].path);
		hide(plan, &step->evidence[i].what);
		hide(plan, &step->evidence[i].old_value);
		hide(plan, &step->evidence[i].new_value);
	}
}
