/* Knows a lens as JSON (doc/context.schema.json). */
#include <inttypes.h>
#include <string.h>

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

static size_t add_numbers(struct buf *out, const int *list, size_t count,
			  size_t before)
{
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s%d", before + i ? "," : "", list[i]);
	return before + count;
}

/* Its own readers and those of its parents; as many as steps at most. */
static void add_readers(struct buf *out, const struct lens_node *node)
{
	size_t count = 0;

	buf_adds(out, ",\"steps\":[");
	for (const struct lens_node *at = node; at; at = at->parent)
		if (node->state == LENS_IN || node->state == LENS_IMPLIED)
			count = add_numbers(out, at->reads, at->read_count,
					    count);
	buf_addc(out, ']');
}

static void add_node(struct buf *out, const struct lens_node *node, bool *any)
{
	char change[] = { node->change, '\0' };

	if (node->parent) {
		buf_adds(out, *any ? ",\n{" : "\n{");
		buf_adds(out, "\"path\":");
		config_format_string(out, node->path, strlen(node->path));
		add_text(out, "type", type_name(node->mode));
		add_text(out, "state", lens_state_name(node->state));
		if (node->line)
			add_number(out, "line", (uint64_t)node->line);
		else
			buf_adds(out, ",\"line\":null");
		add_text(out, "rule", node->rule);
		add_number(out, "files", node->in.files);
		add_number(out, "bytes", node->in.bytes);
		add_number(out, "out_files", node->out.files);
		add_number(out, "out_bytes", node->out.bytes);
		add_number(out, "changed", node->changed);
		add_text(out, "change", node->change ? change : NULL);
		add_readers(out, node);
		buf_addc(out, '}');
		*any = true;
	}
	for (size_t i = 0; i < node->child_count; i++)
		add_node(out, node->children[i], any);
}

static void add_steps(struct buf *out, const struct lens *lens)
{
	buf_adds(out, "\"steps\":[");
	for (size_t i = 0; i < lens->step_count; i++) {
		const struct lens_step *step = &lens->steps[i];

		buf_addf(out, "%s{\"n\":%d,\"line\":%d", i ? "," : "",
			 step->step->n, step->step->line);
		add_text(out, "instruction", step->step->text);
		add_text(out, "compared",
			 digest_is_set(&step->compared) ? step->compared.text
							: NULL);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void add_summary(struct buf *out, const struct lens *lens)
{
	buf_addf(out, "\"summary\":{\"files\":%zu", lens->stats.files);
	add_number(out, "directories", lens->stats.dirs);
	add_number(out, "links", lens->stats.links);
	add_number(out, "bytes", lens->stats.bytes);
	add_number(out, "tar_bytes", lens->stats.tar_bytes);
	add_number(out, "out_files", lens->root->out.files);
	add_number(out, "out_bytes", lens->root->out.bytes);
	add_number(out, "unread_files", lens->unread.files);
	add_number(out, "unread_bytes", lens->unread.bytes);
	add_number(out, "changed", lens->root->changed);
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
	struct buf out = BUF_INIT;
	bool any = false;

	buf_adds(&out, "{\"format\":1,");
	add_steps(&out, lens);
	buf_adds(&out, ",\"entries\":[");
	add_node(&out, lens->root, &any);
	buf_adds(&out, "],\n");
	add_summary(&out, lens);
	buf_addc(&out, '}');
	return buf_steal(&out);
}
