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

static bool parse_number(const char *text, bool bytes, int64_t *out)
{
	static const char units[] = "bkmgt";
	char *end;
	long long value;
	const char *unit;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || (bytes && value < 0 && value != -1))
		return false;
	if (bytes && *end) {
		char lower = (char)(*end | 0x20);

		unit = strchr(units, lower);
		if (!unit || (end[1] && strcasecmp(end + 1, "b") != 0))
			return false;
		for (; unit > units; unit--)
			if (__builtin_mul_overflow(value, 1024LL, &value))
				return false;
		end += strlen(end);
	}
	*out = value;
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
		return parse_number(text, false, field);
	case OPT_BYTES:
		return parse_number(text, true, field);
	}
	return false;
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
	usage_error(verb, "invalid value '%s' for --%s", optarg, opt->name);
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
