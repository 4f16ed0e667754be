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
 * A NUL cannot stand in a C string. In ours it stands as these bytes, which
 * no UTF-8 has; utf8_decode gives U+0000 for them.
 */
#define UTF8_NUL "\xff\xfe\xfd\x80"
void utf8_hide_nul(struct buf *out, struct span text); /* NUL to UTF8_NUL */
void utf8_show_nul(struct buf *out, struct span text); /* and back */
bool utf8_has_nul(const char *text);

/*
 * Decodes one character from s (len > 0). Returns its length in bytes (1 for
 * an invalid byte, with *rune = UTF8_BAD and *valid = false).
 */
size_t utf8_decode(const char *s, size_t len, uint32_t *rune, bool *valid);
bool utf8_is_valid(const char *text, size_t len);
void utf8_append(struct buf *buf, uint32_t rune); /* U+0000 as UTF8_NUL */
void utf8_chop(struct buf *buf); /* without its last character */

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
