/*
 * A plan against an image that was made elsewhere: which steps its builder
 * would not run again, as far as the image tells. There is no parent link and
 * no key to look up, only the image's history and its layers; each builder
 * has its own rule about what its cache compares.
 *
 * A hit holds as long as that builder still has what it made for the image.
 */
#pragma once

#include "plan/walk.h"

enum against_builder {
	AGAINST_CLASSIC,  /* docker's classic builder, varve */
	AGAINST_BUILDKIT,
	AGAINST_BUILDAH,  /* also podman build */
	AGAINST_KANIKO,
};
const char *against_builder_name(enum against_builder builder);

struct against {
	struct digest id;
	const struct image_config *config; /* of the store */
	enum against_builder builder;
	bool squashed;       /* its steps have no layers of their own */
	size_t base;         /* entries of history from the base; of this stage */
	bool apart;          /* this stage is not in the image */
	struct strv *states; /* of each stage: its ENV, ARG and USER so far */
	size_t stage_count;
};

/* Sets plan->against: plan->input.against in the store. */
int against_open(struct plan *plan, struct err *err);
void against_free(struct against *against);
/* FROM was found; from: the stage it names, or -1. */
int against_base(struct plan *plan, struct step *step, int from,
		 struct err *err);
/* Before each other step is decided. */
void against_begin(struct plan *plan, const struct step *step);
/* After it: IDs of images that nobody made are taken out again. */
void against_end(struct plan *plan, struct step *step);
/* The verdict of a step that follows hits only. */
int against_look(struct plan *plan, struct step *step, struct err *err);

/* ---- what the files of the rules share ---- */

/* Its position: so many entries of the history are those of the image under
 * way. */
size_t against_position(struct plan *plan);
/* The next entry; NULL: the image ends before the step, which missed. */
const struct history *against_entry(struct plan *plan, struct step *step,
				    size_t *at);
/* Owner and mode that --chown and --chmod give; without them rule is left as
 * it was. */
struct layer_rule;
int against_find_rule(struct plan *plan, const struct step *step,
		      struct layer_rule *rule, struct err *err);
/* The step is the work of the entries up to and without end. */
void against_hit(struct plan *plan, struct step *step, size_t end,
		 enum confidence confidence);
/* note is owned by the step from then on. */
void against_miss(struct plan *plan, struct step *step, enum why why,
		  enum confidence confidence, char *note);
/* Words of both texts that differ are evidence. */
void against_words(struct plan *plan, struct step *step, const char *old,
		   const char *now);
/* Whether an ignore file stands in the context that only the image's builder
 * reads; the step missed then. */
bool against_other_ignore(struct plan *plan, struct step *step);
/* Compares the sources with the layer of the entry; a hit or a miss. end: as
 * above. confidence: of the hit. */
int against_files(struct plan *plan, struct step *step, size_t entry,
		  enum confidence confidence, struct err *err);

/* against_buildkit.c, against_buildah.c, against_history.c */
int against_buildkit(struct plan *plan, struct step *step, struct err *err);
int against_buildah(struct plan *plan, struct step *step, struct err *err);
int against_kaniko(struct plan *plan, struct step *step, struct err *err);
int against_classic(struct plan *plan, struct step *step, struct err *err);
