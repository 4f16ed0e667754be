/* Knows dive's rule file and what its three rules mean. */
#include "cli/dive_ci.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { USER_PERCENT, WASTED_BYTES, EFFICIENCY };

/* In dive's order: by name. */
static const struct {
	const char *name, *value;
} defaults[CI_RULES] = {
	[USER_PERCENT] = { "highestUserWastedPercent", "0.1" },
	[WASTED_BYTES] = { "highestWastedBytes", "disabled" },
	[EFFICIENCY] = { "lowestEfficiency", "0.9" },
};

void ci_rules_init(struct ci_rules *rules)
{
	*rules = (struct ci_rules){ 0 };
	for (size_t i = 0; i < CI_RULES; i++) {
		rules->items[i].name = defaults[i].name;
		rules->items[i].value = mem_strdup(defaults[i].value);
	}
}

void ci_rules_release(struct ci_rules *rules)
{
	for (size_t i = 0; i < CI_RULES; i++) {
		free(rules->items[i].value);
		free(rules->items[i].why);
	}
}

/* ---- the file ---- */

/* Without blanks, comment and quotes. */
static char *plain_value(const char *text, size_t len)
{
	while (len && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	if (len && (*text == '"' || *text == '\'')) {
		const char *end = memchr(text + 1, *text, len - 1);

		if (end)
			return mem_strndup(text + 1,
					   (size_t)(end - text - 1));
	}
	for (size_t i = 0; i < len; i++)
		if (text[i] == '#' &&
		    (i == 0 || isspace((unsigned char)text[i - 1])))
			len = i;
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	return mem_strndup(text, len);
}

static void set_rule(struct ci_rules *rules, const char *key, char *value)
{
	for (size_t i = 0; i < CI_RULES; i++)
		if (strcasecmp(key, rules->items[i].name) == 0) {
			free(rules->items[i].value);
			rules->items[i].value = value;
			return;
		}
	free(value); /* dive ignores what it does not know */
}

static int parse_line(struct ci_rules *rules, const char *line, size_t len,
		      bool *inside, struct err *err)
{
	const char *colon = memchr(line, ':', len);
	size_t indent = 0;
	AUTO_FREE char *key = NULL;
	char *value;

	while (indent < len && (line[indent] == ' ' || line[indent] == '\r'))
		indent++;
	if (indent == len || line[indent] == '#' ||
	    (indent == 0 && strncmp(line, "---", 3) == 0))
		return 0;
	if (!colon)
		return err_set(err, ERR_INPUT, "expected \"key: value\"");
	key = plain_value(line, (size_t)(colon - line));
	value = plain_value(colon + 1, len - (size_t)(colon - line) - 1);
	if (indent == 0) {
		*inside = strcmp(key, "rules") == 0;
		free(value);
	} else if (*inside) {
		set_rule(rules, key, value);
	} else {
		free(value);
	}
	return 0;
}

int ci_rules_parse(struct ci_rules *rules, const char *text, struct err *err)
{
	bool inside = false;

	for (int n = 1; *text; n++) {
		size_t len = strcspn(text, "\n");

		if (parse_line(rules, text, len, &inside, err) < 0)
			return err_wrap(err, "line %d", n);
		text += len + (text[len] == '\n');
	}
	return 0;
}

/* ---- the rules ---- */

/* humanize.ParseBytes: "20MB", "1.5 GiB", "512". */
static bool parse_bytes(const char *text, double *out)
{
	static const struct { const char *unit; double factor; } units[] = {
		{ "", 1 }, { "b", 1 },
		{ "k", 1e3 }, { "kb", 1e3 }, { "ki", 1024 }, { "kib", 1024 },
		{ "m", 1e6 }, { "mb", 1e6 }, { "mi", 1048576 },
		{ "mib", 1048576 }, { "g", 1e9 }, { "gb", 1e9 },
		{ "gi", 1073741824 }, { "gib", 1073741824 },
		{ "t", 1e12 }, { "tb", 1e12 }, { "ti", 1099511627776 },
		{ "tib", 1099511627776 },
	};
	char *end;
	double number = strtod(text, &end);

	if (end == text || number < 0 || !isdigit((unsigned char)*text))
		return false;
	end += strspn(end, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcasecmp(end, units[i].unit) == 0) {
			*out = number * units[i].factor;
			return true;
		}
	return false;
}

static bool parse_share(const char *text, double *out)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end || !(number >= 0 && number <= 1))
		return false;
	*out = number;
	return true;
}

static void check_rule(struct ci_rules *rules, size_t which,
		       const struct waste *waste)
{
	struct ci_rule *rule = &rules->items[which];
	double limit;

	free(rule->why);
	rule->why = NULL;
	rule->verdict = CI_FAIL;
	if (strcmp(rule->value, "disabled") == 0) {
		rule->verdict = CI_SKIP;
		rule->why = mem_strdup("rule disabled");
	} else if (which == WASTED_BYTES ? !parse_bytes(rule->value, &limit)
					 : !parse_share(rule->value, &limit)) {
		rule->why = mem_printf("invalid value '%s'", rule->value);
	} else if (which == WASTED_BYTES &&
		   (double)waste->dive.wasted_bytes > limit) {
		rule->why = mem_printf(
			"too many bytes wasted (wasted-bytes=%llu > "
			"threshold=%.0f)",
			(unsigned long long)waste->dive.wasted_bytes, limit);
	} else if (which == USER_PERCENT &&
		   waste->dive.user_wasted_percent > limit) {
		rule->why = mem_printf(
			"too many bytes wasted, relative to the user bytes "
			"added (%%-user-wasted-bytes=%.4g > threshold=%.4g)",
			waste->dive.user_wasted_percent, limit);
	} else if (which == EFFICIENCY && waste->dive.efficiency < limit) {
		rule->why = mem_printf(
			"image efficiency is too low (efficiency=%.4g < "
			"threshold=%.4g)", waste->dive.efficiency, limit);
	} else {
		rule->verdict = CI_PASS;
	}
}

bool ci_rules_check(struct ci_rules *rules, const struct waste *waste)
{
	bool holds = true;

	for (size_t i = 0; i < CI_RULES; i++) {
		check_rule(rules, i, waste);
		holds = holds && rules->items[i].verdict != CI_FAIL;
	}
	return holds;
}
