/*
 * Text as Go sees it: UTF-8 decoding with U+FFFD for each bad byte, and the
 * character classes that Docker's parsers use (classic-builder.md 0.1, 0.2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define UTF8_BAD 0xfffd

/*
 * Decodes one character from s (len > 0). Returns its length in bytes (1 for
 * an invalid byte, with *rune = UTF8_BAD and *valid = false).
 */
size_t utf8_decode(const char *s, size_t len, uint32_t *rune, bool *valid);
void utf8_append(struct buf *buf, uint32_t rune);

bool utf8_is_space(uint32_t rune);  /* "US": Go's unicode.IsSpace */
bool utf8_is_letter(uint32_t rune); /* unicode.IsLetter */
bool utf8_is_digit(uint32_t rune);  /* unicode.IsDigit */
bool utf8_is_print(uint32_t rune);  /* strconv.IsPrint */
bool utf8_is_blank(char c);         /* "AS": \t \v \f \r and space */

/* Go's strings.ToLower and ToUpper: one to one, bad bytes become U+FFFD. */
void utf8_lower(struct buf *out, struct span text);
void utf8_upper(struct buf *out, struct span text);

struct span utf8_trim(struct span text);       /* US on both ends */
struct span utf8_trim_left(struct span text);
