/* Knows how a table of options becomes getopt rows, values and help. */
#include "cli/verb.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONG_BASE 256 /* getopt value of option i: letters stay below */

static size_t count_opts(const struct opt *opts)
{
	size_t n = 0;

	while (opts[n].name)
		n++;
	return n;
}

static const struct opt *find_opt(const struct opt *opts, int value)
{
	if (value >= LONG_BASE)
		return &opts[value - LONG_BASE];
	for (; opts->name; opts++)
		if (opts->letter == value)
			return opts;
	return NULL;
}

static struct option *long_rows(const struct opt *opts, size_t count)
{
	struct option *rows = mem_array(count + 2, sizeof(*rows));

	for (size_t i = 0; i < count; i++) {
		rows[i].name = opts[i].name;
		rows[i].has_arg = opts[i].kind == OPT_BOOL ? optional_argument
							   : required_argument;
		rows[i].val = LONG_BASE + (int)i;
	}
	rows[count].name = "help";
	rows[count].val = 'h';
	return rows;
}

static char *short_rows(const struct opt *opts)
{
	struct buf buf = BUF_INIT;

	buf_adds(&buf, ":h");
	for (; opts->name; opts++) {
		if (!opts->letter)
			continue;
		buf_addc(&buf, opts->letter);
		if (opts->kind != OPT_BOOL)
			buf_addc(&buf, ':');
	}
	return buf_steal(&buf);
}

static bool parse_bool(const char *text, bool *out)
{
	static const struct { const char *word; bool value; } words[] = {
		{ "true", true }, { "1", true }, { "t", true },
		{ "false", false }, { "0", false }, { "f", false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcasecmp(text, words[i].word) == 0) {
			*out = words[i].value;
			return true;
		}
	}
	return false;
}

static bool parse_number(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return !errno && end != text && *end == '\0';
}

/* "1.5g", "64 MiB", "100": a number, a unit of 1024s, as docker reads them. */
static bool parse_bytes(const char *text, int64_t *out)
{
	static const char units[] = "kmgtp";
	const char *unit;
	char *end;
	double value;

	if (text[strspn(text, "0123456789.")] == '\0' && !strchr(text, '.'))
		return parse_number(text, out);
	if (text[0] < '0' || text[0] > '9')
		return false;
	value = strtod(text, &end);
	if (text[strspn(text, "0123456789.")] != *end || end[-1] == '.')
		return false;
	end += *end == ' ';
	unit = *end ? strchr(units, *end | 0x20) : NULL;
	for (const char *at = units; unit && at <= unit; at++)
		value *= 1024;
	end += unit != NULL;
	end += *end == 'i' || *end == 'I';
	end += *end == 'b' || *end == 'B';
	*out = value < 9e18 ? (int64_t)value : INT64_MAX;
	return *end == '\0';
}

static void add_commas(struct strv *list, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, ",");

		if (len)
			strv_addn(list, text, len);
		text += len + (text[len] == ',');
	}
	list->set = true;
}

static bool set_value(const struct opt *opt, void *values, const char *text)
{
	void *field = (char *)values + opt->offset;

	switch (opt->kind) {
	case OPT_BOOL:
		if (text)
			return parse_bool(text, field);
		*(bool *)field = true;
		return true;
	case OPT_STRING:
		*(const char **)field = text;
		return true;
	case OPT_LIST:
		strv_add(field, text);
		return true;
	case OPT_COMMAS:
		add_commas(field, text);
		return true;
	case OPT_NUMBER:
		return parse_number(text, field);
	case OPT_BYTES:
		return parse_bytes(text, field);
	case OPT_BYTES_OR_NONE:
		if (strcmp(text, "-1") != 0)
			return parse_bytes(text, field);
		*(int64_t *)field = -1;
		return true;
	}
	return false;
}

/* Numbers in docker's words. */
static void bad_value(const struct verb *verb, const struct opt *opt)
{
	char letter[] = { '-', opt->letter, ',', ' ', '\0' };
	const char *also = opt->letter ? letter : "";

	if (opt->kind == OPT_NUMBER)
		usage_error(verb, "invalid argument \"%s\" for \"%s--%s\" "
			    "flag: strconv.ParseInt: parsing \"%s\": invalid "
			    "syntax", optarg, also, opt->name, optarg);
	else if (opt->kind == OPT_BYTES || opt->kind == OPT_BYTES_OR_NONE)
		usage_error(verb, "invalid argument \"%s\" for \"%s--%s\" "
			    "flag: invalid size: '%s'", optarg, also,
			    opt->name, optarg);
	else
		usage_error(verb, "invalid value '%s' for --%s", optarg,
			    opt->name);
}

/* 0 taken, 1 --help, -1 wrong (said). */
static int take(const struct verb *verb, int value, void *values, char **argv)
{
	const struct opt *opt;

	if (value == 'h' && !find_opt(verb->opts, 'h')) {
		opts_help(verb);
		return 1;
	}
	if (value == '?' || value == ':') {
		const char *word = argv[optind - 1];

		usage_error(verb, value == ':' ? "option '%s' needs a value"
					       : "unknown option '%s'", word);
		return -1;
	}
	opt = find_opt(verb->opts, value);
	if (!opt || set_value(opt, values, optarg))
		return opt ? 0 : -1;
	bad_value(verb, opt);
	return -1;
}

int opts_parse(const struct verb *verb, int argc, char **argv, void *values,
	       int *rest)
{
	AUTO_FREE struct option *rows = NULL;
	AUTO_FREE char *letters = short_rows(verb->opts);
	int value, rc = 0;

	rows = long_rows(verb->opts, count_opts(verb->opts));
	optind = 0; /* also resets glibc's permutation state */
	opterr = 0;
	while (rc == 0 &&
	       (value = getopt_long(argc, argv, letters, rows, NULL)) != -1)
		rc = take(verb, value, values, argv);
	*rest = optind;
	return rc;
}

void opts_help(const struct verb *verb)
{
	printf("Usage:  varve %s %s\n\n%s\n", verb->name, verb->synopsis,
	       verb->help);
	if (verb->opts->name)
		printf("\nOptions:\n");
	for (const struct opt *opt = verb->opts; opt->name; opt++) {
		char left[64], letter[4] = "   ";

		if (!opt->help)
			continue;
		if (opt->letter)
			snprintf(letter, sizeof(letter), "-%c,", opt->letter);
		snprintf(left, sizeof(left), "%s --%s%s%s", letter, opt->name,
			 opt->arg ? " " : "", opt->arg ? opt->arg : "");
		printf("  %-28s %s\n", left, opt->help);
	}
}

int usage_error(const struct verb *verb, const char *fmt, ...)
{
	va_list ap;

	fputs("varve: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nSee 'varve %s --help'.\n", verb->name);
	return 2;
}

int fail(const struct err *err)
{
	fflush(stdout);
	fprintf(stderr, "varve: %s\n", err->msg);
	return err_exit_code(err);
}
