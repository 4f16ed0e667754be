/* Knows what is kept beside a new image for the next plan: what its step cost
 * and which files went into it. */
#include "engine/engine.h"
#include "plan/journal.h"

static void remember_files(struct work *work, const struct digest *image)
{
	AUTO(journal_release) struct journal journal = { 0 };
	const struct step *step = work->step;
	struct err ignored = ERR_INIT;

	if (!step->source_tree ||
	    journal_make(step->source_tree, &step->sources, &journal,
			 &ignored) < 0)
		return;
	journal_write(store_private_fd(work->build->store), image, &journal,
		      &ignored);
}

/* Nothing hangs on it but reasons and estimates: a failure is no error. */
void remember(struct work *work, const struct digest *image, int64_t ms)
{
	const struct step *step = work->step;
	struct err ignored = ERR_INIT;
	struct step_record record = {
		.ms = ms,
		.cpu_ms = work->cpu_ns / 1000000,
		.bytes = work->copied,
		.layer_size = (int64_t)work->size,
		.parent = step->parent,
		.created_by = step->created_by,
	};

	step_record_write(store_private_fd(work->build->store), image, &record,
			  &ignored);
	if (instr_copies(step->instr->kind))
		remember_files(work, image);
}
