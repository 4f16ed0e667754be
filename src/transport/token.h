/* Private to this floor: what token servers and registries say in JSON. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define TOKEN_ANSWER_MAX ((size_t)1 << 20)

struct token {
	char *text;      /* or NULL */
	char *refresh;   /* an identity token; or NULL */
	int64_t seconds; /* it lasts: at least 60 */
};
void token_release(struct token *token);
AUTO_DEFINE_IN_PLACE(struct token, token_release)
int token_parse(struct span json, struct token *out, struct err *err);
/* "denied: requested access…" of the first error, or NULL; owned. */
char *token_error_text(struct span json);
/* Whether the first of these errors has that code: "DIGEST_INVALID". */
bool token_error_is(struct span json, const char *code);
/* "tags" of a tags/list answer. */
int token_tags(struct span json, struct strv *out, struct err *err);
