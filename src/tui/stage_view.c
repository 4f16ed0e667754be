/* Knows which stages of a Dockerfile are folded, and what of it shows then. */
#include "tui/stage_view.h"

#include <string.h>
#include <uthash.h>

#define NTH_MOST 64

/* Stages of a name, or without one those FROM the same image: which of them
 * are folded. It stays when the file changes, or its stages go and come. */
struct stage_fold {
	char *name;
	unsigned long long nths; /* a bit each */
	int seen;
	UT_hash_handle hh;
};

void stage_view_release(struct stage_view *view)
{
	struct stage_fold *fold, *next;

	HASH_ITER(hh, view->folds, fold, next) {
		HASH_DEL(view->folds, fold);
		free(fold->name);
		free(fold);
	}
	free(view->lines);
	free(view->rows);
	free(view->heads);
	free(view->folded);
	*view = (struct stage_view){ 0 };
}

/* Safe, as it goes into a file of lines. */
static char *name_of(const struct stage *stage)
{
	const char *name = stage->name ? stage->name :
			   stage->from->word_count ?
				stage->from->words[0].text : "";

	return text_line(name, strlen(name));
}

static struct stage_fold *fold_of(const struct stage_view *view,
				  const char *name)
{
	struct stage_fold *fold;

	HASH_FIND_STR(view->folds, name, fold);
	return fold;
}

/* ---- lines ---- */

int stage_view_stage(const struct dockerfile *file, size_t line)
{
	size_t low = 0, high = file ? file->stage_count : 0;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (file->stages[mid].from->at.line <= (int)line + 1)
			low = mid + 1;
		else
			high = mid;
	}
	return (int)low - 1;
}

/* Past the last line that folds away; comments before the next FROM are
 * more likely that one's. */
static size_t stage_end(const struct stage *stage, size_t line_count)
{
	const struct instr *last = stage->count ?
		stage->instrs[stage->count - 1] : stage->from;
	size_t end = (size_t)(last->at.end_line > last->at.line ?
				      last->at.end_line : last->at.line);

	return end < line_count ? end : line_count;
}

static void find_folded(struct stage_view *view,
			const struct dockerfile *file)
{
	struct stage_fold *fold, *next;

	HASH_ITER(hh, view->folds, fold, next)
		fold->seen = 0;
	for (size_t i = 0; i < view->stage_count; i++) {
		AUTO_FREE char *name = view->folds ?
			name_of(&file->stages[i]) : NULL;

		fold = name ? fold_of(view, name) : NULL;
		view->folded[i] = fold && fold->seen < NTH_MOST &&
				  fold->nths >> fold->seen & 1;
		if (fold)
			fold->seen++;
	}
}

static void mark_heads(struct stage_view *view, const struct dockerfile *file)
{
	for (size_t i = 0; i < view->line_count; i++)
		view->heads[i] = -1;
	for (size_t i = 0; i < view->stage_count; i++) {
		size_t line = (size_t)file->stages[i].from->at.line;

		if (line && line <= view->line_count)
			view->heads[line - 1] = (int)i;
	}
}

static void place_lines(struct stage_view *view,
			const struct dockerfile *file)
{
	size_t hidden = 0; /* up to this line */

	view->count = 0;
	for (size_t i = 0; i < view->line_count; i++) {
		int head = view->heads[i];

		if (i < hidden) {
			view->rows[i] = (int)view->count - 1;
			continue;
		}
		view->rows[i] = (int)view->count;
		view->lines[view->count++] = (int)i;
		if (head >= 0 && view->folded[head])
			hidden = stage_end(&file->stages[head],
					   view->line_count);
	}
}

void stage_view_update(struct stage_view *view, const struct dockerfile *file,
		       size_t line_count)
{
	size_t stages = file && file->stage_count > 1 ? file->stage_count : 0;

	view->lines = mem_grow(view->lines, line_count + 1, sizeof(int));
	view->rows = mem_grow(view->rows, line_count + 1, sizeof(int));
	view->heads = mem_grow(view->heads, line_count + 1, sizeof(int));
	view->folded = mem_grow(view->folded, stages + 1, sizeof(bool));
	view->line_count = line_count;
	view->stage_count = stages;
	find_folded(view, file);
	mark_heads(view, file);
	place_lines(view, file);
}

bool stage_view_hides(const struct stage_view *view, size_t line)
{
	return line < view->line_count &&
	       view->lines[view->rows[line]] != (int)line;
}

/* ---- folding ---- */

static struct stage_fold *fold_get(struct stage_view *view, const char *name)
{
	struct stage_fold *fold = fold_of(view, name);

	if (!fold) {
		fold = mem_alloc(sizeof(*fold));
		fold->name = mem_strdup(name);
		HASH_ADD_KEYPTR(hh, view->folds, fold->name,
				strlen(fold->name), fold);
	}
	return fold;
}

void stage_view_fold(struct stage_view *view, const struct dockerfile *file,
		     int stage, bool folded)
{
	AUTO_FREE char *name = NULL;
	int nth = 0;

	if (stage < 0 || (size_t)stage >= view->stage_count ||
	    view->folded[stage] == folded)
		return;
	name = name_of(&file->stages[stage]);
	for (int i = 0; i < stage && nth < NTH_MOST; i++) {
		AUTO_FREE char *other = name_of(&file->stages[i]);

		nth += strcmp(other, name) == 0;
	}
	if (nth == NTH_MOST)
		return;
	fold_get(view, name)->nths ^= 1ULL << nth;
	view->folded[stage] = folded;
}

void stage_view_fold_all(struct stage_view *view,
			 const struct dockerfile *file)
{
	struct stage_fold *fold, *next;
	bool any = false;

	for (size_t i = 0; i < view->stage_count; i++)
		any |= view->folded[i];
	HASH_ITER(hh, view->folds, fold, next) {
		fold->nths = 0;
		fold->seen = 0;
	}
	for (size_t i = 0; !any && i < view->stage_count; i++) {
		AUTO_FREE char *name = name_of(&file->stages[i]);

		fold = fold_get(view, name);
		if (fold->seen < NTH_MOST)
			fold->nths |= 1ULL << fold->seen++;
	}
}

void stage_view_folds(const struct stage_view *view, size_t most,
		      struct strv *out)
{
	struct stage_fold *fold, *next;

	HASH_ITER(hh, view->folds, fold, next)
		for (int nth = 0; nth < NTH_MOST && out->count < most; nth++)
			if (fold->nths >> nth & 1 && nth < fold->seen)
				strv_take(out, mem_printf("%d %s", nth,
							  fold->name));
}

void stage_view_set_fold(struct stage_view *view, const char *folded)
{
	char *end;
	long nth = strtol(folded, &end, 10);

	if (end == folded || *end++ != ' ' || nth < 0 || nth >= NTH_MOST)
		return;
	fold_get(view, end)->nths |= 1ULL << nth;
}
