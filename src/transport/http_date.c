/* Knows how dates look in HTTP headers: today's format and two old ones. */
#include "transport/http_date.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char *const days[] = { "Sunday",	"Monday", "Tuesday",
				    "Wednesday", "Thursday", "Friday",
				    "Saturday", NULL };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
				      "Jun", "Jul", "Aug", "Sep", "Oct",
				      "Nov", "Dec", NULL };

/* Takes one of the names (its first len letters, 0 = all); -1 if none fits. */
static int take_name(const char **text, const char *const *names, size_t len)
{
	for (int i = 0; names[i]; i++) {
		size_t n = len ? len : strlen(names[i]);

		if (strncasecmp(*text, names[i], n) == 0) {
			*text += n;
			return i;
		}
	}
	return -1;
}

static int take_number(const char **text, int digits)
{
	int n = 0;

	for (int i = 0; i < digits; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		n = n * 10 + (**text - '0');
	}
	return n;
}

/*
 * A format of: D long day, d short day, n day of the month, _ the same with a
 * blank for its first digit, m month, Y and y the year, t the time, Z a zone;
 * all else stands for itself.
 */
static bool take(const char **text, char c, struct tm *tm)
{
	switch (c) {
	case 'D':
		return take_name(text, days, 0) >= 0;
	case 'd':
		return take_name(text, days, 3) >= 0;
	case '_':
		if (**text != ' ')
			return take(text, 'n', tm);
		++*text;
		tm->tm_mday = take_number(text, 1);
		return tm->tm_mday > 0;
	case 'n':
		tm->tm_mday = take_number(text, 2);
		return tm->tm_mday > 0;
	case 'm':
		tm->tm_mon = take_name(text, months, 0);
		return tm->tm_mon >= 0;
	case 'Y':
		tm->tm_year = take_number(text, 4) - 1900;
		return tm->tm_year >= -1900;
	case 'y':
		tm->tm_year = take_number(text, 2);
		if (tm->tm_year >= 0 && tm->tm_year < 69)
			tm->tm_year += 100;
		return tm->tm_year >= 0;
	case 'h':
		tm->tm_hour = take_number(text, 2);
		return tm->tm_hour >= 0 && tm->tm_hour < 24;
	case 'i':
		tm->tm_min = take_number(text, 2);
		return tm->tm_min >= 0 && tm->tm_min < 60;
	case 's':
		tm->tm_sec = take_number(text, 2);
		return tm->tm_sec >= 0 && tm->tm_sec < 60;
	default:
		return *(*text)++ == c;
	}
}

static bool matches(const char *text, const char *format, struct tm *tm)
{
	struct tm same;

	*tm = (struct tm){ 0 };
	for (; *format; format++)
		if (!*text || !take(&text, *format, tm))
			return false;
	same = *tm;
	/* The 31st of June is no date. */
	return !*text && timegm(&same) != -1 && same.tm_mday == tm->tm_mday;
}

struct moment http_date_parse(const char *text)
{
	static const char *const formats[] = {
		"d, n m Y h:i:s GMT", /* IMF-fixdate */
		"D, n-m-y h:i:s GMT", /* RFC 850 */
		"d m _ h:i:s Y",      /* C's asctime() */
	};
	struct tm tm;

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (matches(text, formats[i], &tm))
			return (struct moment){ .sec = timegm(&tm),
						.set = true };
	return (struct moment){ 0 };
}
