/* Knows what each line of .dockerignore decides, and what another would. */
#include <string.h>

#include "context/ignore.h"
#include "plan/lens_tree.h"

/* A line that is no rule, a comment say, gives none. */
static struct lens_rule *add_rule(struct lens *lens,
				  const struct ignore *rules, int now,
				  int line, bool dropped)
{
	bool keep;
	const char *pattern = rules && now ?
		ignore_pattern(rules, now, &keep) : NULL;
	struct lens_rule *rule;

	if (!pattern)
		return NULL;
	rule = &lens->rules[lens->rule_count++];
	*rule = (struct lens_rule){ .pattern = pattern, .keep = keep,
				    .line = line, .dropped = dropped };
	return rule;
}

static int count_lines(const char *text)
{
	int count = 0;

	for (; text && *text; count++) {
		text = strchrnul(text, '\n');
		text += *text != '\0';
	}
	return count;
}

/* Dropped lines stand where they stood: those behind line from, up to to. */
static int add_dropped(struct lens *lens, const struct ignore *rules, int from,
		       int to)
{
	for (int line = from + 1; line <= to; line++)
		add_rule(lens, rules, line, line, true);
	return to > from ? to : from;
}

void lens_add_rules(struct lens_maker *maker,
		    const struct whatif_ignore *edited)
{
	struct lens *lens = maker->lens;
	struct tree *as_is = maker->workspace->context;
	const struct ignore *old = context_ignore(as_is);
	const struct ignore *now = context_ignore(maker->tree);
	int lines = count_lines(context_ignore_text(as_is)), passed = 0;
	int count = edited ? (int)edited->count : lines;

	lens->rules = arena_alloc(lens->arena, (size_t)(lines + count) *
					       sizeof(*lens->rules));
	maker->rule_of = arena_alloc(lens->arena, (size_t)(count + 1) *
						  sizeof(*maker->rule_of));
	maker->rule_lines = count;
	for (int i = 1; i <= count; i++) {
		int was = edited ? edited->was[i - 1] : i;

		passed = add_dropped(lens, old, passed, was ? was - 1 : lines);
		passed = was ? was : passed;
		maker->rule_of[i] = add_rule(lens, now, i, was, false);
	}
	add_dropped(lens, old, passed, lines);
}

void lens_decide(struct lens_maker *maker, struct lens_node *node, int line)
{
	struct lens_rule *rule = line > 0 && line <= maker->rule_lines ?
		maker->rule_of[line] : NULL;

	node->rule = rule;
	if (rule)
		lens_add_sum(&rule->sum, rule->keep ? &node->in : &node->out);
}

void lens_move(struct lens_maker *maker, struct lens_node *node)
{
	struct tree *before = maker->workspace->context;
	struct err err = ERR_INIT;
	const struct node *old;
	bool was;

	if (maker->tree == before)
		return;
	was = tree_find(before, node->path, &old, &err) == 1 &&
	      (node->state == LENS_OUT || !old->implied);
	if (node->state == LENS_OUT)
		node->move = was ? LENS_GOES : LENS_STAYS;
	else if (node->state != LENS_IMPLIED)
		node->move = was ? LENS_STAYS : LENS_COMES;
}
