/*
 * The parts of advice; only plan/advise*.c include this.
 */
#pragma once

#include <uthash.h>

#include "base/mem.h"
#include "plan/advise.h"

/* ---- advise_cost.c: what runs again when files change ---- */

struct advise_reader;
struct advise_cost {
	const struct plan *plan;
	struct step *const *steps;
	size_t count;
	int *needs;      /* of each step: the stage it copies or comes from */
	struct advise_reader *readers;
};
void advise_cost_make(struct advise_cost *cost, const struct plan *plan,
		      const struct dockerfile *file,
		      const struct tree *context);
void advise_cost_release(struct advise_cost *cost);
AUTO_DEFINE_IN_PLACE(struct advise_cost, advise_cost_release)

struct advise_rerun {
	int first, steps; /* n of the first, how many; 0: nothing */
	int64_t ms;       /* -1: of none is it known */
};
struct advise_rerun advise_cost_of(const struct advise_cost *cost,
				   const struct strv *paths);
/* What runs again when the step at this index misses. */
struct advise_rerun advise_cost_from(const struct advise_cost *cost,
				     size_t index);

/* ---- advise_history.c: what changed in the past ---- */

struct advise_history {
	enum advise_source source;
	struct strv *changes; /* sent paths of each, not empty */
	size_t count;
};
void advise_history_release(struct advise_history *history);
AUTO_DEFINE_IN_PLACE(struct advise_history, advise_history_release)
int advise_history_make(struct workspace *workspace, struct plan *plan,
			const struct advise_options *options,
			struct advise_history *out, struct err *err);

/* ---- advise_edit.c: edits that keep the meaning ---- */

struct advise_draft {
	enum advise_kind kind;
	int line;
	char *what, *rule, *text;
	size_t from, to; /* ADVISE_ARG: step indices, where a change of the
			  * argument strikes now, and where it would */
};
struct advise_drafts {
	struct advise_draft *items;
	size_t count;
};
#define DRAFTS_MAX 32
void advise_drafts_release(struct advise_drafts *drafts);
AUTO_DEFINE_IN_PLACE(struct advise_drafts, advise_drafts_release)
int advise_drafts_make(struct workspace *workspace, const struct plan *plan,
		       struct advise_drafts *out, struct err *err);

/* ---- advise_run.c: what a RUN does, as far as its words tell ---- */

/* All it does is run the system's package manager. */
bool advise_run_is_system(const struct instr *instr);
/* It fetches from a network: the word that says so, or NULL. */
const char *advise_run_fetches(const struct instr *instr);
/* It installs what manifests name and nothing else. Their names (those that
 * must be there first in *must), which of them say what cannot be split, and
 * what it makes that a later COPY could replace. */
struct advise_install {
	const char *tool;
	struct strv manifests;      /* candidates, some may be missing */
	const char *const *refuses; /* text in a manifest; ends with NULL */
	const char *makes;          /* a directory, or NULL */
};
bool advise_run_installs(const struct instr *instr,
			 struct advise_install *out);
