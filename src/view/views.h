/*
 * The model as rows: tree, plan, why, history, images.
 */
#pragma once

#include "plan/plan.h"
#include "store/lineage.h"
#include "view/row.h"

enum tree_sort {
	TREE_SORT_TREE, /* siblings by creation, roots by name */
	/* A flat list: */
	TREE_SORT_SIZE, TREE_SORT_CREATED, TREE_SORT_NAME,
	TREE_SORTS,
};
const char *tree_sort_word(enum tree_sort sort);

struct tree_view {
	bool ascii;
	bool fixed;           /* times as "#" */
	bool all_ids;         /* full IDs */
	int width;            /* columns, 0: no cutting */
	enum tree_sort sort;
	/* The chain of a plan is lit and its steps to be built are ghosts. */
	const struct plan *plan; /* or NULL */
	/* Words that all must be in tags, ID or command; or "dangling",
	 * "tagged". What leads to a match shows, too. NULL: all. */
	const char *filter;
	/* Whether what stands on an image is folded away; or NULL. */
	bool (*folded)(void *arg, const struct digest *id);
	void *folded_arg;
	const struct lineage *lineage; /* of the images; NULL: it is made */
	char *const *words;   /* [image] as tree_words makes them, of the */
	size_t words_count;   /* first so many; the others are made */
	/* Images that a running build made: built[n] of step n; or NULL. */
	const struct digest *built;
	size_t built_count;
	const struct digest *marked; /* to compare with; or NULL */
};

/*
 * The tree as a list: cheap to make, so that a screen makes rows only for
 * what it shows. A node is an image, or a step that is to be built.
 */
struct tree_node {
	struct image *image;     /* or NULL: a ghost */
	const struct step *step; /* of the plan, or NULL */
	const char *lines;       /* tree lines before it */
	size_t index;            /* of the image in the lineage */
	size_t below;            /* folded: how many stand on it */
	bool lit, by_layers;
	bool leads;              /* no match itself: leads to one */
};
struct tree_list {
	struct tree_node *nodes;
	size_t count, matches;
	struct arena *arena;     /* holds the lines */
	struct image *const *images;
	const struct lineage *lineage;
	struct lineage own;      /* if none was given */
};
void tree_list_release(struct tree_list *list);
AUTO_DEFINE_IN_PLACE(struct tree_list, tree_list_release)
/* images as store_images gives them; store is asked for configurations that
 * are not loaded (NULL: none are). */
void tree_list_make(struct store *store, struct image *const *images,
		    size_t count, const struct tree_view *view,
		    struct tree_list *out);
void tree_row(struct store *store, const struct tree_view *view,
	      const struct tree_list *list, const struct tree_node *node,
	      struct row *out);
/* For people: the step's own words, else those that made the image. Owned. */
char *tree_words(struct store *store, const struct tree_node *node);
/* The same, the view's where it has them; else *made (owned). */
const char *tree_words_of(struct store *store, const struct tree_view *view,
			  const struct tree_node *node, char **made);
/* Whether a node is what the words ask for. */
bool tree_matches(struct store *store, const struct tree_view *view,
		  const struct tree_node *node);
/* What the columns behind the words are, where there is room for more than
 * the ID and one of them; else "". */
const char *tree_columns(const struct tree_view *view);
/* What an image adds: its size less that of the one it stands on; -1: not
 * known. */
int64_t image_own_size(struct store *store, struct image *const *images,
		       const struct lineage *lineage, size_t index);
/* Without name and child, as docker has it. */
bool image_is_dangling(const struct image *image);
/* created-by for people: "RUN x" for "/bin/sh -c x", digests short. Owned. */
char *created_by_words(const char *created_by);
/* The tree of a store, a row for each node of the list. */
int view_tree(struct store *store, const struct tree_view *view,
	      struct rows *out, struct err *err);

struct plan_view {
	bool ascii;
	int width;
	bool show_ids;
	bool fixed;           /* times as "#": the same text on every machine */
	const char *build_key; /* for the screen: what builds, "" nothing;
				  or NULL */
	const struct store *into; /* where a pull puts images; NULL: nowhere,
				     the store repeats those of another place */
	bool in_daemon;       /* that place is a docker daemon */
};
/* `varve plan` as text: gutter, step, reason, evidence, then a summary. */
void view_plan(const struct plan *plan, const struct plan_view *view,
	       struct rows *out);
/* Two plans beside each other: steps and cost before and after changes. */
void view_costs(const struct plan *before, const struct plan *after,
		const struct strv *changes, const struct plan_view *view,
		struct rows *out);
/* Why a step hits or misses, and what is known of it besides. */
void view_reason(const struct plan *plan, const struct step *step,
		 const struct plan_view *view, struct rows *out);
void view_step_facts(const struct plan *plan, const struct step *step,
		     const struct plan_view *view, struct rows *out);
/* `varve why`: both. */
void view_why(const struct plan *plan, const struct step *step,
	      const struct plan_view *view, struct rows *out);
/* A line of a unified diff, safe. */
enum style view_diff_style(const char *line);
void view_diff_line(const char *line, int indent, struct rows *out);
/* "3 hit 3 miss · next build ~4.2 s · 1.1 MB" */
void view_summary(const struct plan *plan, const struct plan_view *view,
		  struct row *out);
/* A key and its value: a row, or more where it does not fit. */
void view_fact(struct rows *out, const struct plan_view *view,
	       const char *key, enum style style, const char *value);
/* The place of an image in the store: names, what it stands on and how that
 * is known, sizes, who shares its layers, who keeps it. */
void view_place(struct store *store, struct image *const *images,
		const struct lineage *lineage, size_t index,
		const struct plan_view *view, struct rows *out);
/* The configuration of an image. */
void view_config(const struct image_config *config,
		 const struct plan_view *view, struct rows *out);
/* What a step shows: its verdict; or that an image has to be pulled before. */
enum sign {
	SIGN_HIT, SIGN_MISS, SIGN_LATE, SIGN_PULL, SIGN_FAIL, SIGN_NONE,
	SIGN_COUNT,
};
enum sign sign_of(const struct step *step);
/* Glyph + word + style, one width for all. */
enum style sign_style(enum sign sign);
const char *sign_glyph(enum sign sign, bool ascii);
const char *sign_word(enum sign sign); /* "HIT " */
/* How many there are of each in a stage (-1: in all), and the word that
 * follows the number: "to pull". */
void sign_counts(const struct plan *plan, int stage, int counts[SIGN_COUNT]);
const char *sign_counted(enum sign sign);
/* Why there are steps of which nothing is planned; owned. NULL: there are
 * none. */
char *view_unplanned(const struct plan *plan);
