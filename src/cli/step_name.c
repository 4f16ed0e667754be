/* Knows how a step is called on the command line. */
#include "cli/step_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "view/views.h"

/* A word for a step, read: the first that is set counts. */
struct step_name {
	int line;                  /* "L12" */
	const struct stage *stage; /* "build:2", */
	int nth;                   /* from 1 in it */
	int n;                     /* "7" */
};

static bool is_number(const char *word)
{
	return *word && !word[strspn(word, "0123456789")];
}

static const struct stage *stage_of(const struct dockerfile *file,
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

/* false: no step can be called so. */
static bool read_name(const char *word, const struct dockerfile *file,
		      struct step_name *out)
{
	const char *colon = strchr(word, ':');
	const char *number = *word == 'L' ? word + 1 : colon ? colon + 1 : word;

	*out = (struct step_name){ 0 };
	if (!is_number(number) || atoi(number) <= 0)
		return false;
	if (*word == 'L')
		out->line = atoi(number);
	else if (!colon)
		out->n = atoi(number);
	else
		out->stage = stage_of(file, word, (size_t)(colon - word));
	out->nth = atoi(number);
	return !colon || out->stage;
}

static bool is_meant(const struct step *step, const struct step_name *name,
		     const struct dockerfile *file, int nth)
{
	if (name->line)
		return step->line == name->line;
	if (name->stage)
		return step->stage >= 0 && nth == name->nth &&
		       &file->stages[step->stage] == name->stage;
	return step->n == name->n;
}

static const struct step *find(const struct plan *plan,
			       const struct step_name *name,
			       const struct dockerfile *file)
{
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);
	int stage = -2, nth = 0;

	for (size_t i = 0; i < count; i++) {
		nth = steps[i]->stage == stage ? nth + 1 : 1;
		stage = steps[i]->stage;
		if (is_meant(steps[i], name, file, nth))
			return steps[i];
	}
	return NULL;
}

/* Whether the Dockerfile has such a step, planned or not. */
static bool is_in_file(const struct plan *plan, const struct step_name *name,
		       const struct dockerfile *file)
{
	if (name->line)
		return dockerfile_instr_at(file, name->line);
	if (name->stage)
		return (size_t)name->nth <= name->stage->count + 1;
	return name->n <= plan_total(plan);
}

int step_named(const struct plan *plan, const char *word,
	       const struct workspace *workspace, const struct step **out,
	       struct err *err)
{
	AUTO_FREE char *unplanned = view_unplanned(plan);
	struct step_name name;
	bool known = read_name(word, workspace->file, &name);

	*out = known ? find(plan, &name, workspace->file) : NULL;
	if (*out)
		return 0;
	if (unplanned && known && is_in_file(plan, &name, workspace->file))
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
