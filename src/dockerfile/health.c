/* Knows the types, durations and counts of HEALTHCHECK. */
#include <inttypes.h>
#include <string.h>

#include "dockerfile/check.h"
#include "spec/gofmt.h"

#define MINIMUM_INTERVAL 1000000 /* nanoseconds */

static bool is_none(const struct instr *instr)
{
	return instr->word_count > 0 &&
	       strcmp(instr->words[0].text, "NONE") == 0;
}

void check_health_none(struct checker *checker, struct instr *instr)
{
	if (is_none(instr) && instr->word_count > 1)
		check_fail(checker, instr->words[1].at,
			   "HEALTHCHECK NONE takes no arguments");
}

static void check_type(struct checker *checker, const struct instr *instr)
{
	AUTO(buf_release) struct buf quoted = BUF_INIT;
	const struct instr_word *type = &instr->words[0];

	if (strcmp(type->text, "CMD") == 0) {
		if (instr->word_count < 2)
			check_fail(checker, instr->at,
				   "Missing command after HEALTHCHECK CMD");
		return;
	}
	gofmt_quote(&quoted, type->text, strlen(type->text));
	check_fail(checker, type->at,
		   "Unknown type %s in HEALTHCHECK (try CMD)", quoted.data);
}

static const struct instr_flag *find_flag(const struct instr *instr,
					  const char *name)
{
	for (size_t i = 0; i < instr->flag_count; i++)
		if (strcmp(instr->flags[i].name, name) == 0 &&
		    instr->flags[i].value && *instr->flags[i].value)
			return &instr->flags[i];
	return NULL;
}

static int64_t read_interval(struct checker *checker,
			     const struct instr *instr, const char *name)
{
	const struct instr_flag *flag = find_flag(instr, name);
	struct err err = ERR_INIT;
	int64_t interval = 0;

	if (!flag)
		return 0;
	if (gofmt_duration_parse(flag->value, &interval, &err) < 0) {
		check_fail(checker, flag->at, "%s", err.msg);
		return 0;
	}
	if (interval < MINIMUM_INTERVAL) {
		check_fail(checker, flag->at,
			   "Interval \"%s\" cannot be less than 1ms", name);
		return 0;
	}
	return interval;
}

/*
 * strconv.ParseInt in base 10 with 32 bits: 0, or the reason. As there, a
 * number that is too large hides what is wrong behind it.
 */
static const char *parse_count(const char *text, int64_t *out)
{
	bool negative = *text == '-';
	int64_t n = 0;

	if (*text == '-' || *text == '+')
		text++;
	if (!*text)
		return "invalid syntax";
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return "invalid syntax";
		n = n * 10 + (*text - '0');
		if (n > UINT32_MAX)
			return "value out of range";
	}
	if (n > (negative ? (int64_t)INT32_MAX + 1 : INT32_MAX))
		return "value out of range";
	*out = negative ? -n : n;
	return NULL;
}

static int64_t read_retries(struct checker *checker, const struct instr *instr)
{
	AUTO(buf_release) struct buf quoted = BUF_INIT;
	const struct instr_flag *flag = find_flag(instr, "retries");
	const char *reason;
	int64_t count = 0;

	if (!flag)
		return 0;
	reason = parse_count(flag->value, &count);
	if (reason) {
		gofmt_quote(&quoted, flag->value, strlen(flag->value));
		check_fail(checker, flag->at, "strconv.ParseInt: parsing %s: %s",
			   quoted.data, reason);
		return 0;
	}
	if (count < 1) {
		check_fail(checker, flag->at,
			   "--retries must be at least 1 (not %" PRId64 ")",
			   count);
		return 0;
	}
	return count;
}

/* Docker looks at the flags of CMD only; those of NONE are dropped. */
void check_health_cmd(struct checker *checker, struct instr *instr)
{
	if (instr->word_count == 0 || is_none(instr))
		return;
	check_flags(checker, instr);
	check_type(checker, instr);
	instr->interval = read_interval(checker, instr, "interval");
	instr->timeout = read_interval(checker, instr, "timeout");
	instr->start_period = read_interval(checker, instr, "start-period");
	instr->retries = read_retries(checker, instr);
}
