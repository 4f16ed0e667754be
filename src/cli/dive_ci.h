/*
 * dive's rules for continuous integration: the file .dive-ci and what they
 * say of an image (dive's README, "CI Integration"; a rule fails when it is
 * crossed, as dive's code has it, not when it is met).
 */
#pragma once

#include "store/waste.h"

enum ci_verdict { CI_PASS, CI_FAIL, CI_SKIP };

#define CI_RULES 3

struct ci_rule {
	const char *name;
	char *value;            /* as written, or the default; owned */
	enum ci_verdict verdict;
	char *why;              /* of FAIL and SKIP; owned, or NULL */
};
struct ci_rules {
	struct ci_rule items[CI_RULES];
};
void ci_rules_init(struct ci_rules *rules); /* dive's defaults */
void ci_rules_release(struct ci_rules *rules);
AUTO_DEFINE_IN_PLACE(struct ci_rules, ci_rules_release)
/* The part of YAML that such files use: `rules:` and `key: value` lines below
 * it, comments, quotes. -1 with the line. */
int ci_rules_parse(struct ci_rules *rules, const char *text,
		   struct err *err);
/* Whether all hold. A value that is none fails, as with dive. */
bool ci_rules_check(struct ci_rules *rules, const struct waste *waste);
