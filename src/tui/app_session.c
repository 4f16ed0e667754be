/* Knows what of the screen a session remembers. */
#include <string.h>

#include "tui/app.h"
#include "tui/session.h"

static const char *const focuses[PANE_COUNT] = {
	[PANE_TREE] = "tree", [PANE_FILE] = "file", [PANE_DETAIL] = "detail",
};
/* A log is of a build that is over: it is not shown again. */
static const char *const details[] = {
	[DETAIL_WHY] = "why", [DETAIL_CONFIG] = "config",
	[DETAIL_LOG] = NULL, [DETAIL_CONTEXT] = "context",
};

#define DETAIL_WORDS ((int)(sizeof(details) / sizeof(*details)))

/* The index of a word, -1: it is none of them. */
static int index_of(const char *const *words, int count, const char *word)
{
	for (int i = 0; word && i < count; i++)
		if (words[i] && strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static void restore_tree(struct app *app, const struct session *session)
{
	struct pane *tree = app->panes[PANE_TREE];

	for (int i = 0; session->sort && i < TREE_SORTS; i++)
		if (strcmp(tree_sort_word((enum tree_sort)i),
			   session->sort) == 0)
			tree_pane_set_sort(tree, (enum tree_sort)i);
	for (size_t i = 0; i < session->folds.count; i++) {
		struct digest id;

		if (digest_parse(session->folds.items[i], &id))
			tree_pane_set_fold(tree, &id);
	}
	if (session->filter)
		tree_pane_filter(tree, session->filter);
	app->restored = session->image;
}

void app_restore(struct app *app)
{
	AUTO(session_release) struct session session = { 0 };
	struct err err = ERR_INIT;
	int focus, detail;

	if (!app->options->session || app->options->fresh)
		return;
	if (session_load(app->options->file, &session, &err) < 0)
		app_say(app, true, "ignored: %s", err.msg);
	focus = index_of(focuses, PANE_COUNT, session.focus);
	detail = index_of(details, DETAIL_WORDS, session.detail);
	if (focus >= 0)
		app->focus = (enum pane_index)focus;
	if (detail >= 0)
		detail_pane_show(app->panes[PANE_DETAIL],
				 (enum detail_mode)detail);
	app->zoomed = session.zoomed;
	app->split = session.split <= 100 ? session.split : 0;
	app->needle = STEAL(session.needle);
	strv_copy(&app->past[ASK_SEARCH], &session.searches);
	strv_copy(&app->past[ASK_FILTER], &session.filters);
	strv_copy(&app->past[ASK_COMMAND], &session.commands);
	restore_tree(app, &session);
	for (size_t i = 0; i < session.stages.count; i++)
		file_pane_set_fold(app->panes[PANE_FILE],
				   session.stages.items[i]);
	app_update(app);
	file_pane_go(app->panes[PANE_FILE], session.line);
}

void app_restore_image(struct app *app)
{
	struct digest image = app->restored;

	app->restored = (struct digest){ "" };
	if (!digest_is_set(&image) || app->focus != PANE_TREE)
		return;
	model_keep_image(&app->model, &image);
	app_follow(app);
	app->panes[PANE_TREE]->ops->follow(app->panes[PANE_TREE],
					   &app->model);
}

void app_remember(struct app *app)
{
	const struct pane *tree = app->panes[PANE_TREE];
	const char *filter = tree_pane_filtered(tree);
	int mode = (int)detail_pane_mode(app->panes[PANE_DETAIL]);
	AUTO(session_release) struct session session = { 0 };
	struct err err = ERR_INIT;

	if (!app->options->session)
		return;
	session.focus = mem_strdup(focuses[app->focus]);
	session.detail = mem_strdup(mode < DETAIL_WORDS ? details[mode] : NULL);
	session.sort = mem_strdup(tree_sort_word(tree_pane_sort(tree)));
	session.filter = mem_strdup(filter);
	session.needle = mem_strdup(app->needle);
	session.line = file_pane_line(app->panes[PANE_FILE]);
	session.zoomed = app->zoomed;
	session.split = app->split;
	session.image = app->model.image;
	tree_pane_folds(tree, SESSION_FOLDS, &session.folds);
	file_pane_folds(app->panes[PANE_FILE], SESSION_FOLDS,
			&session.stages);
	strv_copy(&session.searches, &app->past[ASK_SEARCH]);
	strv_copy(&session.filters, &app->past[ASK_FILTER]);
	strv_copy(&session.commands, &app->past[ASK_COMMAND]);
	/* There is no screen any more to tell of it, and no harm in it. */
	(void)session_save(app->options->file, &session, &err);
}
