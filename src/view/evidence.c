/* Knows how each kind of evidence is worded. */
#include "view/evidence.h"

#include <string.h>

/* A word diff is one piece of prose however many words it has. */
#define WORDS_MAX 400

static enum style op_style(char op)
{
	return op == '+'   ? STYLE_ADDED :
	       op == '-'   ? STYLE_REMOVED :
	       op == '~'   ? STYLE_CHANGED :
			     STYLE_PLAIN;
}

static void put(struct flow *flow, enum style style, const char *text)
{
	if (text && *text)
		flow_words(flow, style, text);
}

/* Signs stand beside the words, so that it reads without colours too. */
static void word_piece(struct flow *flow, const struct evidence *e)
{
	const char *word = e->what ? e->what : e->path;
	AUTO_FREE char *text = NULL;

	if (!word)
		return;
	if (e->op == '+')
		text = mem_printf("{+%s+}", word);
	else if (e->op == '-')
		text = mem_printf("[-%s-]", word);
	else
		text = mem_strdup(word);
	put(flow, op_style(e->op), text);
}

static void file_piece(struct flow *flow, const struct evidence *e)
{
	char op[2] = { e->op ? e->op : '~', '\0' };

	put(flow, op_style(op[0]), op);
	if (e->path)
		flow_word(flow, op_style(op[0]), e->path);
	put(flow, STYLE_DIM, e->what);
}

static void value_piece(struct flow *flow, const struct evidence *e, bool ids)
{
	char op[2] = { e->op ? e->op : '~', '\0' };
	const char *from = e->old_value, *to = e->new_value;

	put(flow, op_style(op[0]), op);
	put(flow, STYLE_BOLD, e->path);
	if (ids && from && strncmp(from, "sha256:", 7) == 0)
		from += 7;
	if (ids && to && strncmp(to, "sha256:", 7) == 0)
		to += 7;
	if (from && (*from || to)) {
		AUTO_FREE char *text = mem_printf(
			"[-%.*s-]", ids ? DIGEST_SHORT : 4000, from);
		put(flow, STYLE_REMOVED, text);
	}
	if (to && (*to || from)) {
		AUTO_FREE char *text = mem_printf(
			"{+%.*s+}", ids ? DIGEST_SHORT : 4000, to);
		put(flow, STYLE_ADDED, text);
	}
	put(flow, STYLE_DIM, e->what);
}

static void piece(struct flow *flow, const struct evidence *e)
{
	switch (e->kind) {
	case EVIDENCE_FILE:
		file_piece(flow, e);
		break;
	case EVIDENCE_WORD:
		word_piece(flow, e);
		break;
	case EVIDENCE_KEY:
		value_piece(flow, e, false);
		break;
	case EVIDENCE_IMAGE:
		value_piece(flow, e, true);
		break;
	case EVIDENCE_NOTE:
		put(flow, STYLE_DIM, e->what);
		break;
	}
}

void evidence_rows(const struct step *step, const struct plan_view *view,
		   int indent, size_t limit, struct rows *out)
{
	struct flow flow = { .rows = out, .link = step->n, .indent = indent,
			     .width = view->width };
	size_t shown = 0, words = 0, hidden = 0;
	bool in_words = false;

	for (size_t i = 0; i < step->evidence_count; i++) {
		const struct evidence *e = &step->evidence[i];
		bool word = e->kind == EVIDENCE_WORD;

		if (word ? ++words > WORDS_MAX : limit && shown >= limit &&
		    e->kind != EVIDENCE_NOTE) {
			hidden++;
			continue;
		}
		if (!word || !in_words)
			flow_end(&flow);
		in_words = word;
		piece(&flow, e);
		shown += word ? 0 : 1;
	}
	if (hidden) {
		AUTO_FREE char *text = mem_printf("and %zu more", hidden);

		flow_end(&flow);
		put(&flow, STYLE_DIM, text);
	}
}

void reason_rows(const struct step *step, const struct plan_view *view,
		 int indent, struct rows *out)
{
	struct flow flow = { .rows = out, .link = step->n, .indent = indent,
			     .width = view->width };
	bool note = step->note && *step->note;
	AUTO_FREE char *text = NULL;

	if (step->why != WHY_NONE) {
		text = mem_printf("%s%s", why_sentence(step->why),
				  note ? ":" : "");
		put(&flow, STYLE_PLAIN, text);
	}
	if (note)
		put(&flow, STYLE_BOLD, step->note);
	else if (step->why == WHY_EARLIER && step->culprit) {
		free(text);
		text = mem_printf("(step %d)", step->culprit);
		put(&flow, STYLE_PLAIN, text);
	}
	if (step->error && !step->pull &&
	    !(note && strstr(step->note, step->error))) {
		flow_end(&flow);
		put(&flow, STYLE_ERROR, step->error);
	}
	if (step->warning) {
		flow_end(&flow);
		put(&flow, STYLE_LATE, "warning:");
		put(&flow, STYLE_PLAIN, step->warning);
	}
}
