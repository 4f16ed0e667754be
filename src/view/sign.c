/* Knows the sign, word and colour of a step, and the words of what is not
 * known yet. */
#include "view/views.h"

#include <string.h>

static const struct {
	enum style style;
	const char *word, *counted;
} signs[SIGN_COUNT] = {
	[SIGN_HIT] = { STYLE_HIT, "HIT ", "hit" },
	[SIGN_MISS] = { STYLE_MISS, "MISS", "miss" },
	[SIGN_LATE] = { STYLE_LATE, "LATE", "late" },
	[SIGN_PULL] = { STYLE_PULL, "PULL", "to pull" },
	[SIGN_FAIL] = { STYLE_ERROR, "FAIL", "fails" },
	[SIGN_NONE] = { STYLE_DIM, "    ", "" },
};

enum sign sign_of(const struct step *step)
{
	if (step->pull)
		return SIGN_PULL;
	switch (step->verdict) {
	case VERDICT_HIT:
		return SIGN_HIT;
	case VERDICT_MISS:
		return SIGN_MISS;
	case VERDICT_LATE:
		return SIGN_LATE;
	case VERDICT_ERROR:
		return SIGN_FAIL;
	case VERDICT_NONE:
		break;
	}
	return SIGN_NONE;
}

enum style sign_style(enum sign sign)
{
	return signs[sign].style;
}

const char *sign_word(enum sign sign)
{
	return signs[sign].word;
}

const char *sign_counted(enum sign sign)
{
	return signs[sign].counted;
}

const char *sign_glyph(enum sign sign, bool ascii)
{
	const struct glyphs *g = glyphs_get(ascii);
	const char *const glyphs[SIGN_COUNT] = {
		[SIGN_HIT] = g->hit, [SIGN_MISS] = g->miss,
		[SIGN_LATE] = g->late, [SIGN_PULL] = g->pull,
		[SIGN_FAIL] = g->error, [SIGN_NONE] = g->none,
	};

	return glyphs[sign];
}

void sign_counts(const struct plan *plan, int stage, int counts[SIGN_COUNT])
{
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);

	memset(counts, 0, SIGN_COUNT * sizeof(*counts));
	for (size_t i = 0; i < count; i++)
		if (stage < 0 || steps[i]->stage == stage)
			counts[sign_of(steps[i])]++;
}

char *view_unplanned(const struct plan *plan)
{
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);
	const struct step *last = count ? steps[count - 1] : NULL;

	if (!last || last->verdict != VERDICT_ERROR)
		return NULL;
	if (last->pull)
		return mem_printf("not known until '%s' is pulled (step %d, "
				  "line %d)", last->pull, last->n, last->line);
	return mem_printf("not planned: step %d, line %d, would fail",
			  last->n, last->line);
}
