/* Knows how two configurations are told apart key by key. */
#include "plan/evidence.h"

#include <string.h>

static void add_key(struct step *step, const char *kind, const char *name,
		    const char *old, const char *now, bool show_args)
{
	struct evidence *evidence = step_evidence(step, EVIDENCE_KEY);

	evidence->op = !old ? '+' : !now ? '-' : '~';
	evidence->path = name ? mem_printf("%s %s", kind, name) :
				mem_strdup(kind);
	evidence->old_value = secret_value(name ? name : kind, old, show_args);
	evidence->new_value = secret_value(name ? name : kind, now, show_args);
}

void evidence_image(struct step *step, const char *name,
		    const struct digest *old, const struct digest *now)
{
	struct evidence *evidence = step_evidence(step, EVIDENCE_IMAGE);

	evidence->op = '~';
	evidence->path = mem_strdup(name);
	evidence->old_value = mem_strdup(old->text);
	evidence->new_value = mem_strdup(now->text);
}

/* "K=V" lists: Env, and the arguments of a RUN. */
static size_t diff_pairs(struct step *step, const char *kind,
			 const struct strv *old, const struct strv *now,
			 bool show_args)
{
	size_t found = 0;

	for (size_t i = 0; i < old->count; i++) {
		size_t len = strcspn(old->items[i], "=");
		const char *value = args_env_value(old, old->items[i], len);
		const char *other = args_env_value(now, old->items[i], len);
		AUTO_FREE char *name = mem_strndup(old->items[i], len);

		if (other && !strcmp(value, other))
			continue;
		add_key(step, kind, name, value, other, show_args);
		found++;
	}
	for (size_t i = 0; i < now->count; i++) {
		size_t len = strcspn(now->items[i], "=");
		AUTO_FREE char *name = mem_strndup(now->items[i], len);

		if (args_env_value(old, name, len))
			continue;
		add_key(step, kind, name, NULL,
			args_env_value(now, name, len), show_args);
		found++;
	}
	return found;
}

static size_t diff_map(struct step *step, const char *kind,
		       const struct map *old, const struct map *now,
		       bool show_args)
{
	size_t found = 0;

	for (size_t i = 0; i < old->count; i++) {
		const char *other = map_get(now, old->items[i].key);

		if (other && !strcmp(other, old->items[i].value))
			continue;
		add_key(step, kind, old->items[i].key, old->items[i].value,
			other, show_args);
		found++;
	}
	for (size_t i = 0; i < now->count; i++) {
		if (map_get(old, now->items[i].key))
			continue;
		add_key(step, kind, now->items[i].key, NULL,
			now->items[i].value, show_args);
		found++;
	}
	return found;
}

static size_t diff_text(struct step *step, const char *kind, const char *old,
			const char *now)
{
	if (!strcmp(old, now))
		return 0;
	add_key(step, kind, NULL, *old ? old : NULL, *now ? now : NULL, true);
	return 1;
}

static size_t diff_list(struct step *step, const char *kind,
			const struct strv *old, const struct strv *now)
{
	AUTO_FREE char *left = strv_join(old, " ");
	AUTO_FREE char *right = strv_join(now, " ");

	if (strv_equal(old, now))
		return 0;
	add_key(step, kind, NULL, old->count ? left : NULL,
		now->count ? right : NULL, true);
	return 1;
}

static const char *yes(bool value)
{
	return value ? "true" : "false";
}

size_t evidence_config(struct step *step, const struct run_config *old,
		       const struct run_config *now, bool show_args)
{
	size_t found = 0;

	found += diff_pairs(step, "Env", &old->env, &now->env, show_args);
	if (!found && !strv_equal(&old->env, &now->env)) {
		step_note(step, "the same Env in another order");
		found++;
	}
	found += diff_text(step, "User", old->user, now->user);
	found += diff_list(step, "Entrypoint", &old->entrypoint,
			   &now->entrypoint);
	found += diff_map(step, "Label", &old->labels, &now->labels,
			  show_args);
	found += diff_map(step, "ExposedPorts", &old->exposed_ports,
			  &now->exposed_ports, show_args);
	found += diff_map(step, "Volumes", &old->volumes, &now->volumes,
			  show_args);
	found += diff_text(step, "OpenStdin", yes(old->open_stdin),
			   yes(now->open_stdin));
	found += diff_text(step, "AttachStdout", yes(old->attach_stdout),
			   yes(now->attach_stdout));
	found += diff_text(step, "AttachStderr", yes(old->attach_stderr),
			   yes(now->attach_stderr));
	found += diff_text(step, "Tty", yes(old->tty), yes(now->tty));
	return found;
}

/* Whether a RUN names the argument: $X or ${X. */
static bool names_arg(const struct strv *words, const char *name)
{
	AUTO_FREE char *text = strv_join(words, " ");
	size_t len = strlen(name);

	for (const char *at = text; (at = strchr(at, '$'));) {
		at++;
		at += *at == '{';
		if (!strncmp(at, name, len) &&
		    !strspn(at + len, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))
			return true;
	}
	return false;
}

size_t evidence_args(struct step *step, const struct command *old,
		     const struct command *now, bool show_args)
{
	size_t first = step->evidence_count;
	size_t found = diff_pairs(step, "ARG", &old->args, &now->args,
				  show_args);

	for (size_t i = first; i < first + found; i++) {
		const char *name = step->evidence[i].path + strlen("ARG ");
		AUTO_FREE char *note = NULL;

		if (names_arg(&now->words, name))
			continue;
		note = mem_printf("this RUN does not name `%s`, but every "
				  "visible build argument counts", name);
		step_note(step, note);
	}
	if (old->has_prefix != now->has_prefix) {
		step_note(step, now->has_prefix ?
			  "build arguments are visible now, none were then" :
			  "build arguments were visible then, none are now");
		found++;
	}
	return found;
}
