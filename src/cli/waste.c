/* varve waste: bytes that an image carries and never shows. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "cli/dive_ci.h"
#include "cli/image_files.h"
#include "cli/print.h"
#include "store/pack.h"
#include "view/files.h"
#include "view/layers.h"

static const struct opt opts[] = {
	ROOT_ROW,
	PACK_ROW,
	IMAGE_FLAG('a', "all", OPT_BOOL, all, NULL, "Name every file"),
	IMAGE_FLAG(0, "ci", OPT_BOOL, ci, NULL,
		   "Judge by dive's rules in FILE (default .dive-ci); exit 1 "
		   "if one fails"),
	IMAGE_FLAG(0, "ci-config", OPT_STRING, config, "FILE", NULL),
	IMAGE_FLAG(0, "color", OPT_STRING, color, "auto|always|never", "Colours"),
	FORMAT_ROW,
	OPT_END,
};

#define RULES_LIMIT ((size_t)64 << 10)
#define FILES_SHOWN 20

static const char *const verdict_words[] = {
	[CI_PASS] = "PASS", [CI_FAIL] = "FAIL", [CI_SKIP] = "SKIP",
};

static void print_text(const struct image_layers *layers,
		       const struct waste *waste,
		       const struct image_flags *flags)
{
	AUTO(rows_release) struct rows rows = { 0 };
	AUTO(waste_groups_release) struct waste_groups groups = { 0 };
	struct layer_steps steps = { .config = layers->config };

	waste_groups_make(waste, waste->files, &groups);
	view_waste(&steps, waste, waste->files, &groups,
		   flags->all ? 0 : FILES_SHOWN, 0, &rows);
	print_rows(stdout, &rows, print_in_color(stdout, flags->color));
}

/* dive's own words, so that scripts that read them go on. */
static void print_rules(const struct ci_rules *rules, bool holds)
{
	int count[3] = { 0 };

	puts("Results:");
	for (size_t i = 0; i < CI_RULES; i++) {
		const struct ci_rule *rule = &rules->items[i];

		count[rule->verdict]++;
		printf("  %s: %s%s%s\n", verdict_words[rule->verdict],
		       rule->name, rule->why ? ": " : "",
		       rule->why ? rule->why : "");
	}
	printf("Result:%s [Total:%d] [Passed:%d] [Failed:%d] [Warn:0] "
	       "[Skipped:%d]\n", holds ? "PASS" : "FAIL", CI_RULES,
	       count[CI_PASS], count[CI_FAIL], count[CI_SKIP]);
}

static void item_json(const struct image_layers *layers,
		      const struct waste *waste,
		      const struct waste_item *item, struct buf *out)
{
	AUTO_FREE char *path = files_path(waste->files, item->at);
	struct layer_steps steps = { .config = layers->config };
	AUTO_FREE char *what = waste_advice(&steps, item);
	AUTO_FREE char *made = image_layers_step(layers, item->made);
	AUTO_FREE char *by = image_layers_step(layers, item->by);

	buf_addc(out, '{');
	json_text(out, "path", path);
	json_number(out, "bytes", item->bytes);
	json_text(out, "cause", waste_cause_word(item->cause));
	json_number(out, "made_by_layer", item->made + 1u);
	json_number(out, "wasted_by_layer", item->by + 1u);
	json_text(out, "made_by", made);
	json_text(out, "wasted_by", by);
	json_text(out, "advice", what);
	buf_addc(out, '}');
}

static void dive_json(const struct waste *waste, struct buf *out)
{
	buf_addf(out, ",\n \"dive\": {\"efficiency\": %.10g",
		 waste->dive.efficiency);
	json_number(out, "wastedBytes", waste->dive.wasted_bytes);
	if (isfinite(waste->dive.user_wasted_percent))
		buf_addf(out, ", \"userWastedPercent\": %.10g",
			 waste->dive.user_wasted_percent);
	else
		json_text(out, "userWastedPercent", NULL);
	json_number(out, "userBytes", waste->dive.user_bytes);
	buf_adds(out, ", \"fileReference\": [");
	for (size_t i = 0; i < waste->dive.count; i++) {
		const struct dive_path *seen = &waste->dive.paths[i];
		AUTO_FREE char *path = files_path(waste->files, seen->at);
		AUTO_FREE char *rooted = mem_printf("/%s", path);

		buf_adds(out, i ? ",\n  {" : "\n  {");
		json_number(out, "count", seen->count);
		json_number(out, "sizeBytes", seen->cumulative);
		json_text(out, "file", rooted);
		buf_addc(out, '}');
	}
	buf_adds(out, "]}");
}

static void print_json(const struct image_layers *layers,
		       const struct waste *waste,
		       const struct ci_rules *rules, bool holds)
{
	AUTO(buf_release) struct buf out = BUF_INIT;

	buf_addc(&out, '{');
	json_number(&out, "format", 1);
	json_text(&out, "image", layers->image->id.text);
	json_number(&out, "size", waste->total);
	json_number(&out, "wasted", waste->bytes);
	buf_adds(&out, ",\n \"files\": [");
	for (size_t i = 0; i < waste->count; i++) {
		buf_adds(&out, i ? ",\n  " : "\n  ");
		item_json(layers, waste, &waste->items[i], &out);
	}
	buf_addc(&out, ']');
	dive_json(waste, &out);
	if (rules) {
		buf_addf(&out, ",\n \"ci\": {\"pass\": %s, \"rules\": [",
			 holds ? "true" : "false");
		for (size_t i = 0; i < CI_RULES; i++) {
			const struct ci_rule *rule = &rules->items[i];

			buf_adds(&out, i ? ", {" : "{");
			json_text(&out, "rule", rule->name);
			json_text(&out, "value", rule->value);
			json_text(&out, "result",
				  verdict_words[rule->verdict]);
			json_text(&out, "why", rule->why);
			buf_addc(&out, '}');
		}
		buf_adds(&out, "]}");
	}
	printf("%s}\n", out.data);
}

static int read_rules(const char *name, struct ci_rules *rules,
		      struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	int found = fs_read(AT_FDCWD, name ? name : ".dive-ci", RULES_LIMIT,
			    &text, err);

	if (found == 0 && name)
		return err_set(err, ERR_NOT_FOUND, "cannot read '%s': it is "
			       "not there", name);
	if (found < 0 ||
	    (found && text.len && ci_rules_parse(rules, text.data, err) < 0))
		return err_wrap(err, "'%s'", name ? name : ".dive-ci");
	return 0;
}

static int show(struct store *store, const struct image_flags *flags,
		char **operands, struct err *err)
{
	AUTO(image_layers_release) struct image_layers layers = { 0 };
	AUTO(ci_rules_release) struct ci_rules rules;
	AUTO(waste_free) struct waste *waste = NULL;
	const char *file = flags->config ? flags->config : operands[1];
	bool ci = flags->ci || flags->config, holds = true;

	ci_rules_init(&rules);
	if ((ci && read_rules(file, &rules, err) < 0) ||
	    image_layers_find(store, operands[0], &layers, err) < 0 ||
	    waste_find(store, layers.layers, layers.count, &waste, err) < 0)
		return -1;
	if (flags->pack) {
		files_count_totals(waste->files);
		return pack_save(NULL, waste->files, waste, flags->pack, err);
	}
	if (ci)
		holds = ci_rules_check(&rules, waste);
	if (image_flags_json(flags))
		print_json(&layers, waste, ci ? &rules : NULL, holds);
	else
		print_text(&layers, waste, flags);
	if (ci && !image_flags_json(flags))
		print_rules(&rules, holds);
	return !holds;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	struct err err = ERR_INIT;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 1, 2, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc == 0 && argc - rest == 2 && !flags.ci)
		return usage_error(verb, "a rule file goes with --ci");
	if (rc == 0)
		rc = show(store, &flags, argv + rest, &err);
	return rc < 0 ? fail(&err) : rc;
}

const struct verb verb_waste = {
	"waste", "[OPTIONS] IMAGE [FILE]",
	"Show the bytes that an image carries and never shows, and why.",
	opts, run,
};
