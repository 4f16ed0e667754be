/*
 * The plan of a text that is not saved: a process that keeps the store and
 * the context open (`varve plan --serve`) and answers each text. Never waits:
 * one text is under way, the newest waits for its turn, those between are
 * passed over.
 */
#pragma once

#include "plan/plan.h"
#include "tui/worker.h"

struct planner {
	struct worker worker;
	struct buf next;   /* request that waits */
	size_t text_at;    /* where the text begins in it */
	bool waits;        /* there is one */
	char *asked;       /* the text that is under way, or NULL */
	char *answered;    /* the one before it, or NULL */
	bool ready, busy;
	size_t room;       /* bytes that its pipe takes at once */
};
void planner_init(struct planner *planner);
/* args: the program's, "plan --serve …". A running one is ended first: it
 * knew the disk as it was. */
int planner_start(struct planner *planner, const struct strv *args,
		  struct err *err);
bool planner_runs(const struct planner *planner);
/* Asks, as soon as it can. what: request lines before the text
 * (cli/serve.h), "" none. */
void planner_ask(struct planner *planner, const char *what, const char *text,
		 size_t len);
/* The text that the last answer is of, borrowed; NULL: there was none. */
const char *planner_text(const struct planner *planner);
/* Whether an answer is still to come. */
bool planner_owes(const struct planner *planner);
/*
 * 1: an answer: *plan or *error, the other NULL; both owned. 0: none yet.
 * -1: it is gone; *error (owned) tells its last words.
 */
int planner_poll(struct planner *planner, struct plan **plan, char **error);
void planner_release(struct planner *planner);
