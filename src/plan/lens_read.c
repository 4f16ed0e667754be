/* Knows how a lens is read back from its JSON. */
#include <string.h>

#include "plan/json_fields.h"
#include "plan/lens_tree.h"

#define LENS_JSON_MAX (512u * 1024 * 1024) /* bytes of one document */

static uint64_t number_of(const json_t *root, const char *key)
{
	int64_t value = json_number_of(root, key, 0);

	return value > 0 ? (uint64_t)value : 0;
}

static struct lens_sum sum_of(const json_t *root, const char *files,
			      const char *bytes)
{
	return (struct lens_sum){ number_of(root, files),
				  number_of(root, bytes) };
}

static void read_rules(struct lens *lens, const json_t *list)
{
	lens->rules = arena_alloc(lens->arena, json_array_size(list) *
					       sizeof(*lens->rules));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *root = json_array_get(list, i);
		const char *pattern = json_text_of(root, "pattern");

		lens->rules[lens->rule_count++] = (struct lens_rule){
			.pattern = arena_strdup(lens->arena,
						pattern ? pattern : ""),
			.keep = json_flag_of(root, "keep"),
			.line = json_small_of(root, "line"),
			.dropped = json_flag_of(root, "dropped"),
			.sum = sum_of(root, "files", "bytes"),
		};
	}
}

static const struct lens_rule *rule_of(const struct lens *lens,
				       const json_t *root)
{
	const char *pattern = json_text_of(root, "rule");
	int line = json_small_of(root, "line");
	bool keep = json_flag_of(root, "keep");

	for (size_t i = lens->rule_count; pattern && i-- > 0;) {
		const struct lens_rule *rule = &lens->rules[i];

		if (rule->line == line && rule->keep == keep &&
		    !rule->dropped && strcmp(rule->pattern, pattern) == 0)
			return rule;
	}
	return NULL;
}

static int *numbers_of(const json_t *list, size_t *count)
{
	int *out = NULL;

	for (size_t i = 0; i < json_array_size(list); i++)
		MEM_PUSH(out, *count) =
			(int)json_integer_value(json_array_get(list, i));
	return out;
}

static mode_t mode_of(const json_t *root)
{
	const char *type = json_text_of(root, "type");

	if (!type)
		return 0;
	if (!strcmp(type, "directory"))
		return S_IFDIR | 0755;
	return !strcmp(type, "link") ? S_IFLNK | 0777 : S_IFREG | 0644;
}

static int state_of(const json_t *root, enum lens_state *out, struct err *err)
{
	const char *name = json_text_of(root, "state");

	for (int i = LENS_IN; name && i <= LENS_GONE; i++)
		if (!strcmp(lens_state_name((enum lens_state)i), name)) {
			*out = (enum lens_state)i;
			return 0;
		}
	return err_set(err, ERR_INPUT, "unknown state '%.80s'",
		       name ? name : "");
}

static enum lens_move move_of(const json_t *root)
{
	const char *name = json_text_of(root, "move");

	for (int i = LENS_COMES; name && i <= LENS_GOES; i++)
		if (!strcmp(lens_move_name((enum lens_move)i), name))
			return (enum lens_move)i;
	return LENS_STAYS;
}

static int read_entry(struct lens_maker *maker, const json_t *root,
		      struct err *err)
{
	const char *path = json_text_of(root, "path");
	const char *change = json_text_of(root, "change");
	struct lens_node *node;

	if (!path || !*path)
		return err_set(err, ERR_INPUT, "an entry without a path");
	if (lens_find(maker, path))
		return err_set(err, ERR_INPUT, "'%.80s' is there twice", path);
	node = lens_put(maker, path);
	node->mode = mode_of(root);
	node->rule = rule_of(maker->lens, root);
	node->move = move_of(root);
	node->change = change ? *change : 0;
	node->in = sum_of(root, "files", "bytes");
	node->out = sum_of(root, "out_files", "out_bytes");
	node->changed = number_of(root, "changed");
	node->reads = numbers_of(json_object_get(root, "steps"),
				 &node->read_count);
	node->reads_inside = numbers_of(json_object_get(root, "inside"),
					&node->inside_count);
	return state_of(root, &node->state, err);
}

/* What the entries below the root say of it. */
static void sum_root(struct lens *lens, const json_t *summary)
{
	struct lens_node *root = lens->root;

	for (size_t i = 0; i < root->child_count; i++) {
		root->in.files += root->children[i]->in.files;
		root->in.bytes += root->children[i]->in.bytes;
	}
	root->out = sum_of(summary, "out_files", "out_bytes");
	root->changed = number_of(summary, "changed");
}

static void read_root_readers(struct lens *lens, const json_t *root)
{
	struct lens_node *node = lens->root;

	node->reads = numbers_of(json_object_get(root, "steps"),
				 &node->read_count);
	node->reads_inside = numbers_of(json_object_get(root, "inside"),
					&node->inside_count);
}

static void read_summary(struct lens_maker *maker, const json_t *root)
{
	struct lens *lens = maker->lens;
	const json_t *before = json_object_get(root, "before");
	const json_t *biggest = json_object_get(root, "biggest");

	lens->stats.files = number_of(root, "files");
	lens->stats.dirs = number_of(root, "directories");
	lens->stats.links = number_of(root, "links");
	lens->stats.bytes = number_of(root, "bytes");
	lens->stats.tar_bytes = number_of(root, "tar_bytes");
	lens->unread = sum_of(root, "unread_files", "unread_bytes");
	lens->whole = json_flag_of(root, "whole");
	lens->outside_file = json_flag_of(root, "outside_file");
	lens->imagined = json_is_object(before);
	lens->before = sum_of(before, "files", "bytes");
	for (size_t i = 0; i < json_array_size(biggest); i++) {
		const char *path = json_text_of(json_array_get(biggest, i), "path");
		const struct lens_node *node =
			path ? lens_find(maker, path) : NULL;

		if (node && lens->biggest_count < LENS_BIGGEST)
			lens->biggest[lens->biggest_count++] = node;
	}
	sum_root(lens, root);
	read_root_readers(lens, root);
}

static int read_lens(struct lens_maker *maker, const json_t *root,
		     struct err *err)
{
	const json_t *entries = json_object_get(root, "entries");

	if (number_of(root, "format") != 1)
		return err_set(err, ERR_INPUT, "not a context of format 1");
	read_rules(maker->lens, json_object_get(root, "rules"));
	for (size_t i = 0; i < json_array_size(entries); i++)
		if (read_entry(maker, json_array_get(entries, i), err) < 0)
			return err_wrap(err, "entry %zu of the context",
					i + 1);
	read_summary(maker, json_object_get(root, "summary"));
	return 0;
}

int lens_parse_json(const char *json, size_t len, struct lens **out,
		    struct err *err)
{
	AUTO(lens_maker_release) struct lens_maker maker = { .lens = NULL };
	AUTO(lens_free) struct lens *lens = lens_begin(&maker);
	json_error_t where;
	json_t *root;
	int rc;

	if (len > LENS_JSON_MAX)
		return err_set(err, ERR_INPUT, "the context is too long");
	root = json_loadb(json, len, 0, &where);
	if (!root)
		return err_set(err, ERR_INPUT, "not a context: line %d: %s",
			       where.line, where.text);
	rc = read_lens(&maker, root, err);
	json_decref(root);
	if (rc < 0)
		return -1;
	*out = STEAL(lens);
	return 0;
}
