/*
 * Private to this floor: what Docker checks of one instruction once the whole
 * file could be parsed (classic-builder.md 5.3, the causes marked L).
 */
#pragma once

#include "dockerfile/diag.h"

struct checker {
	struct diag_list *diags;
	int line;     /* of the instruction, also for what is in an ONBUILD */
	bool trigger; /* a mistake in ONBUILD's instruction: it only warns */
};

/* Runs all checks of its kind, and those of what is in an ONBUILD. */
void check_instr(struct diag_list *diags, struct instr *instr);

/* Adds a mistake at a place of the instruction. */
void check_fail(struct checker *checker, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void check_flags(struct checker *checker, struct instr *instr);
void check_any(struct checker *checker, struct instr *instr);
void check_any_pair(struct checker *checker, struct instr *instr);
void check_any_sub(struct checker *checker, struct instr *instr);
void check_one(struct checker *checker, struct instr *instr);
void check_two(struct checker *checker, struct instr *instr);
void check_names(struct checker *checker, struct instr *instr);
void check_labels(struct checker *checker, struct instr *instr);
void check_from(struct checker *checker, struct instr *instr);
void check_json(struct checker *checker, struct instr *instr);
void check_volumes(struct checker *checker, struct instr *instr);
void check_trigger(struct checker *checker, struct instr *instr);
void check_unknown(struct checker *checker, struct instr *instr);
void check_health_none(struct checker *checker, struct instr *instr);
void check_health_cmd(struct checker *checker, struct instr *instr);
void check_mounts(struct checker *checker, struct instr *instr);
