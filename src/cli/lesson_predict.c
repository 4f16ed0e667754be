/* Knows how a lesson asks what a build will do, and shows what it did. */
#include <stdio.h>
#include <string.h>

#include "base/gettext.h"
#include "cli/lesson_parts.h"
#include "plan/event.h"
#include "view/views.h"

/* ---- foreseeing ---- */

static int foresee(const struct play *play, struct plan **out,
		   struct err *err)
{
	AUTO(strv_release) struct strv words = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;

	strv_add(&words, "plan");
	strv_add(&words, "--format=json");
	lesson_build_words(play, &words);
	strv_add(&words, ".");
	if (lesson_capture(play, &words, &text, err) < 0)
		return -1;
	return plan_parse_json(text.data, text.len, out, err);
}

/* ran[n]: step n was made anew. */
static int build_for_real(const struct play *play, bool *ran, int count,
			  struct err *err)
{
	AUTO(strv_release) struct strv words = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO(buf_release) struct buf storage = BUF_INIT;

	strv_add(&words, "build");
	strv_add(&words, "--progress=json");
	lesson_build_words(play, &words);
	strv_add(&words, "--tag=" LESSON_TAG);
	strv_add(&words, ".");
	if (lesson_capture(play, &words, &text, err) < 0)
		return -1;
	for (const char *at = text.data; at && *at;) {
		size_t len = strcspn(at, "\n");
		struct event event;

		if (event_parse_json(at, len, &event, &storage, err) < 0)
			return -1;
		if (event.step > 0 && event.step <= count) {
			if (event.kind == EVENT_STEP)
				ran[event.step] = strncmp(event.text, "FROM ",
							  5) != 0;
			if (event.kind == EVENT_CACHED)
				ran[event.step] = false;
		}
		at += len + (at[len] == '\n');
	}
	return 0;
}

/* ---- asking ---- */

static bool is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == '\0';
}

/* guess[n] for the numbers in the text; false: it is not a list of them. */
static bool read_guess(const char *text, bool *guess, int count)
{
	AUTO(strv_release) struct strv words = { 0 };

	memset(guess, 0, (size_t)(count + 1) * sizeof(*guess));
	while (*text) {
		size_t len = strcspn(text, " ,\t\n");

		if (len)
			strv_addn(&words, text, len);
		text += len + (text[len] != '\0');
	}
	for (size_t i = 0; i < words.count; i++) {
		int n = is_number(words.items[i]) ? atoi(words.items[i]) : 0;

		if (n < 1 || n > count)
			return false;
		guess[n] = true;
	}
	return true;
}

/* 1 guessed, 0 nobody guesses; play->left: the reader wants no more. */
static int ask(struct play *play, bool *guess, int count)
{
	struct lesson_stage *stage = play->stage;
	AUTO_FREE char *line = NULL;
	size_t room = 0;

	if (stage->answers && stage->answer_next < stage->answers->count)
		return read_guess(
			stage->answers->items[stage->answer_next++], guess,
			count);
	if (!stage->ask)
		return 0;
	putchar('\n');
	lesson_say_styled(stage, STYLE_BOLD,
		   _("Which steps will run again, and not come from the cache? "
		     "Their numbers with blanks between; Enter alone: none; "
		     "q leaves."));
	for (;;) {
		fputs("> ", stdout);
		fflush(stdout);
		if (getline(&line, &room, stdin) < 0 || line[0] == 'q') {
			play->left = true;
			return 0;
		}
		if (read_guess(line, guess, count))
			return 1;
		printf(_("Numbers from 1 to %d, please.\n"), count);
	}
}

/* ---- revealing ---- */

static void reveal_step(const struct play *play, const struct step *step,
			bool ran, const bool *guess, struct rows *out)
{
	const struct lesson_stage *stage = play->stage;
	enum sign sign = ran ? SIGN_MISS : SIGN_HIT;
	AUTO_FREE char *text = text_line(step->text, strlen(step->text));
	struct row *row = rows_add(out, step->n);

	row_addf(row, sign_style(sign), "%s %s %2d ",
		 sign_glyph(sign, stage->ascii), sign_word(sign), step->n);
	row_add(row, STYLE_PLAIN, text);
	if (guess && guess[step->n] != ran)
		row_addf(row, STYLE_ERROR, "  <- %s", ran ?
			 _("you said: from the cache") :
			 _("you said: it runs"));
}

/* The real reason: what it is, and the files that speak for it. */
static void reveal_why(const struct play *play, const struct step *step,
		       struct rows *out)
{
	struct flow flow = { .rows = out, .link = step->n, .indent = 10,
			     .width = play->stage->width };
	bool files = false;

	if (step->verdict == VERDICT_LATE)
		flow_words(&flow, STYLE_LATE, _("LATE in the plan:"));
	flow_words(&flow, STYLE_DIM, _(why_sentence(step->why)));
	for (size_t i = 0; i < step->evidence_count; i++) {
		const struct evidence *e = &step->evidence[i];
		char op[] = { e->op, '\0' };

		if (e->kind != EVIDENCE_FILE)
			continue;
		flow_end(&flow);
		flow_words(&flow, STYLE_CHANGED, op);
		flow_word(&flow, STYLE_CHANGED, e->path);
		if (e->what)
			flow_words(&flow, STYLE_CHANGED, e->what);
		files = true;
	}
	if (step->note && !files && step->why != WHY_EARLIER) {
		flow_end(&flow);
		flow_words(&flow, STYLE_DIM, step->note);
	}
	flow_end(&flow);
}

static void reveal(struct play *play, const struct plan *plan,
		   const bool *ran, const bool *guess)
{
	struct rows rows = { 0 };
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);
	int right = 0, asked = 0;

	putchar('\n');
	for (size_t i = 0; i < count; i++) {
		const struct step *step = steps[i];

		if (step->verdict == VERDICT_NONE)
			continue;
		reveal_step(play, step, ran[step->n], guess, &rows);
		if (step->verdict != VERDICT_HIT)
			reveal_why(play, step, &rows);
		asked++;
		right += guess && guess[step->n] == ran[step->n];
	}
	lesson_put_rows(play->stage, &rows);
	if (!guess)
		return;
	play->stage->asked += asked;
	play->stage->right += right;
	printf(_("\nYou were right about %d of %d steps.\n"), right, asked);
}

/* What the lesson says will be, and what was. */
static int check(const struct act *act, const struct plan *plan,
		 const bool *ran, struct err *err)
{
	size_t count, at = 0;
	struct step *const *steps = plan_steps(plan, &count);

	for (size_t i = 0; i < count; i++) {
		const struct step *step = steps[i];
		const char *name = verdict_name(step->verdict);

		if (step->verdict == VERDICT_NONE)
			continue;
		if (at == act->words.count ||
		    strcmp(act->words.items[at++], name) != 0)
			return err_set(err, ERR_CORRUPT, "the lesson is wrong: "
				       "step %d is a %s", step->n, name);
		if (step->verdict != VERDICT_LATE &&
		    ran[step->n] != (step->verdict == VERDICT_MISS))
			return err_set(err, ERR_CORRUPT, "step %d was "
				       "foreseen as a %s, and was not",
				       step->n, name);
	}
	return 0;
}

int lesson_predict(struct play *play, const struct act *act, struct err *err)
{
	AUTO(plan_free) struct plan *plan = NULL;
	AUTO_FREE bool *guess = NULL;
	AUTO_FREE bool *ran = NULL;
	bool guessed;
	int count;

	if (foresee(play, &plan, err) < 0)
		return -1;
	count = plan_total(plan);
	guess = mem_array((size_t)count + 1, sizeof(*guess));
	ran = mem_array((size_t)count + 1, sizeof(*ran));
	guessed = ask(play, guess, count);
	if (play->left)
		return 0;
	if (build_for_real(play, ran, count, err) < 0)
		return -1;
	reveal(play, plan, ran, guessed ? guess : NULL);
	return check(act, plan, ran, err);
}
