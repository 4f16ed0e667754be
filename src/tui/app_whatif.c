/* Knows what is imagined on the screen, and how it becomes real. */
#include "tui/app.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "context/ignore.h"
#include "view/lens.h"

/* What is asked for besides the text: the words of it are the requests. */
void app_imagine(struct app *app, struct buf *what)
{
	AUTO(strv_release) struct strv words = { 0 };

	buf_adds(what, "");
	whatif_words(&app->whatif, &words);
	for (size_t i = 0; i < words.count; i++)
		buf_addf(what, "%s\n", words.items[i]);
	if (app_unsaved(app)) {
		AUTO(strv_release) struct strv all = { 0 };

		strv_add(&all, "the text as it stands");
		whatif_words(&app->whatif, &all);
		model_imagine(&app->model, &all);
	} else if (words.count) {
		model_imagine(&app->model, &words);
	} else {
		model_imagine_no_more(&app->model);
	}
}

bool app_imagines(struct app *app)
{
	return app_unsaved(app) || whatif_is_set(&app->whatif);
}

void app_imagine_no_more(struct app *app)
{
	whatif_release(&app->whatif);
	free(app->ignore_text);
	app->ignore_text = NULL;
}

static void end(struct app *app)
{
	bool ignored = whatif_ignores(&app->whatif);

	app_imagine_no_more(app);
	app_say(app, false, "nothing is imagined any more");
	app_plan_text(app);
	if (ignored)
		app_read_context(app);
}

/* ---- touched files, arguments ---- */

static const struct instr *copy_at(const struct model *model, int line)
{
	const struct instr *instr = dockerfile_instr_at(model->file, line);

	return instr && instr_copies(instr->kind) && instr->word_count > 1 &&
	       !instr_flag_value(instr, "from") ? instr : NULL;
}

void app_touch(struct app *app)
{
	const struct step *step = model_step(&app->model);
	const struct instr *instr = step ? copy_at(&app->model, step->line) :
					   NULL;

	if (whatif_is_set(&app->whatif)) {
		end(app);
		return;
	}
	if (!instr) {
		app_say(app, true, "this step copies nothing of the context");
		return;
	}
	for (size_t i = 0; i + 1 < instr->word_count; i++)
		strv_add(&app->whatif.touch, instr->words[i].text);
	app_say(app, false, "as if its sources had changed");
	app_plan_text(app);
}

void app_touch_path(struct app *app, const char *pattern)
{
	if (!*pattern) {
		app_touch(app);
		return;
	}
	if (!strv_has(&app->whatif.touch, pattern))
		strv_add(&app->whatif.touch, pattern);
	app_say(app, false, "as if it had changed: t ends it");
	app_plan_text(app);
}

/* Of one name the last value counts. */
void app_set_arg(struct app *app, const char *arg)
{
	struct strv *args = &app->whatif.set_args;
	size_t name = strcspn(arg, "=");

	if (!name || arg[name] != '=') {
		app_say(app, true, "a build argument is NAME=VALUE");
		return;
	}
	app_say(app, false, "as if with this argument: :apply keeps it, t "
		"ends it");
	for (size_t i = 0; i < args->count; i++)
		if (strncmp(args->items[i], arg, name + 1) == 0) {
			free(args->items[i]);
			args->items[i] = mem_strdup(arg);
			app_plan_text(app);
			return;
		}
	strv_add(args, arg);
	app_plan_text(app);
}

/* ---- lines of .dockerignore ---- */

static char *ignore_path(const struct app *app)
{
	return mem_printf("%s/" IGNORE_NAME, app->options->context);
}

/* What the disk has of it; "" if it is not there. Owned; NULL: not read. */
static char *read_ignore(struct app *app)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO_FREE char *path = ignore_path(app);
	struct err err = ERR_INIT;

	buf_adds(&text, "");
	if (fs_read(AT_FDCWD, path, IGNORE_FILE_MAX, &text, &err) < 0) {
		app_say(app, true, "%s", err.msg);
		return NULL;
	}
	if (memchr(text.data, '\0', text.len)) {
		app_say(app, true, IGNORE_NAME " holds a NUL byte: not for "
			"this editor");
		return NULL;
	}
	return buf_steal(&text);
}

/* The numbers of lines are those of a text: another makes them void. */
bool app_check_ignore(struct app *app)
{
	AUTO_FREE char *now = NULL;

	if (!whatif_ignores(&app->whatif))
		return true;
	now = read_ignore(app);
	if (now && app->ignore_text && strcmp(now, app->ignore_text) == 0)
		return true;
	strv_release(&app->whatif.ignore);
	strv_release(&app->whatif.unignore);
	app_say(app, true, IGNORE_NAME " changed: its imagined lines are gone");
	return false;
}

static void changed(struct app *app)
{
	/* Short, so that the verdicts have room beside it. */
	if (whatif_ignores(&app->whatif))
		app_say(app, false, "as if: :apply writes it, t ends it");
	else
		app_say(app, false, IGNORE_NAME " as it is");
	app_plan_text(app);
	app_read_context(app);
}

static void take_at(struct strv *list, size_t at)
{
	free(list->items[at]);
	memmove(&list->items[at], &list->items[at + 1],
		(--list->count - at) * sizeof(*list->items));
}

/* Takes it from the list if it is there. */
static bool take_back(struct strv *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], word) == 0) {
			take_at(list, i);
			return true;
		}
	return false;
}

static bool begin_ignoring(struct app *app)
{
	if (whatif_ignores(&app->whatif))
		return app_check_ignore(app);
	free(app->ignore_text);
	app->ignore_text = read_ignore(app);
	return app->ignore_text != NULL;
}

void app_ignore(struct app *app, const char *pattern)
{
	AUTO(ignore_free) struct ignore *ignore = NULL;
	struct err err = ERR_INIT;

	if (!*pattern || *pattern == '#') {
		app_say(app, true, "a line of " IGNORE_NAME " is a PATTERN or "
			"!PATTERN");
		return;
	}
	if (ignore_parse(pattern, strlen(pattern), &ignore, &err) < 0) {
		app_say(app, true, "%s", err.msg);
		return;
	}
	if (!begin_ignoring(app))
		return;
	strv_add(&app->whatif.ignore, pattern);
	changed(app);
}

void app_unignore(struct app *app, const char *line)
{
	struct whatif_ignore made;
	struct err err = ERR_INIT;

	if (!begin_ignoring(app))
		return;
	if (!take_back(&app->whatif.unignore, line)) {
		strv_add(&app->whatif.unignore, line);
		if (whatif_ignore(&app->whatif, app->ignore_text, &made,
				  &err) < 0) {
			take_back(&app->whatif.unignore, line);
			app_say(app, true, "%s", err.msg);
			return;
		}
		whatif_ignore_release(&made);
	}
	changed(app);
}

/* Which of the imagined lines a rule is; behind them: it is none. */
static size_t imagined_at(const struct app *app, const struct lens_rule *rule)
{
	size_t at = 0;

	if (!rule || rule->line)
		return SIZE_MAX;
	for (const struct lens_rule *r = app->model.lens->rules; r < rule; r++)
		at += !r->line;
	return at;
}

static void toggle_rule(struct app *app, const struct lens_rule *rule)
{
	AUTO_FREE char *number = mem_printf("%d", rule->line);
	size_t at = imagined_at(app, rule);

	if (rule->line) {
		app_unignore(app, number);
	} else if (at < app->whatif.ignore.count && begin_ignoring(app)) {
		take_at(&app->whatif.ignore, at);
		changed(app);
	}
}

/* The last line that names it decides: if it names nothing else and is only
 * imagined, it is taken back; or the contrary is said. */
static void toggle_node(struct app *app, const struct lens_node *node)
{
	AUTO_FREE char *pattern = ignore_escape(node->path);
	AUTO_FREE char *exception = mem_printf("!%s", pattern);
	bool out = node->state == LENS_OUT || node->state == LENS_HIDDEN;
	struct strv *lines = &app->whatif.ignore;
	size_t at;

	if (!node->parent || node->state == LENS_GONE) {
		app_say(app, true, node->parent ? "it is not there any more" :
			"the context itself cannot be ignored");
		return;
	}
	if (!begin_ignoring(app))
		return;
	at = imagined_at(app, node->rule);
	if (at < lines->count &&
	    strcmp(lines->items[at], out ? pattern : exception) == 0)
		take_at(lines, at);
	else
		strv_add(lines, out ? exception : pattern);
	changed(app);
}

void app_toggle_ignore(struct app *app)
{
	const struct lens_place *place =
		detail_pane_place(app->panes[PANE_DETAIL]);

	if (app_context_reads(app))
		app_say(app, true, "the context is being read");
	else if (!place)
		app_say(app, true, "a file or a line of " IGNORE_NAME " is "
			"wanted");
	else if (place->rule)
		toggle_rule(app, place->rule);
	else
		toggle_node(app, place->node);
}

/* ---- making it real ---- */

static bool write_ignore(struct app *app)
{
	AUTO_FREE char *path = ignore_path(app);
	struct whatif_ignore made = { 0 };
	struct err err = ERR_INIT;
	int rc;

	if (!app_check_ignore(app))
		return false;
	rc = whatif_ignore(&app->whatif, app->ignore_text, &made, &err);
	if (rc == 0)
		rc = fs_replace(path, made.text, strlen(made.text), &err);
	whatif_ignore_release(&made);
	if (rc < 0)
		app_say(app, true, "not written: %s", err.msg);
	return rc == 0;
}

static bool fails(const struct app *app)
{
	struct plan_summary sum;

	if (!app->model.plan)
		return true;
	plan_summary(app->model.plan, &sum);
	return (sum.error && !sum.open) || app->model.plan_error;
}

/* Touched files have no content that could be kept. */
void app_discard(struct app *app)
{
	if (!app_imagines(app)) {
		app_say(app, true, "nothing is imagined, and all is saved");
		return;
	}
	if (app_unsaved(app))
		app_unedit(app);
	end(app);
}

void app_apply(struct app *app)
{
	const struct whatif *whatif = &app->whatif;
	bool ignored = whatif_ignores(whatif);

	if (!app_imagines(app)) {
		app_say(app, true, "nothing is imagined");
		return;
	}
	if ((app_unsaved(app) && !app_save(app)) ||
	    (ignored && !write_ignore(app)))
		return;
	for (size_t i = 0; i < whatif->set_args.count; i++)
		strv_add(&app->args, whatif->set_args.items[i]);
	app_say(app, ignored && fails(app), ignored && fails(app) ?
		IGNORE_NAME " is written, but the build would fail" :
		ignored ? IGNORE_NAME " is written: b builds it so" :
		whatif->touch.count && !whatif->set_args.count ?
		"touched files are only imagined: nothing to keep" :
		"kept: b builds it so");
	app_imagine_no_more(app);
	planner_release(&app->live);
	app_plan_soon(app, WATCH_SOURCES);
}
