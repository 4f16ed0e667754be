/* Knows which steps run again when files of the context change. */
#include <stdlib.h>
#include <string.h>

#include "plan/advise_parts.h"

/* The steps that read a path with all below it. */
struct advise_reader {
	const char *path; /* borrowed from the tree */
	size_t *steps;
	size_t count;
	UT_hash_handle hh;
};

static int stage_of(const struct dockerfile *file, const char *name,
		    int before)
{
	char *end;
	long index;

	for (int i = before - 1; i >= 0; i--)
		if (file->stages[i].name &&
		    strcasecmp(file->stages[i].name, name) == 0)
			return i;
	index = strtol(name, &end, 10);
	return *name && !*end && index >= 0 && index < before ? (int)index : -1;
}

static int need_of(const struct dockerfile *file, const struct step *step)
{
	const struct instr *instr = step->instr;
	const char *from;

	if (!instr || step->stage < 0)
		return -1;
	if (instr->kind == INSTR_FROM)
		return instr->word_count ? stage_of(file, instr->words[0].text,
						    step->stage) : -1;
	from = instr->kind == INSTR_COPY ? instr_flag_value(instr, "from")
					 : NULL;
	return from && *from ? stage_of(file, from, step->stage) : -1;
}

static void add_reader(struct advise_cost *cost, const char *path, size_t step)
{
	struct advise_reader *reader;

	HASH_FIND_STR(cost->readers, path, reader);
	if (!reader) {
		reader = mem_alloc(sizeof(*reader));
		reader->path = path;
		HASH_ADD_KEYPTR(hh, cost->readers, reader->path, strlen(path),
				reader);
	}
	MEM_PUSH(reader->steps, reader->count) = step;
}

void advise_cost_make(struct advise_cost *cost, const struct plan *plan,
		      const struct dockerfile *file,
		      const struct tree *context)
{
	*cost = (struct advise_cost){ .plan = plan };
	cost->steps = plan_steps(plan, &cost->count);
	cost->needs = mem_array(cost->count, sizeof(*cost->needs));
	for (size_t i = 0; i < cost->count; i++) {
		const struct step *step = cost->steps[i];

		cost->needs[i] = need_of(file, step);
		for (size_t k = 0; step->source_tree == context && context &&
				   k < step->sources.count; k++)
			if (step->sources.items[k].node)
				add_reader(cost,
					   step->sources.items[k].node->path,
					   i);
	}
}

void advise_cost_release(struct advise_cost *cost)
{
	struct advise_reader *reader, *next;

	HASH_ITER(hh, cost->readers, reader, next) {
		HASH_DEL(cost->readers, reader);
		free(reader->steps);
		free(reader);
	}
	free(cost->needs);
}

static void strike(const struct advise_cost *cost, const char *path,
		   bool *struck)
{
	const struct advise_reader *reader;
	size_t len = strlen(path);

	for (;;) {
		HASH_FIND(hh, cost->readers, path, len, reader);
		for (size_t i = 0; reader && i < reader->count; i++)
			struck[reader->steps[i]] = true;
		if (!len)
			return;
		do
			len--;
		while (len > 0 && path[len] != '/');
	}
}

/* What follows in the stage runs again, and what needs such a stage. */
static struct advise_rerun follow(const struct advise_cost *cost,
				  const bool *struck)
{
	struct advise_rerun sum = { 0, 0, -1 };
	int stages = cost->count ? cost->steps[cost->count - 1]->stage + 1 : 0;
	AUTO_FREE bool *busted = mem_array(stages > 0 ? (size_t)stages : 1,
					   sizeof(*busted));

	for (size_t i = 0; i < cost->count; i++) {
		const struct step *step = cost->steps[i];

		if (step->stage < 0 || step->stage >= stages)
			continue;
		if (struck[i] || (cost->needs[i] >= 0 &&
				  busted[cost->needs[i]]))
			busted[step->stage] = true;
		if (!busted[step->stage] || step->instr->kind == INSTR_FROM)
			continue;
		sum.first = sum.first ? sum.first : step->n;
		sum.steps++;
		if (step->past_ms >= 0)
			sum.ms = step->past_ms + (sum.ms > 0 ? sum.ms : 0);
	}
	return sum;
}

struct advise_rerun advise_cost_of(const struct advise_cost *cost,
				   const struct strv *paths)
{
	AUTO_FREE bool *struck = mem_array(cost->count + 1, sizeof(*struck));

	for (size_t i = 0; i < paths->count; i++)
		strike(cost, paths->items[i], struck);
	return follow(cost, struck);
}

struct advise_rerun advise_cost_from(const struct advise_cost *cost,
				     size_t index)
{
	AUTO_FREE bool *struck = mem_array(cost->count + 1, sizeof(*struck));

	struck[index] = true;
	return follow(cost, struck);
}
