/*
 * A bench for plans: a store, a context directory and an engine that commits
 * what the plan says without running anything.
 */
#pragma once

#include "context/context.h"
#include "plan/plan.h"

struct bench {
	char dir[64];           /* holds root/ and ctx/ */
	struct store *store;
	struct tree *context;
	struct dockerfile *file;
	struct plan *plan;
	struct plan_input input; /* a test sets flags here; store, context and
	                            file are filled by bench_open */
	int64_t clock;           /* seconds of the next image's time */
	char *error;             /* Docker's text of the step that failed */
	struct buf words;        /* of bench_words */
	bool journal;            /* keep journals and records */
};

struct bench *bench_new(void);
void bench_free(struct bench *bench);
AUTO_DEFINE(struct bench, bench_free)

void bench_write(struct bench *bench, const char *path, const char *text);
void bench_chmod(struct bench *bench, const char *path, unsigned mode);
void bench_remove(struct bench *bench, const char *path);
void bench_link(struct bench *bench, const char *text, const char *path);

/* An image of one layer with /etc/passwd; edit may change its configuration
 * before it is stored. */
struct digest bench_base(struct bench *bench, const char *name,
			 void (*edit)(struct image_config *config));
/* Stores an image as it is. */
struct digest bench_put(struct bench *bench, struct image_config *config,
			const struct digest *parent);
const struct image_config *bench_config(struct bench *bench,
					const struct digest *id);
/* A configuration like that of id. */
void bench_copy(struct bench *bench, const struct digest *id,
		struct image_config *out);

/* Reads store and context anew and opens a plan on the text. */
struct plan *bench_open(struct bench *bench, const char *text);
/* A preview; its steps are in bench->plan. */
void bench_preview(struct bench *bench, const char *text);
/* Builds; unset if it failed (bench->error). */
struct digest bench_build(struct bench *bench, const char *text);
/* "hit:base hit:cached miss:sources-differ" of bench->plan. */
const char *bench_words(struct bench *bench);
const struct step *bench_step(struct bench *bench, int n);
const struct step *bench_last(struct bench *bench);

/* A test on a bench that has alpine:latest and the files a, b and d/x. */
#define BENCH_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
int bench_setup(void **state);
int bench_teardown(void **state);
/* The verdicts of a text are these words. */
void bench_expect(struct bench *bench, const char *text, const char *words);
void bench_must_build(struct bench *bench, const char *text);
