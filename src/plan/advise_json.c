/* Knows advice as JSON (doc/advise.schema.json). */
#include <inttypes.h>
#include <string.h>

#include "plan/advise.h"

static void add_text(struct buf *out, const char *name, const char *text)
{
	buf_addf(out, ",\"%s\":", name);
	config_format_string(out, text, strlen(text));
}

static void add_known(struct buf *out, const char *name, int64_t value)
{
	if (value >= 0)
		buf_addf(out, ",\"%s\":%" PRId64, name, value);
	else
		buf_addf(out, ",\"%s\":null", name);
}

static void add_paths(struct buf *out, const struct advise *advise)
{
	buf_adds(out, "\"paths\":[");
	for (size_t i = 0; i < advise->path_count; i++) {
		const struct advise_path *path = &advise->paths[i];

		buf_addf(out, "%s{\"step\":%d,\"steps\":%d", i ? "," : "",
			 path->step, path->steps);
		add_known(out, "ms", path->ms);
		buf_adds(out, ",\"paths\":[");
		for (size_t k = 0; k < path->paths.count; k++) {
			const char *name = path->paths.items[k];

			buf_adds(out, k ? "," : "");
			config_format_string(out, name, strlen(name));
		}
		buf_adds(out, "]}");
	}
	buf_addc(out, ']');
}

static void add_summary(struct buf *out, const char *name,
			const struct plan_summary *sum)
{
	buf_addf(out, ",\"%s\":{\"hit\":%d,\"miss\":%d,\"late\":%d", name,
		 sum->hit, sum->miss, sum->late);
	add_known(out, "estimate_ms", sum->estimate_ms);
	buf_addc(out, '}');
}

static void add_edits(struct buf *out, const struct advise *advise)
{
	buf_adds(out, ",\n\"edits\":[");
	for (size_t i = 0; i < advise->edit_count; i++) {
		const struct advise_edit *edit = &advise->edits[i];

		buf_addf(out, "%s\n{\"kind\":\"%s\",\"line\":%d", i ? "," : "",
			 advise_kind_name(edit->kind), edit->line);
		add_text(out, "what", edit->what);
		add_text(out, "rule", edit->rule);
		add_known(out, "before_ms", edit->before_ms);
		add_known(out, "after_ms", edit->after_ms);
		add_text(out, "diff", edit->diff);
		add_summary(out, "before", &edit->before);
		add_summary(out, "after", &edit->after);
		buf_addf(out, ",\"plan\":%s}", edit->plan_json);
	}
	buf_addc(out, ']');
}

static void add_findings(struct buf *out, const struct advise *advise)
{
	buf_adds(out, ",\n\"findings\":[");
	for (size_t i = 0; i < advise->finding_count; i++) {
		const struct advise_finding *finding = &advise->findings[i];

		buf_addf(out, "%s{\"code\":\"%s\",\"line\":%d,\"step\":%d",
			 i ? "," : "", finding->code, finding->line,
			 finding->step);
		add_text(out, "text", finding->text);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

char *advise_format_json(const struct advise *advise)
{
	struct buf out = BUF_INIT;

	buf_addf(&out, "{\"format\":1,\"history\":{\"from\":\"%s\",\"changes\":"
		 "%zu", advise_source_name(advise->source),
		 advise->change_count);
	add_known(&out, "ms", advise->change_ms);
	buf_adds(&out, "},\n");
	add_paths(&out, advise);
	add_edits(&out, advise);
	add_findings(&out, advise);
	buf_addc(&out, '}');
	return buf_steal(&out);
}
