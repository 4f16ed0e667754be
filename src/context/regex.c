/* Knows how an expression is run over a text in one pass. */
#include "context/regex.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "context/regex_class.h"

enum op { OP_CHAR, OP_ANY, OP_CLASS, OP_ASSERT, OP_SPLIT, OP_JUMP, OP_MATCH };

struct instruction {
	enum op op;
	uint32_t rune;             /* OP_CHAR */
	enum regex_kind assertion; /* OP_ASSERT */
	const struct regex_class *class;
	int to, other;             /* OP_JUMP, OP_SPLIT */
};

struct regex {
	struct instruction *code;
	int count;
};

/* How many instructions a node becomes; more than the limit is the limit
 * plus one. */
static long measure(const struct regex_node *node)
{
	long sum = 0, times;

	for (const struct regex_node *child = node->first; child;
	     child = child->next) {
		sum += measure(child) + (node->kind == REGEX_ALT ? 2 : 0);
		if (sum > REGEX_CODE_MAX)
			return REGEX_CODE_MAX + 1;
	}
	if (node->kind != REGEX_REPEAT)
		return node->first ? sum : 1;
	times = node->max > node->min ? node->max : node->min + 1;
	sum = (sum + 2) * times;
	return sum > REGEX_CODE_MAX ? REGEX_CODE_MAX + 1 : sum;
}

static struct instruction *emit(struct regex *regex, enum op op)
{
	struct instruction *in = &regex->code[regex->count++];

	in->op = op;
	return in;
}

static void emit_node(struct regex *regex, const struct regex_node *node);

static void emit_alt(struct regex *regex, const struct regex_node *node)
{
	int last_jump = -1;

	for (const struct regex_node *child = node->first; child;
	     child = child->next) {
		struct instruction *split = NULL;

		if (child->next) {
			split = emit(regex, OP_SPLIT);
			split->to = regex->count;
		}
		emit_node(regex, child);
		if (!split)
			break;
		/* Jumps to the end are chained until the end is known. */
		emit(regex, OP_JUMP)->to = last_jump;
		last_jump = regex->count - 1;
		split->other = regex->count;
	}
	while (last_jump >= 0) {
		struct instruction *jump = &regex->code[last_jump];

		last_jump = jump->to;
		jump->to = regex->count;
	}
}

static void emit_repeat(struct regex *regex, const struct regex_node *node)
{
	struct instruction *split;
	int start = regex->count, last_split = -1;

	for (int i = 0; i < node->min; i++) {
		start = regex->count;
		emit_node(regex, node->first);
	}
	if (node->max < 0 && node->min > 0) {
		split = emit(regex, OP_SPLIT);
		split->to = start;
		split->other = regex->count;
		return;
	}
	if (node->max < 0) {
		split = emit(regex, OP_SPLIT);
		split->to = regex->count;
		emit_node(regex, node->first);
		emit(regex, OP_JUMP)->to = start;
		split->other = regex->count;
		return;
	}
	for (int i = node->min; i < node->max; i++) {
		split = emit(regex, OP_SPLIT);
		split->to = regex->count;
		split->other = last_split;
		last_split = regex->count - 1;
		emit_node(regex, node->first);
	}
	while (last_split >= 0) {
		split = &regex->code[last_split];
		last_split = split->other;
		split->other = regex->count;
	}
}

static void emit_node(struct regex *regex, const struct regex_node *node)
{
	switch (node->kind) {
	case REGEX_EMPTY:
		break;
	case REGEX_CHAR:
		emit(regex, OP_CHAR)->rune = node->rune;
		break;
	case REGEX_ANY:
		emit(regex, OP_ANY);
		break;
	case REGEX_CLASS:
		emit(regex, OP_CLASS)->class = node->class;
		break;
	case REGEX_BEGIN:
	case REGEX_END:
	case REGEX_WORD:
	case REGEX_NO_WORD:
		emit(regex, OP_ASSERT)->assertion = node->kind;
		break;
	case REGEX_CAT:
		for (const struct regex_node *child = node->first; child;
		     child = child->next)
			emit_node(regex, child);
		break;
	case REGEX_ALT:
		emit_alt(regex, node);
		break;
	case REGEX_REPEAT:
		emit_repeat(regex, node);
		break;
	}
}

struct regex *regex_compile(struct arena *arena, struct span text)
{
	const struct regex_node *root = regex_parse(arena, text);
	struct regex *regex;
	long size = root ? measure(root) : 0;

	if (!root || size > REGEX_CODE_MAX)
		return NULL;
	regex = arena_alloc(arena, sizeof(*regex));
	regex->code = arena_alloc(arena, (size_t)(size + 1) *
						 sizeof(*regex->code));
	emit_node(regex, root);
	emit(regex, OP_MATCH);
	return regex;
}

/* The states that are alive at one place of the text. */
struct run {
	const struct regex *regex;
	int *now, *next, *stack;
	unsigned *seen, round;
	int now_count, next_count;
};

static bool is_word(int c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

static bool holds(enum regex_kind assertion, struct span text, size_t at)
{
	bool before = at > 0 && is_word(text.ptr[at - 1]);
	bool after = at < text.len && is_word(text.ptr[at]);

	if (assertion == REGEX_BEGIN)
		return at == 0;
	if (assertion == REGEX_END)
		return at == text.len;
	return (before != after) == (assertion == REGEX_WORD);
}

/* Adds pc to the next states, through all that reads nothing. True: matched. */
static bool follow(struct run *run, int pc, struct span text, size_t at)
{
	int depth = 0;

	run->stack[depth++] = pc;
	while (depth > 0) {
		const struct instruction *in;

		pc = run->stack[--depth];
		if (run->seen[pc] == run->round)
			continue;
		run->seen[pc] = run->round;
		in = &run->regex->code[pc];
		switch (in->op) {
		case OP_MATCH:
			return true;
		case OP_JUMP:
			run->stack[depth++] = in->to;
			break;
		case OP_SPLIT:
			run->stack[depth++] = in->other;
			run->stack[depth++] = in->to;
			break;
		case OP_ASSERT:
			if (holds(in->assertion, text, at))
				run->stack[depth++] = pc + 1;
			break;
		case OP_CHAR:
		case OP_ANY:
		case OP_CLASS:
			run->next[run->next_count++] = pc;
			break;
		}
	}
	return false;
}

static bool takes(const struct instruction *in, uint32_t rune)
{
	if (in->op == OP_CHAR)
		return in->rune == rune;
	if (in->op == OP_ANY)
		return rune != '\n';
	return regex_class_has(in->class, rune);
}

static bool run_over(struct run *run, struct span text)
{
	size_t at = 0;

	for (;;) {
		int *swap = run->now;
		uint32_t rune;
		size_t len;
		bool valid;

		/* A match may begin at every place. */
		if (follow(run, 0, text, at))
			return true;
		if (at >= text.len)
			return false;
		rune = (unsigned char)text.ptr[at];
		len = 1;
		if (rune >= 0x80)
			len = utf8_decode(text.ptr + at, text.len - at, &rune,
					  &valid);
		run->now = run->next;
		run->now_count = run->next_count;
		run->next = swap;
		run->next_count = 0;
		run->round++;
		at += len;
		for (int i = 0; i < run->now_count; i++)
			if (takes(&run->regex->code[run->now[i]], rune) &&
			    follow(run, run->now[i] + 1, text, at))
				return true;
	}
}

#define SMALL 128

bool regex_match(const struct regex *regex, struct span text)
{
	int small[5 * SMALL];
	AUTO_FREE int *large = NULL;
	size_t count = (size_t)regex->count;
	int *room = small;
	struct run run = { .regex = regex, .round = 1 };

	if (count > SMALL)
		room = large = mem_array(5 * count, sizeof(int));
	else
		memset(small, 0, count * sizeof(int));
	run.seen = (unsigned *)room; /* the only part that must be zeroed */
	run.now = room + count;
	run.next = room + 2 * count;
	run.stack = room + 3 * count; /* each state pushes two at most */
	return run_over(&run, text);
}
