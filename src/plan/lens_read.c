/* Knows how a lens is read back from its lines of JSON. */
#include <string.h>

#include "base/base64.h"
#include "plan/json_fields.h"
#include "plan/lens_tree.h"

struct lens_reader {
	struct lens_maker maker;
	struct lens *lens;
	size_t rule_room;
	bool begun, whole;
};

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

static void read_rule(struct lens *lens, size_t *room, const json_t *root)
{
	const char *pattern = json_text_of(root, "pattern");

	/* Entries come later: none points to a rule yet. */
	if (lens->rule_count == *room) {
		size_t more = *room ? 2 * *room : 16;
		struct lens_rule *rules = arena_alloc(lens->arena,
						      more * sizeof(*rules));

		if (*room)
			memcpy(rules, lens->rules, *room * sizeof(*rules));
		lens->rules = rules;
		*room = more;
	}
	lens->rules[lens->rule_count++] = (struct lens_rule){
		.pattern = arena_strdup(lens->arena, pattern ? pattern : ""),
		.keep = json_flag_of(root, "keep"),
		.line = json_small_of(root, "line"),
		.dropped = json_flag_of(root, "dropped"),
		.sum = sum_of(root, "files", "bytes"),
	};
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
	AUTO(buf_release) struct buf bytes = BUF_INIT;
	const char *coded = json_text_of(root, "path_b64");
	const char *path = json_text_of(root, "path");
	const char *change = json_text_of(root, "change");
	struct lens_node *node;

	if (coded && base64_decode(&bytes, coded, strlen(coded)) && bytes.len)
		path = bytes.data;
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
		const char *path = json_text_of(json_array_get(biggest, i),
						"path");
		const struct lens_node *node =
			path ? lens_find(maker, path) : NULL;

		if (node && lens->biggest_count < LENS_BIGGEST)
			lens->biggest[lens->biggest_count++] = node;
	}
	sum_root(lens, root);
	read_root_readers(lens, root);
}

struct lens_reader *lens_reader_new(void)
{
	struct lens_reader *reader = mem_alloc(sizeof(*reader));

	reader->lens = lens_begin(&reader->maker);
	return reader;
}

void lens_reader_free(struct lens_reader *reader)
{
	if (!reader)
		return;
	lens_maker_release(&reader->maker);
	lens_free(reader->lens);
	free(reader);
}

static int read_line(struct lens_reader *reader, const json_t *root,
		     struct err *err)
{
	const json_t *rule = json_object_get(root, "rule");
	const json_t *entry = json_object_get(root, "entry");
	const json_t *summary = json_object_get(root, "summary");

	if (!reader->begun && number_of(root, "format") != 1)
		return err_set(err, ERR_INPUT, "not a context of format 1");
	reader->begun = true;
	if (reader->whole || (rule && reader->lens->root->child_count))
		return err_set(err, ERR_INPUT, "a line at the wrong place");
	if (rule)
		read_rule(reader->lens, &reader->rule_room, rule);
	if (entry)
		return read_entry(&reader->maker, entry, err);
	if (summary)
		read_summary(&reader->maker, summary);
	reader->whole = summary != NULL;
	return 0;
}

int lens_reader_add(struct lens_reader *reader, const char *line, size_t len,
		    struct err *err)
{
	json_error_t where;
	json_t *root = json_loadb(line, len, 0, &where);
	int rc;

	if (!root)
		return err_set(err, ERR_INPUT, "not a line of a context: %s",
			       where.text);
	rc = read_line(reader, root, err);
	json_decref(root);
	return rc;
}

int lens_reader_end(struct lens_reader *reader, struct lens **out,
		    struct err *err)
{
	if (!reader->whole)
		return err_set(err, ERR_INPUT, "the context broke off");
	*out = STEAL(reader->lens);
	return 0;
}
