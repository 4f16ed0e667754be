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

static bool is_number(const char *word)
{
	return *word && !word[strspn(word, "0123456789")];
}

/* The stage of "stage:n", or NULL: as is_meant() tells of a step. */
static const struct stage *stage_meant(const struct dockerfile *file,
				       const char *word, size_t len)
{
	AUTO_FREE char *name = mem_strndup(word, len);

	for (size_t i = 0; i < file->stage_count; i++)
		if ((file->stages[i].name &&
		     strcmp(file->stages[i].name, name) == 0) ||
		    (is_number(name) && (size_t)atoi(name) == i))
			return &file->stages[i];
	return NULL;
}

/* Whether the Dockerfile has such a step, planned or not. */
static bool is_in_file(const struct plan *plan, const char *word,
		       const struct dockerfile *file)
{
	const char *colon = strchr(word, ':');
	const struct stage *stage;

	if (word[0] == 'L')
		return is_number(word + 1) &&
		       dockerfile_instr_at(file, atoi(word + 1));
	if (!colon)
		return is_number(word) && atoi(word) > 0 &&
		       atoi(word) <= plan_total(plan);
	stage = stage_meant(file, word, (size_t)(colon - word));
	return stage && is_number(colon + 1) && atoi(colon + 1) > 0 &&
	       (size_t)atoi(colon + 1) <= stage->count + 1;
}

int step_named(const struct plan *plan, const char *word,
	       const struct workspace *workspace, const struct step **out,
	       struct err *err)
{
	AUTO_FREE char *unplanned = view_unplanned(plan);

	*out = find(plan, word, workspace->file);
	if (*out)
		return 0;
	if (unplanned && is_in_file(plan, word, workspace->file))
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
