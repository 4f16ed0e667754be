/* Knows how Go reads and prints durations and points in time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "spec/gofmt.h"

#define NSEC_PER_SEC INT64_C(1000000000)
#define DURATION_LIMIT (UINT64_C(1) << 63)

static const struct {
	const char *name;
	uint64_t nanoseconds;
} duration_units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 }, /* U+00B5, micro sign */
	{ "\xce\xbcs", 1000 }, /* U+03BC, Greek letter mu */
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", UINT64_C(60) * 1000000000 },
	{ "h", UINT64_C(3600) * 1000000000 },
};

/* time.quote, which knows no letters for control characters. */
static char *quoted(const char *text, size_t len)
{
	struct buf out = BUF_INIT;

	buf_addc(&out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x80 || c < ' ')
			buf_addf(&out, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			buf_addf(&out, "\\%c", c);
		else
			buf_addc(&out, (char)c);
	}
	buf_addc(&out, '"');
	return buf_steal(&out);
}

static int bad_duration(const char *text, struct err *err)
{
	AUTO_FREE char *quote = quoted(text, strlen(text));

	return err_set(err, ERR_INPUT, "time: invalid duration %s", quote);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* false: larger than a duration can be. */
static bool whole_part(const char **at, uint64_t *out)
{
	uint64_t value = 0;

	for (; is_digit(**at); (*at)++) {
		if (value > DURATION_LIMIT / 10)
			return false;
		value = value * 10 + (uint64_t)(**at - '0');
		if (value > DURATION_LIMIT)
			return false;
	}
	*out = value;
	return true;
}

/* Digits that no longer fit are dropped, not refused. */
static void fraction_part(const char **at, uint64_t *out, double *scale)
{
	uint64_t value = 0;
	bool full = false;

	*scale = 1;
	for (; is_digit(**at); (*at)++) {
		full = full || value > (DURATION_LIMIT - 1) / 10 ||
		       value * 10 + (uint64_t)(**at - '0') > DURATION_LIMIT;
		if (full)
			continue;
		value = value * 10 + (uint64_t)(**at - '0');
		*scale *= 10;
	}
	*out = value;
}

static int unit_part(const char *text, const char **at, uint64_t *out,
		     struct err *err)
{
	size_t len = strcspn(*at, ".0123456789");
	AUTO_FREE char *all = quoted(text, strlen(text));
	AUTO_FREE char *unit = quoted(*at, len);

	if (len == 0)
		return err_set(err, ERR_INPUT,
			       "time: missing unit in duration %s", all);
	for (size_t i = 0;
	     i < sizeof(duration_units) / sizeof(*duration_units); i++)
		if (span_equal((struct span){ *at, len },
			       duration_units[i].name)) {
			*at += len;
			*out = duration_units[i].nanoseconds;
			return 0;
		}
	return err_set(err, ERR_INPUT, "time: unknown unit %s in duration %s",
		       unit, all);
}

/* One "number unit" of a duration. */
static int duration_part(const char *text, const char **at, uint64_t *out,
			 struct err *err)
{
	const char *start = *at;
	uint64_t whole, fraction = 0, unit = 1;
	double scale = 1;
	size_t digits;

	if (!whole_part(at, &whole))
		return bad_duration(text, err);
	digits = (size_t)(*at - start);
	if (**at == '.') {
		start = ++*at;
		fraction_part(at, &fraction, &scale);
		digits += (size_t)(*at - start);
	}
	if (digits == 0)
		return bad_duration(text, err);
	if (unit_part(text, at, &unit, err) < 0)
		return -1;
	if (whole > DURATION_LIMIT / unit)
		return bad_duration(text, err);
	whole *= unit;
	if (fraction > 0)
		whole += (uint64_t)((double)fraction * ((double)unit / scale));
	if (whole > DURATION_LIMIT)
		return bad_duration(text, err);
	*out = whole;
	return 0;
}

int gofmt_duration_parse(const char *text, int64_t *out, struct err *err)
{
	const char *at = text;
	bool negative = *at == '-';
	uint64_t sum = 0, part = 0;

	if (*at == '-' || *at == '+')
		at++;
	if (strcmp(at, "0") == 0) {
		*out = 0;
		return 0;
	}
	if (*at == '\0')
		return bad_duration(text, err);
	while (*at) {
		if (duration_part(text, &at, &part, err) < 0)
			return -1;
		sum += part;
		if (sum > DURATION_LIMIT)
			return bad_duration(text, err);
	}
	if (!negative && sum == DURATION_LIMIT)
		return bad_duration(text, err);
	*out = negative ? (int64_t)(0 - sum) : (int64_t)sum;
	return 0;
}

/* "whole[.fraction]" of value / 10^decimals, no zeros at the end. */
static void add_decimal(struct buf *out, uint64_t value, int decimals)
{
	uint64_t scale = 1;

	for (int i = 0; i < decimals; i++)
		scale *= 10;
	buf_addf(out, "%" PRIu64, value / scale);
	value %= scale;
	if (value == 0)
		return;
	while (value % 10 == 0) {
		value /= 10;
		decimals--;
	}
	buf_addf(out, ".%0*" PRIu64, decimals, value);
}

static void add_below_second(struct buf *out, uint64_t value)
{
	static const struct {
		uint64_t below;
		int decimals;
		const char *unit;
	} units[] = {
		{ 1, 0, "s" },
		{ 1000, 0, "ns" },
		{ 1000000, 3, "\xc2\xb5s" },
		{ 1000000000, 6, "ms" },
	};
	size_t i = 0;

	while (value >= units[i].below)
		i++;
	add_decimal(out, value, units[i].decimals);
	buf_adds(out, units[i].unit);
}

void gofmt_duration(struct buf *out, int64_t nanoseconds)
{
	uint64_t value = (uint64_t)nanoseconds, minutes;

	if (nanoseconds < 0) {
		buf_addc(out, '-');
		value = 0 - value;
	}
	if (value < (uint64_t)NSEC_PER_SEC) {
		add_below_second(out, value);
		return;
	}
	minutes = value / 60 / (uint64_t)NSEC_PER_SEC;
	value -= minutes * 60 * (uint64_t)NSEC_PER_SEC;
	if (minutes >= 60)
		buf_addf(out, "%" PRIu64 "h", minutes / 60);
	if (minutes > 0)
		buf_addf(out, "%" PRIu64 "m", minutes % 60);
	add_decimal(out, value, 9);
	buf_addc(out, 's');
}

void gofmt_time(struct moment when, char out[40])
{
	time_t sec = when.sec;
	struct tm tm;
	int len;

	if (!when.set || !gmtime_r(&sec, &tm) || tm.tm_year < -1900 ||
	    tm.tm_year > 8099) {
		strcpy(out, "0001-01-01T00:00:00Z");
		return;
	}
	len = snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ",
		       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		       tm.tm_hour, tm.tm_min, tm.tm_sec,
		       (int)(when.nsec % NSEC_PER_SEC));
	len--;
	while (out[len - 1] == '0')
		len--;
	if (out[len - 1] == '.')
		len--;
	strcpy(out + len, "Z");
}

/* What a time text says, before it is brought to UTC. */
struct time_text {
	int field[6];      /* year to second */
	const char *frac;  /* digits after the point, trailing zeros off */
	int frac_len;
	int zone_hour, zone_minute;
	char zone_sign;    /* '+' or '-'; 'Z' when there is no offset */
};

/* Takes exactly count digits. */
static bool number(const char **at, int count, int *out)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*at)++) {
		if (!is_digit(**at))
			return false;
		value = value * 10 + (**at - '0');
	}
	*out = value;
	return true;
}

static bool read_zone(const char **at, struct time_text *out)
{
	out->zone_hour = out->zone_minute = 0;
	out->zone_sign = *(*at)++;
	if (out->zone_sign == 'Z')
		return true;
	if (out->zone_sign != '+' && out->zone_sign != '-')
		return false;
	if (!number(at, 2, &out->zone_hour) || *(*at)++ != ':' ||
	    !number(at, 2, &out->zone_minute) || out->zone_hour > 24 ||
	    out->zone_minute > 59)
		return false;
	if (out->zone_hour == 0 && out->zone_minute == 0)
		out->zone_sign = 'Z';
	return true;
}

static bool in_range(const int *field)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };
	int year = field[0], month = field[1];
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month >= 1 && month <= 12 && field[2] >= 1 &&
	       field[2] <= days[month - 1] + (leap && month == 2) &&
	       field[3] < 24 && field[4] < 60 && field[5] < 60;
}

static bool read_time(const char *text, struct time_text *out)
{
	static const char after[] = "--T::";

	for (int i = 0; i < 6; i++) {
		if (!number(&text, i == 0 ? 4 : 2, &out->field[i]))
			return false;
		if (i < 5 && *text++ != after[i])
			return false;
	}
	out->frac_len = 0;
	if (*text == '.' || *text == ',') {
		out->frac = ++text;
		while (is_digit(*text))
			text++;
		if (text == out->frac)
			return false;
		out->frac_len = text - out->frac < 9 ? (int)(text - out->frac)
						     : 9;
		while (out->frac_len > 0 && out->frac[out->frac_len - 1] == '0')
			out->frac_len--;
	}
	return in_range(out->field) && read_zone(&text, out) && *text == '\0';
}

bool gofmt_time_parse(const char *text, struct moment *out)
{
	struct time_text t;
	struct tm tm = { 0 };
	int64_t offset;
	int32_t nsec = 0;

	if (!read_time(text, &t))
		return false;
	tm.tm_year = t.field[0] - 1900;
	tm.tm_mon = t.field[1] - 1;
	tm.tm_mday = t.field[2];
	tm.tm_hour = t.field[3];
	tm.tm_min = t.field[4];
	tm.tm_sec = t.field[5];
	for (int i = 0; i < 9; i++)
		nsec = nsec * 10 + (i < t.frac_len ? t.frac[i] - '0' : 0);
	offset = (t.zone_hour * 60 + t.zone_minute) * INT64_C(60);
	out->sec = timegm(&tm) - (t.zone_sign == '-' ? -offset : offset);
	out->nsec = nsec;
	out->set = true;
	return true;
}

bool gofmt_time_normal(const char *text, char out[40])
{
	struct time_text t;
	int len;

	if (!read_time(text, &t))
		return false;
	len = snprintf(out, 40, "%.19s%s%.*s", text, t.frac_len ? "." : "",
		       t.frac_len, t.frac_len ? t.frac : "");
	if (t.zone_sign == 'Z')
		strcpy(out + len, "Z");
	else
		snprintf(out + len, 40 - (size_t)len, "%c%02d:%02d",
			 t.zone_sign, t.zone_hour, t.zone_minute);
	return true;
}

struct moment gofmt_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct moment){ now.tv_sec, (int32_t)now.tv_nsec, true };
}

int gofmt_time_compare(struct moment a, struct moment b)
{
	if (a.set != b.set)
		return a.set ? 1 : -1;
	if (a.sec != b.sec)
		return a.sec < b.sec ? -1 : 1;
	return (a.nsec > b.nsec) - (a.nsec < b.nsec);
}
