/*
 * Values as Go prints and reads them, where Docker's keys and messages hold
 * them: quoted strings, durations, times, sizes. (classic-builder.md 0.2, 0.3,
 * 8, 10.1.)
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "spec/config.h"

void gofmt_quote(struct buf *out, const char *text, size_t len);  /* %q */
void gofmt_quote_list(struct buf *out, const struct strv *list);  /* %q of []string */
void gofmt_quote_rune(struct buf *out, int64_t rune);             /* %q of an int */

/* strconv.Atoi: an optional sign and digits. false: not an int, or too big. */
bool gofmt_atoi(const char *text, long *out);

/* Durations in nanoseconds. -1: err holds `time: invalid duration "…"`. */
int gofmt_duration_parse(const char *text, int64_t *out, struct err *err);
void gofmt_duration(struct buf *out, int64_t nanoseconds);

/* RFC 3339 with up to 9 decimals, UTC, "Z"; out needs 40 bytes. */
void gofmt_time(struct moment when, char out[40]);
bool gofmt_time_parse(const char *text, struct moment *out); /* any offset */
/* The text as Go reads and writes it again: nine decimals at most, no zeros
 * at their end, an offset other than zero kept. false: not a time. */
bool gofmt_time_normal(const char *text, char out[40]);
struct moment gofmt_now(void);
int gofmt_time_compare(struct moment a, struct moment b); /* <0, 0, >0 */

/* Decimal sizes: precision 4 as in "3.072kB", 3 as in `docker images`. */
void gofmt_size(char out[32], double bytes, int precision);
/* "5 minutes ago"-style age in seconds, as `docker images` says it. */
void gofmt_age(char out[48], int64_t seconds);
