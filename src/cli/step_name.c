/* Knows how a step is called on the command line. */
#include "cli/step_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "view/views.h"

static bool is_meant(const struct step *step, const char *word,
		     const struct dockerfile *file, int nth)
{
	const char *colon = strchr(word, ':');
	const struct stage *stage;
	size_t len;

	if (word[0] == 'L' && isdigit((unsigned char)word[1]))
		return step->line == atoi(word + 1);
	if (!colon)
		return step->n == atoi(word);
	if (step->stage < 0 || nth != atoi(colon + 1))
		return false;
	len = (size_t)(colon - word);
	stage = &file->stages[step->stage];
	if (stage->name && strncmp(stage->name, word, len) == 0 &&
	    stage->name[len] == '\0')
		return true;
	return isdigit((unsigned char)word[0]) && step->stage == atoi(word);
}

static const struct step *find(const struct plan *plan, const char *word,
				    const struct dockerfile *file)
{
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);
	int stage = -2, nth = 0;

	for (size_t i = 0; i < count; i++) {
		nth = steps[i]->stage == stage ? nth + 1 : 1;
		stage = steps[i]->stage;
		if (is_meant(steps[i], word, file, nth))
			return steps[i];
	}
	return NULL;
}

int step_named(const struct plan *plan, const char *word,
	       const struct workspace *workspace, const struct step **out,
	       struct err *err)
{
	AUTO_FREE char *unplanned = view_unplanned(plan);

	*out = find(plan, word, workspace->file);
	if (*out)
		return 0;
	if (unplanned && (!isdigit((unsigned char)*word) ||
			  strchr(word, ':') || atoi(word) <= plan_total(plan)))
		return err_set(err, ERR_NOT_FOUND, "step '%s' is %s", word,
			       unplanned);
	return err_set(err, ERR_NOT_FOUND, "'%s' has no step '%s' (it has %d)",
			workspace->name, word, plan_total(plan));
}

bool step_operands(const struct verb *verb, int count, char **operands,
		   const char **word, const char **context)
{
	if (count < 1 || count > 2 ||
	    (count == 1 &&
	     (operands[0][0] == '.' || strchr(operands[0], '/')))) {
		usage_error(verb, "which step? varve %s STEP [CONTEXT]",
			    verb->name);
		return false;
	}
	*word = operands[0];
	*context = count == 2 ? operands[1] : ".";
	return true;
}
