/* Knows a lens as JSON (doc/context.schema.json). */
#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "plan/lens.h"

static void add_text(struct buf *out, const char *name, const char *text)
{
	buf_addf(out, ",\"%s\":", name);
	if (text)
		config_format_string(out, text, strlen(text));
	else
		buf_adds(out, "null");
}

static void add_number(struct buf *out, const char *name, uint64_t value)
{
	buf_addf(out, ",\"%s\":%" PRIu64, name, value);
}

static const char *type_name(mode_t mode)
{
	if (!mode)
		return NULL;
	if (S_ISDIR(mode))
		return "directory";
	if (S_ISREG(mode))
		return "file";
	return S_ISLNK(mode) ? "link" : "other";
}

static void add_numbers(struct buf *out, const int *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s%d", i ? "," : "", list[i]);
}

static void add_readers(struct buf *out, const struct lens_node *node)
{
	size_t count = 0;
	AUTO_FREE int *list = node->state == LENS_IN ||
			      node->state == LENS_IMPLIED ?
		lens_readers(node, &count) : NULL;

	buf_adds(out, ",\"steps\":[");
	add_numbers(out, list, count);
	buf_adds(out, "],\"inside\":[");
	add_numbers(out, node->reads_inside, node->inside_count);
	buf_addc(out, ']');
}

static void add_line(struct buf *out, int line)
{
	if (line)
		add_number(out, "line", (uint64_t)line);
	else
		buf_adds(out, ",\"line\":null");
}

static void add_flag(struct buf *out, const char *name, bool value)
{
	buf_addf(out, ",\"%s\":%s", name, value ? "true" : "false");
}

/* A name that is no UTF-8: others may look the same as text. */
static void add_bytes(struct buf *out, const char *path)
{
	if (utf8_is_valid(path, strlen(path)))
		return;
	buf_adds(out, ",\"path_b64\":\"");
	base64_encode(out, path, strlen(path));
	buf_addc(out, '"');
}

static void add_node(struct buf *out, const struct lens_node *node)
{
	char change[] = { node->change, '\0' };

	buf_adds(out, "{\"path\":");
	config_format_string(out, node->path, strlen(node->path));
	add_bytes(out, node->path);
	add_text(out, "type", type_name(node->mode));
	add_text(out, "state", lens_state_name(node->state));
	add_line(out, node->rule ? node->rule->line : 0);
	add_text(out, "rule", node->rule ? node->rule->pattern : NULL);
	add_flag(out, "keep", node->rule && node->rule->keep);
	add_text(out, "move", node->move ? lens_move_name(node->move) : NULL);
	add_number(out, "files", node->in.files);
	add_number(out, "bytes", node->in.bytes);
	add_number(out, "out_files", node->out.files);
	add_number(out, "out_bytes", node->out.bytes);
	add_number(out, "changed", node->changed);
	add_text(out, "change", node->change ? change : NULL);
	add_readers(out, node);
	buf_addc(out, '}');
}

/* How the items of a list stand. */
struct form {
	const char *before, *after, *between;
};

static void add_below(struct buf *out, const struct lens_node *dir,
		      const struct form *form, bool *any)
{
	for (size_t i = 0; i < dir->child_count; i++) {
		buf_adds(out, *any ? form->between : "");
		buf_adds(out, form->before);
		add_node(out, dir->children[i]);
		buf_adds(out, form->after);
		*any = true;
		add_below(out, dir->children[i], form, any);
	}
}

static void add_entries(struct buf *out, const struct lens *lens,
			const struct form *form)
{
	bool any = false;

	add_below(out, lens->root, form, &any);
}

static void add_steps(struct buf *out, const struct lens *lens,
		      const struct form *form)
{
	for (size_t i = 0; i < lens->step_count; i++) {
		const struct lens_step *step = &lens->steps[i];

		buf_adds(out, i ? form->between : "");
		buf_addf(out, "%s{\"n\":%d,\"line\":%d", form->before,
			 step->step->n, step->step->line);
		add_text(out, "instruction", step->step->text);
		add_text(out, "compared",
			 digest_is_set(&step->compared) ? step->compared.text
							: NULL);
		buf_addf(out, "}%s", form->after);
	}
}

static void add_rules(struct buf *out, const struct lens *lens,
		      const struct form *form)
{
	for (size_t i = 0; i < lens->rule_count; i++) {
		const struct lens_rule *rule = &lens->rules[i];

		buf_adds(out, i ? form->between : "");
		buf_addf(out, "%s{\"pattern\":", form->before);
		config_format_string(out, rule->pattern,
				     strlen(rule->pattern));
		add_flag(out, "keep", rule->keep);
		add_line(out, rule->line);
		add_flag(out, "dropped", rule->dropped);
		add_number(out, "files", rule->sum.files);
		add_number(out, "bytes", rule->sum.bytes);
		buf_addf(out, "}%s", form->after);
	}
}

static void add_before(struct buf *out, const struct lens *lens)
{
	if (lens->imagined)
		buf_addf(out, ",\"before\":{\"files\":%zu,\"bytes\":%" PRIu64
			      "}", lens->before.files, lens->before.bytes);
	else
		buf_adds(out, ",\"before\":null");
}

static void add_summary(struct buf *out, const struct lens *lens)
{
	buf_addf(out, "{\"files\":%zu", lens->stats.files);
	add_number(out, "directories", lens->stats.dirs);
	add_number(out, "links", lens->stats.links);
	add_number(out, "bytes", lens->stats.bytes);
	add_number(out, "tar_bytes", lens->stats.tar_bytes);
	add_number(out, "out_files", lens->root->out.files);
	add_number(out, "out_bytes", lens->root->out.bytes);
	add_number(out, "unread_files", lens->unread.files);
	add_number(out, "unread_bytes", lens->unread.bytes);
	add_number(out, "changed", lens->root->changed);
	add_flag(out, "whole", lens->whole);
	add_flag(out, "outside_file", lens->outside_file);
	add_before(out, lens);
	add_readers(out, lens->root);
	buf_adds(out, ",\"biggest\":[");
	for (size_t i = 0; i < lens->biggest_count; i++) {
		const struct lens_node *node = lens->biggest[i];

		buf_adds(out, i ? ",{\"path\":" : "{\"path\":");
		config_format_string(out, node->path, strlen(node->path));
		add_number(out, "files", node->in.files);
		add_number(out, "bytes", node->in.bytes);
		buf_addc(out, '}');
	}
	buf_adds(out, "]}");
}

char *lens_format_json(const struct lens *lens)
{
	static const struct form list = { "\n", "", "," };
	struct buf out = BUF_INIT;

	buf_adds(&out, "{\"format\":1,\"steps\":[");
	add_steps(&out, lens, &list);
	buf_adds(&out, "],\n\"rules\":[");
	add_rules(&out, lens, &list);
	buf_adds(&out, "],\n\"entries\":[");
	add_entries(&out, lens, &list);
	buf_adds(&out, "],\n\"summary\":");
	add_summary(&out, lens);
	buf_addc(&out, '}');
	return buf_steal(&out);
}

char *lens_format_jsonl(const struct lens *lens)
{
	static const struct form step = { "{\"step\":", "}\n", "" };
	static const struct form rule = { "{\"rule\":", "}\n", "" };
	static const struct form entry = { "{\"entry\":", "}\n", "" };
	struct buf out = BUF_INIT;

	buf_adds(&out, "{\"format\":1}\n");
	add_steps(&out, lens, &step);
	add_rules(&out, lens, &rule);
	add_entries(&out, lens, &entry);
	buf_adds(&out, "{\"summary\":");
	add_summary(&out, lens);
	buf_adds(&out, "}\n");
	return buf_steal(&out);
}
