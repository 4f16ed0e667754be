/*
 * The plan while it is walked: the builder's state of classic-builder.md 1.1
 * and the questions that the files of this floor ask each other about it.
 */
#pragma once

#include "plan/args.h"
#include "plan/plan.h"

/* One step to come. */
struct job {
	const struct instr *instr;
	int n, stage;
	bool from, label;
};

/* What is known of a stage once its last step is decided. */
struct stage_end {
	char *name;             /* lower-case, or NULL */
	struct digest image;    /* unset: scratch, or not known */
	bool finished, known;
	bool late;              /* not known: it may still hit */
	int culprit;            /* not known: the step it hangs on */
	int ghost;              /* not known: the step that makes it, + 1 */
	struct run_config run;  /* R at its end */
};

/* An image that the plan knows and the store may not have: a --cache-from hit
 * not stored yet, one of a shared cache or of a registry. */
struct made_image {
	struct digest id, parent;
	struct image_config config;
	bool unread; /* its layers may not be in the store */
};

/* An image of the shared cache, perhaps not asked for yet. */
struct shared_image {
	struct digest id, parent;
	bool taken; /* it is among the made images */
};

struct opened_tree {
	struct digest chain;
	struct tree *tree;
};

struct image_index;
struct against;

struct plan {
	struct plan_input input;
	bool parsed;            /* read back from JSON: shown, not walked */
	char *dockerfile_name, *target;
	struct step **steps;
	size_t step_count;
	struct job *jobs;
	size_t job_count, job_next;
	struct strv triggers;    /* ONBUILD texts of the base under way */
	size_t trigger_next;
	int trigger_n;           /* their FROM's number and line */
	int trigger_line;
	struct instr **parsed_triggers; /* of all stages, to free */
	size_t parsed_count;
	int total;
	bool ended;
	struct arena *arena;    /* instructions that stand in no file */
	struct args args;
	struct stage_end *stages;
	size_t stage_count;     /* up to and with the target */
	struct made_image **made;
	size_t made_count;
	struct opened_tree *trees;
	size_t tree_count;
	struct strv unused;     /* of a parsed plan */
	struct image_index *index; /* made when first asked for */
	struct shared_image *shared;
	size_t shared_count;
	struct against *against;   /* plan/against.h, or NULL */
	char *against_name, *builder; /* of a parsed plan, too; or NULL */
	struct platform platform;
	bool has_platform;

	/* ---- the stage under way ---- */
	int stage;              /* -1: before the first FROM */
	struct digest image;    /* P; unset: scratch, or not known */
	bool image_known;
	struct digest base;     /* what FROM gave */
	bool base_known;
	struct run_config run;  /* R */
	bool busted, late;
	bool missed;            /* busted by a step of this very stage */
	int ghost;              /* P is what steps[ghost - 1] would make; or 0 */
	int culprit;            /* n of the step that busted or is late */
	bool cmd_set;
	char *author;
	struct digest *sources; /* --cache-from, of this stage */
	size_t source_count;
	struct digest *twins;   /* as good as the image under way: all that the
	                           shared cache has for the last step */
	size_t twin_count;
	struct platform arch;   /* of the image under way */
	bool fresh;             /* it came by FROM, or a COPY of this build */
};

/* plan.c */
/* Appends an evidence of the step; NULL fields stay NULL, others are copied. */
struct evidence *step_evidence(struct step *step, enum evidence_kind kind);
void step_note(struct step *step, const char *text);
void step_drop_evidence(struct step *step);
void step_free(struct step *step);
AUTO_DEFINE(struct step, step_free)
const char *evidence_kind_name(enum evidence_kind kind);
/* The step under way ends with this image. */
void plan_advance(struct plan *plan, const struct digest *id);

struct plan *plan_new(void);
struct step *step_new(struct plan *plan); /* appended to the plan */

/* decide.c: the verdict of a step that makes an image */
int decide(struct plan *plan, struct step *step, struct err *err);

/* base.c: FROM and global ARG */
int base_begin(struct plan *plan, struct step *step, struct err *err);
/* R as it was at the end of an earlier stage. */
void base_run_of(struct plan *plan, int stage);
/* The configuration of an image, also a made one; NULL and err. Valid until
 * the store changes. */
const struct image_config *plan_config(struct plan *plan,
				       const struct digest *id,
				       struct err *err);
/* One of which somebody told the configuration, and no layer is here; NULL and
 * err: it is none. */
struct made_image *plan_add_unread(struct plan *plan, const struct digest *id,
				   const struct buf *json, struct err *err);
const struct made_image *plan_made(const struct plan *plan,
				   const struct digest *id);
/* Its files are not here, and nobody brings them. */
bool base_unread(const struct plan *plan, const struct digest *id);
/* The merged files of an image (unset: nothing), opened once. */
int plan_tree(struct plan *plan, const struct digest *image,
	      struct tree **out, struct err *err);
int stage_named(const struct plan *plan, const char *name); /* or -1 */
/* An image of the store by name or ID; ERR_NOT_FOUND where it is not there. */
int plan_find_image(struct plan *plan, const char *name, struct digest *out,
		    struct err *err);
/*
 * An image of the store that FROM or --from names; a build first brings what
 * is missing there (input.bring). platform: as FROM says it, or NULL. -1 with
 * step->why set where it would have to be brought.
 */
int plan_bring_image(struct plan *plan, struct step *step, const char *name,
		     const char *platform, struct digest *id, struct err *err);

/* dispatch.c: expands the words, makes the key, changes R */
int dispatch_step(struct plan *plan, struct step *step, struct err *err);
/* For a look at a step to come: its words and key as ahead stands, which is a
 * copy of the plan with an R and an author of its own. Nothing else changes:
 * an ARG declares nothing, and the key of a COPY or ADD stays open. */
int dispatch_ahead(struct plan *ahead, struct step *step, struct err *err);
/* R's shell, or ["/bin/sh" "-c"] */
void dispatch_shell(const struct run_config *run, struct strv *out);
/* One expanded word of an instruction (owned), or NULL and err. */
char *dispatch_word(const struct plan *plan, const char *word,
		    struct err *err);

/* copying.c */
int copying_prepare(struct plan *plan, struct step *step, struct err *err);
/* Puts a source key into probe.cmd and created_by. */
void copying_set_key(struct step *step, const char *key);
/* Whether cmd is a COPY/ADD of the same verb, --chown and destination. */
bool copying_same_shape(const struct step *step, const struct strv *cmd);
bool copying_same_shape_text(const struct step *step, const char *created_by);
/* The owner that a --chown means by the accounts of an image. */
int copying_find_owner(struct plan *plan, const struct digest *image,
		       const char *chown, long *uid, long *gid,
		       struct err *err);
/* What Docker checks after a miss, before it copies. */
int copying_check_target(struct plan *plan, struct step *step,
			 struct err *err);

/* probe.c */
struct found {
	struct digest image;
	size_t matches;      /* local candidates that are equal */
	char *restored;      /* as in struct step */
	bool link_parent;
	bool shared;
};
/* The cache look-up of 1.2 and 1.7. 1/0/-1. */
int probe_find(struct plan *plan, struct step *step, struct found *out,
	       struct err *err);
/* Whether some candidate could match a COPY/ADD whatever its hash is. */
int probe_possible(struct plan *plan, const struct step *step,
		   struct err *err);
/* Images that were built on parent (unset: on nothing). */
int probe_candidates(struct plan *plan, const struct digest *parent,
		     struct image *const **out, size_t *count,
		     struct err *err);
/* valid_parent(s, p) of 1.7; p NULL: none. */
bool probe_valid_parent(const struct image_config *s,
			const struct image_config *p);
void probe_begin_stage(struct plan *plan);

int probe_parent_config(struct plan *plan, const struct step *step,
			const struct image_config **out, struct err *err);

/* shared.c: 1 the step's image, of which step->parent is the parent; 0; -1 */
int shared_find(struct plan *plan, struct step *step, struct digest *out,
		struct err *err);
void shared_forget(struct plan *plan);

/* ghost.c: the step of this plan, + 1, that would make the image which step
 * looks for; 0: none */
int ghost_find(struct plan *plan, const struct step *step);

/* edit.c: what creating a container makes of a configuration (1.4) */
void edit_merge(struct run_config *config, const struct run_config *parent);

/* reason.c */
/* Says why the step missed: code, note, evidence, estimate. */
int reason_miss(struct plan *plan, struct step *step, struct err *err);
/* Duration and size of the last time such a step ran. */
void reason_estimate(struct plan *plan, struct step *step);
/* Note, duration, size; and a warning where bytes changed unseen. */
void reason_hit(struct plan *plan, struct step *step, size_t matches);
