/*
 * Decides, for every step of a Dockerfile, whether the classic builder of
 * Docker 20.10.24 would use its cache, and why (classic-builder.md 1, 2, 4).
 * Nobody else decides: preview, why, JSON, screens and engine read these steps.
 *
 * A plan is walked: plan_next() decides one step. A preview just walks
 * on (plan_preview); what hangs on bytes that do not exist yet is LATE, what
 * follows a miss is MISS. The engine does each step that is not a hit and
 * tells the result with plan_settle(), after which the next decision is
 * as good as Docker's. Planning writes nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "context/source.h"
#include "dockerfile/dockerfile.h"
#include "plan/shared.h"
#include "spec/config.h"
#include "spec/names.h"
#include "store/store.h"

/* "docker_version" of images that varve makes. */
#define PLAN_DOCKER_VERSION "20.10.24"

enum verdict {
	VERDICT_HIT,
	VERDICT_MISS,
	VERDICT_LATE,
	VERDICT_NONE,  /* a step that makes no image: global ARG */
	VERDICT_ERROR, /* the step fails before it does anything, or waits for
			  a pull */
};
const char *verdict_name(enum verdict verdict); /* "hit" */

/* The codes, their names and sentences stand in one table: plan/reason.c;
 * doc/reasons.md is made from it. */
enum why {
	WHY_NONE,
	WHY_CACHED,        /* hit */
	WHY_BASE,          /* FROM: this image is the base (hit) */
	WHY_BASE_MISSING,  /* FROM, COPY --from: not in the store */
	WHY_BASE_PULLED,   /* FROM: a build pulls it; the registry was asked */
	WHY_BASE_OTHER,    /* the base image is another one */
	WHY_EARLIER,       /* an earlier step missed */
	WHY_FIRST,         /* nothing was ever built from this parent */
	WHY_MOVED,         /* what was built here is another step */
	WHY_COMMAND,       /* the command differs */
	WHY_CONFIG,        /* an inherited configuration key differs */
	WHY_BUILD_ARG,     /* a build argument differs */
	WHY_SOURCES,       /* the COPY/ADD sources differ */
	WHY_DESTINATION,   /* destination or --chown differs */
	WHY_NOT_BUILT_HERE,/* a candidate exists but was pulled or loaded */
	WHY_PRUNED,        /* a candidate was removed */
	WHY_NO_CACHE,      /* --no-cache */
	WHY_CACHE_FROM,    /* --cache-from given and none matches */
	WHY_NEVER,         /* Docker's rule never lets this step hit (1.4) */
	WHY_STAGE,         /* hangs on a stage that has to run first (late) */
	WHY_DOWNLOAD,      /* hangs on a URL that has to be fetched (late) */
	WHY_NOT_RECORDED,  /* against an image that does not tell */
	WHY_FAILS,         /* VERDICT_ERROR */
};
const char *why_code(enum why why);     /* stable name: "sources-differ" */
const char *why_sentence(enum why why); /* for people */

/* How much of what its rule compares an image showed (plan_input.against). */
enum confidence {
	CONFIDENCE_NONE,   /* not planned against an image */
	CONFIDENCE_HIGH,   /* all of it */
	CONFIDENCE_MEDIUM, /* some of it only by its effect */
	CONFIDENCE_LOW,    /* not enough: never a hit */
};
const char *confidence_name(enum confidence confidence); /* "high"; "" none */

/* One piece of evidence. Which fields are set hangs on the kind. */
enum evidence_kind {
	EVIDENCE_FILE,   /* op '+' '-' '~', path, what: "content", "mode 0644 -> 0664" */
	EVIDENCE_WORD,   /* op '+' '-' '=' and a word of the command */
	EVIDENCE_KEY,    /* path = "Env PATH", old_value, new_value */
	EVIDENCE_IMAGE,  /* path = name, old_value and new_value IDs */
	EVIDENCE_NOTE,   /* what = a sentence, e.g. "mtime differs: ignored" */
};
struct evidence {
	enum evidence_kind kind;
	char op;
	char *path, *what, *old_value, *new_value; /* or NULL */
};

struct step {
	int n;            /* Docker's number from 1; triggers share their FROM's */
	int stage;        /* from 0; -1 for a global ARG */
	int line;         /* of the Dockerfile */
	bool trigger;     /* an ONBUILD trigger of the base */
	bool label_flag;  /* made by --label */
	const struct instr *instr; /* borrowed from the Dockerfile or the plan */
	char *text;       /* as in "Step 1/5 : …" */
	enum verdict verdict;
	enum why why;
	int culprit;      /* n of the step that missed first, or 0 */
	char *note;       /* names the evidence: "`go.sum` differs"; or NULL */
	char *warning;    /* a hit that Docker calls a hit although bytes changed */
	struct evidence *evidence;
	size_t evidence_count;
	enum confidence confidence;
	char *rule;       /* against an image: what its builder compares */
	struct digest image;  /* hit or settled: the image after this step */
	struct digest nearest; /* WHY_SOURCES: the image whose files are compared */
	struct digest parent; /* before it; unset: scratch or not known yet */
	bool parent_known;
	int ghost_parent;     /* the parent is what this step (index + 1) of the
	                         plan would make; 0: it is not */
	char *created_by;     /* key text; NULL while the source key is open */
	int64_t past_ms;      /* last measured duration, -1 unknown */
	int64_t size;         /* layer size: of the hit, of what COPY takes from
	                         the context, or last time; -1 */

	/* ---- for the engine ---- */
	struct run_config probe;  /* C: becomes container_config */
	struct run_config after;  /* R after the step: becomes config */
	char *author;             /* of the stage so far, "" */
	struct strv run_argv;     /* RUN: without the "|N" prefix */
	struct strv run_env;      /* RUN: R.Env and build args */
	struct strv words;        /* ADD COPY: expanded sources */
	char *dest, *chown;       /* ADD COPY: expanded; chown NULL: none */
	char *chmod;              /* only against images; NULL: none */
	char *workdir;            /* WORKDIR: new value */
	struct tree *source_tree; /* ADD COPY: borrowed from the plan, or NULL
	                             (URL, or a stage not built yet) */
	struct source_set sources;
	bool key_open;            /* the engine computes sources.key while it
	                             copies; plan_settle completes the key */
	/* ADD of a URL in building mode: LATE with key_open and no
	 * source_tree, and its sources are empty: find and fetch them, then
	 * plan_close_key and plan_decide_late. */
	char *output;             /* lines Docker prints before the verdict, or NULL */
	int triggers;             /* FROM: so many ONBUILD triggers follow as steps
	                             (no Step line; one " ---> id" after the last) */
	/* --cache-from hits that change the store (1.7); NULL/false otherwise.
	 * Before going on the engine stores restored (its ID is image, its
	 * parent is parent), or sets the parent link of image to parent. */
	char *restored;           /* image configuration bytes */
	bool link_parent;
	/* A hit of the shared cache: its layers may not be in the store, and
	 * come when they are needed (shared->bring). */
	bool shared;
	bool settled;             /* plan_settle was called */
	bool before_line;         /* VERDICT_ERROR said before its Step line */
	/* The image, as it is named, that a build pulls for this step first; or
	 * NULL. With VERDICT_ERROR the step does not fail: it and what follows
	 * are not known before. Else a registry told of the image. */
	char *pull;
	char *pull_platform;      /* which of it, as "linux/arm64"; or NULL: ours */
	char *error;              /* VERDICT_ERROR: Docker's text; with pull: ours */
	int error_kind;           /* enum err_kind */
};

struct build_arg {
	char *name, *value; /* value NULL: declared without one */
};

/* Everything a plan hangs on. Borrowed; must outlive the plan. */
struct plan_input {
	struct store *store;
	struct tree *context;       /* NULL: none (Dockerfile on stdin) */
	const struct dockerfile *file;
	const char *dockerfile_name;
	bool outside_file;          /* -f names a file outside the context */
	const struct build_arg *args;
	size_t arg_count;
	const struct map *labels;   /* --label */
	const char *target;         /* or NULL */
	bool no_cache;
	/* The step on this line of the Dockerfile misses, and with it what
	 * follows in its stage; of a FROM: the whole stage. 0: none. */
	int no_cache_from;
	const struct strv *cache_from;
	const char *platform;       /* or NULL */
	const char *hostname;       /* of --network host: container_config */
	bool building;              /* the engine drives: keys of certain misses
	                               stay open for the one-pass copy */
	bool strict;                /* hits with a warning become misses */
	bool show_args;             /* do not hide secret-looking values */
	/* Of the engine: brings what FROM names into the store when it is not
	 * there, or with ask_again always. platform: "", or as FROM says it.
	 * NULL: nobody does, and a preview says that a build would. */
	int (*bring)(void *arg, struct step *step, const char *name,
		     const char *platform, struct err *err);
	void *bring_arg;
	bool ask_again;
	/* For previews: asks a registry for what FROM names and the store does
	 * not have: its ID and the bytes of its configuration, and the digest
	 * that a pull would show. NULL: nobody does. */
	int (*resolve)(void *arg, const char *name, const char *platform,
		       struct digest *id, struct digest *manifest,
		       struct buf *config, struct err *err);
	void *resolve_arg;
	/* The image whose builder's cache is foreseen instead of the store's;
	 * NULL: none. Never for an engine. */
	const char *against;
	const struct shared_cache *shared; /* NULL: there is none */
};

struct plan;
/* Docker's checks before step 1: parse errors, target, tags are the caller's.
 * -1 with the text after "Error response from daemon: ". */
int plan_open(const struct plan_input *input, struct plan **out,
	      struct err *err);
void plan_free(struct plan *plan);
AUTO_DEFINE(struct plan, plan_free)

/* Decides the next step: 1 and *out (owned by the plan), 0 no more. A step
 * that cannot work, or waits for a pull, is VERDICT_ERROR and the last. */
int plan_next(struct plan *plan, struct step **out, struct err *err);

/*
 * The engine copied the sources of a step with key_open and knows their key
 * (step->sources.key): completes step->probe and step->created_by, which the
 * image holds, so this comes before the commit. key_open is false after it.
 */
void plan_close_key(struct plan *plan, struct step *step,
		    const char *source_key);

/* A FROM: by its text, which a plan that was read has, too. */
bool step_is_from(const struct step *step);

/* Of ADD's words: what is fetched. */
bool plan_is_url(const char *word);
/* Whether so many sources may go to the step's destination. */
int plan_check_dest(const struct step *step, size_t items, struct err *err);

/*
 * Decides a LATE step whose key was just closed (ADD of a URL): it becomes
 * HIT, MISS or ERROR.
 */
int plan_decide_late(struct plan *plan, struct step *step, struct err *err);

/* How the engine reports a step that it did. */
struct plan_result {
	struct digest image;
	const char *source_key;  /* for a key still open, else NULL */
};
void plan_settle(struct plan *plan, struct step *step,
		 const struct plan_result *result);
/*
 * For a step that is not RUN, COPY or ADD and that missed: what creating a
 * container makes of C and R (classic-builder.md 1.4), to be called before
 * committing. container_id: 64 hex digits.
 */
int plan_container_edit(struct plan *plan, struct step *step,
			const char *container_id, struct err *err);

/*
 * docker import -c, commit -c: applies instructions that only change the
 * configuration. -1 in Docker's words ("run is not a valid change command").
 */
int plan_change_config(const struct strv *changes, struct run_config *config,
		       struct err *err);

/* Walks to the end without doing anything. */
int plan_preview(struct plan *plan, struct err *err);

struct plan_summary {
	int hit, miss, late, error; /* by verdict */
	int pull;           /* those of these with an image to pull first */
	bool open;          /* the error is none: the plan ends at a pull */
	int total;          /* Docker's N of "Step n/N" */
	int64_t estimate_ms; /* of what would run; -1 unknown, as if open */
	int64_t estimate_size;
	int estimate_unknown; /* steps that would run, of unknown duration */
	struct digest image; /* the final image if all hit */
};
void plan_summary(const struct plan *plan, struct plan_summary *out);
/* The verdicts of a stage's steps, and what all of them took and made last
 * time (-1: not known), as estimates. */
void plan_stage_summary(const struct plan *plan, int stage,
			struct plan_summary *out);
struct step *const *plan_steps(const struct plan *plan, size_t *count);
int plan_total(const struct plan *plan);
/* "buildkit": whose rules these verdicts follow; NULL: the store's. */
const char *plan_builder(const struct plan *plan);
const char *plan_against(const struct plan *plan); /* the name, or NULL */
/* After the last step: build args nobody declared (for the warning). */
void plan_unused_args(const struct plan *plan, struct strv *out);
const char *plan_dockerfile_name(const struct plan *plan);
const char *plan_target(const struct plan *plan); /* "" none */

/* The final image of stage i once known, else unset. */
struct digest plan_stage_image(const struct plan *plan, int stage);

/* ---- as JSON (doc/plan.schema.json) ---- */
char *plan_format_json(const struct plan *plan); /* owned, one document */
/* The plan as if, with "what_if": the changes and the plan before them. */
char *plan_format_imagined_json(const struct plan *plan,
				const struct plan *before,
				const struct strv *changes);
/* One step as it stands in "steps"; owned. */
char *plan_format_step_json(const struct plan *plan, const struct step *step);
/* Reads it back: a plan that can be shown (steps, summary), not walked. */
int plan_parse_json(const char *json, size_t len, struct plan **out,
		    struct err *err);
