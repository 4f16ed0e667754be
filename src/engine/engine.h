/*
 * Inside the engine: one build, one step at work, and the makers of steps.
 */
#pragma once

#include "base/buf.h"
#include "engine/build.h"
#include "engine/upper.h"
#include "spec/layertar.h"

struct build {
	const struct build_options *options;
	struct store *store;
	struct plan *plan;
	event_sink *sink;
	void *arg;
	int64_t started_ns;
	bool cancelled;    /* the sink said so, or cancel_fd did */
	int64_t polled_ns; /* last look at cancel_fd */
	int stage;         /* at work; -1 none */
	const struct step *announced; /* its Step line is out */
	struct digest image; /* of the stage so far */
	int triggers;      /* still to come for this FROM */
	struct tree *tree; /* the files of tree_chain, once opened */
	struct digest tree_chain;
	struct strv init_lowers; /* what the init layer was made above */
	struct downloads *downloads; /* what this build fetched, or NULL */
};

/* One step that is not a hit. */
struct work {
	struct build *build;
	struct step *step;
	struct image_config base;  /* the parent's, empty for scratch */
	struct digest chain;       /* of the parent's layers, may be unset */
	char container[65];        /* "" for COPY and ADD */
	bool created;              /* the container */
	bool has_layer;
	struct digest diff_id;     /* of the new layer, if there is one */
	uint64_t size;
	int64_t cpu_ns;
	int64_t copied;            /* bytes of content */
};

/* ---- build.c ---- */
int64_t build_clock(void); /* monotonic nanoseconds */
void build_send(struct build *build, const struct step *step,
		struct event event);
/* -1 ERR_CANCELLED when the build has to stop. Looks 20 times a second. */
int build_check(struct build *build, struct err *err);

/* The files below the step at work; owned by the build. Steps that add no
 * layer share them. */
int build_tree(struct build *build, const struct digest *chain,
	       struct tree **out, struct err *err);

/* The step's container was created. */
void build_running(struct work *work);
/* The Step line, once. */
void build_announce(struct build *build, const struct step *step);
/* bring.c: the plan's bring; arg is the build. */
int bring_base(void *arg, struct step *step, const char *name,
	       const char *platform, struct err *err);

/* ---- the makers: on success the work knows its layer ---- */
int copy_step(struct work *work, struct err *err);   /* COPY, ADD */
int run_step(struct work *work, struct err *err);    /* RUN */
int meta_step(struct work *work, struct err *err);   /* all others */

/* ---- fetch.c ---- */
/* Whether the step is an ADD that has something to fetch. */
bool fetch_wanted(const struct step *step);
/* Finds and fetches the sources of the step and decides it. */
int fetch_step(struct build *build, struct step *step, struct err *err);
void downloads_free(struct downloads *downloads);

/* ---- remember.c ---- */
void remember(struct work *work, const struct digest *image, int64_t ms);

/* ---- add.c ---- */
/* Puts the entries of an archive into the directory (ADD). */
struct add_archive {
	struct upper *upper;
	struct upper_node *dest;
	struct tree *tree;         /* where the archive lies */
	const struct node *node;
	int diff_fd;               /* of the draft, for staging */
	struct build *build;
};
/* 1 unpacked, 0 not an archive, -1 failed. */
int add_archive(const struct add_archive *add, struct err *err);
/* Whether ADD unpacks this file: 1, 0, -1. */
int add_is_archive(struct tree *tree, const struct node *node,
		   struct err *err);

/* ---- commit.c ---- */
/* Ends a layer: an empty one is dropped, else it becomes part of work. */
int commit_layer(struct work *work, struct layer_draft *draft,
		 const struct layer_sums *sums, uint64_t size,
		 struct err *err);
/* Writes what upper holds as the layer of the step. */
int commit_upper(struct work *work, struct layer_draft *draft,
		 struct upper *upper, struct err *err);
/* Writes the image (classic-builder.md section 8). */
int commit_image(struct work *work, struct digest *image, struct err *err);
