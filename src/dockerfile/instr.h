/* Private to this floor: the table of instructions and building one. */
#pragma once

#include "dockerfile/dockerfile.h"

enum instr_form {
	FORM_NONE,   /* unknown instruction: arguments are not looked at */
	FORM_EXEC,   /* JSON array, or one shell line */
	FORM_LIST,   /* JSON array, or words between blanks */
	FORM_WORDS,  /* words between blanks */
	FORM_RAW,    /* all of it is one argument */
	FORM_PAIRS,  /* name=value …, or the old `name value` */
	FORM_ARGS,   /* name or name=value … */
	FORM_HEALTH, /* a type, then FORM_EXEC */
	FORM_SUB,    /* an instruction */
};

#define INSTR_FLAGS_MAX 4
#define INSTR_CHECKS_MAX 4
struct checker;
typedef void instr_check(struct checker *checker, struct instr *instr);

struct instr_type {
	const char *name;
	enum instr_form form;
	const char *flags[INSTR_FLAGS_MAX + 1];     /* NULL ends it */
	instr_check *checks[INSTR_CHECKS_MAX + 1];  /* in Docker's order */
};
const struct instr_type *instr_type(enum instr_kind kind);
/* keyword in any case, as Go folds it. */
enum instr_kind instr_find(struct span keyword);

void instr_add_word(struct instr *instr, struct span text, struct place at);
void instr_add_flag(struct instr *instr, const char *word, struct place at);
/* Splits at the first "="; without one the value is NULL. */
void instr_add_pair(struct instr *instr, struct span word, struct place at);
