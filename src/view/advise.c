/* Knows how advice is told. */
#include "view/advise.h"

#include <stdio.h>
#include <string.h>

#define NAMES_SHOWN 3

static char *time_of(const struct plan_view *view, int64_t ms)
{
	if (ms < 0)
		return mem_strdup("a time not known");
	return view->fixed ? mem_strdup("#") : text_duration(ms);
}

static void sentence(struct rows *out, const struct plan_view *view,
		     int indent, enum style style, const char *text)
{
	struct flow flow = { .rows = out, .link = -1, .indent = indent,
			     .width = view->width };

	/* The flow puts a blank before a word that is not the first. */
	if (indent) {
		row_addf(rows_add(out, -1), STYLE_PLAIN, "%*s", indent - 1,
			 "");
		flow.column = indent - 1;
	}
	flow_words(&flow, style, text);
}

/* ---- what changes cost ---- */

static void path_row(const struct advise_path *path,
		     const struct plan_view *view, struct rows *out)
{
	AUTO_FREE char *time = time_of(view, path->ms);
	struct row *row = rows_add(out, path->step);

	row_addf(row, STYLE_MISS, "  step %d", path->step);
	row_addf(row, STYLE_PLAIN, " misses first, %d step%s run%s again, %s: ",
		 path->steps, path->steps == 1 ? "" : "s",
		 path->steps == 1 ? "s" : "", time);
	for (size_t i = 0; i < path->paths.count && i < NAMES_SHOWN; i++)
		row_addf(row, STYLE_STRING, "%s%s", i ? ", " : "",
			 path->paths.items[i]);
	if (path->paths.count > NAMES_SHOWN)
		row_addf(row, STYLE_DIM, " and %zu more",
			 path->paths.count - NAMES_SHOWN);
	row_fit(row, view->width, view->ascii);
}

static void path_rows(const struct advise *advise,
		      const struct plan_view *view, struct rows *out)
{
	if (!advise->path_count)
		return;
	row_add(rows_add(out, -1), STYLE_TITLE, "When a file changes");
	for (size_t i = 0; i < advise->path_count; i++)
		path_row(&advise->paths[i], view, out);
	rows_add(out, -1);
}

static void history_row(const struct advise *advise,
			const struct plan_view *view, struct rows *out)
{
	static const char *const words[] = {
		[ADVISE_FROM_GIT] = "The last %zu commits that touch it would "
				    "have cost %s in all",
		[ADVISE_FROM_JOURNALS] = "The last %zu changes that were built "
					 "have cost %s in all",
		[ADVISE_FROM_FILES] = "No history: each of %zu files changed "
				      "once would cost %s in all",
	};
	AUTO_FREE char *time = time_of(view, advise->change_ms);
	AUTO_FREE char *text = NULL;
	char count[32];
	const char *form = words[advise->source], *at = strstr(form, "%zu");
	const char *rest = strstr(form, "%s");

	snprintf(count, sizeof(count), "%zu", advise->change_count);
	text = mem_printf("%.*s%s%.*s%s%s", (int)(at - form), form, count,
			  (int)(rest - at - 3), at + 3, time, rest + 2);
	if (!advise->change_count || advise->change_ms < 0)
		return;
	sentence(out, view, 0, STYLE_PLAIN, text);
	rows_add(out, -1);
}

/* ---- edits ---- */

static void diff_rows(const char *diff, struct rows *out)
{
	while (*diff) {
		size_t len = strcspn(diff, "\n");
		AUTO_FREE char *line = text_line(diff, len);

		view_diff_line(line, 4, out);
		diff += len + (diff[len] == '\n');
	}
}

static char *next_build(const struct plan_summary *sum,
			const struct plan_view *view)
{
	AUTO_FREE char *time = sum->miss + sum->late == 0 ?
		mem_strdup("nothing to build") :
		time_of(view, sum->estimate_ms);

	return mem_printf("%d hit %d miss %d late, %s", sum->hit, sum->miss,
			  sum->late, time);
}

static void edit_rows(const struct advise_edit *edit, size_t number,
		      const struct plan_view *view, struct rows *out)
{
	AUTO_FREE char *before = time_of(view, edit->before_ms);
	AUTO_FREE char *after = time_of(view, edit->after_ms);
	AUTO_FREE char *now = next_build(&edit->before, view);
	AUTO_FREE char *then = next_build(&edit->after, view);
	AUTO_FREE char *head = mem_printf("%zu. %s", number, edit->what);
	AUTO_FREE char *saves = mem_printf(
		"%s: %s instead of %s", edit->kind == ADVISE_ARG ?
		"a change of the argument costs" : "the same changes cost",
		after, before);
	AUTO_FREE char *rule = mem_printf("safe because %s", edit->rule);
	AUTO_FREE char *build = mem_printf("next build: %s; with the edit: %s",
					   now, then);

	sentence(out, view, 0, STYLE_BOLD, head);
	sentence(out, view, 3, STYLE_HIT, saves);
	sentence(out, view, 3, STYLE_DIM, rule);
	sentence(out, view, 3, STYLE_PLAIN, build);
	diff_rows(edit->diff, out);
	rows_add(out, -1);
}

void view_advise(const struct advise *advise, const struct plan_view *view,
		 struct rows *out)
{
	path_rows(advise, view, out);
	history_row(advise, view, out);
	for (size_t i = 0; i < advise->edit_count; i++)
		edit_rows(&advise->edits[i], i + 1, view, out);
	if (!advise->edit_count)
		row_add(rows_add(out, -1), STYLE_PLAIN,
			advise->change_ms < 0 ?
			"Nothing is known of what the steps cost: build once." :
			"No edit that keeps the meaning would save anything.");
	for (size_t i = 0; i < advise->finding_count; i++) {
		const struct advise_finding *finding = &advise->findings[i];
		AUTO_FREE char *text = mem_printf("line %d: %s", finding->line,
						  finding->text);

		sentence(out, view, 0, STYLE_LATE, text);
	}
}
