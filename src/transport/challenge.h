/*
 * WWW-Authenticate (RFC 9110 section 11; distribution-spec token
 * authentication).
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

enum challenge_scheme { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER };
struct challenge {
	enum challenge_scheme scheme;
	char *realm, *service, *scope, *error; /* or NULL */
};
void challenge_release(struct challenge *challenge);
/*
 * The best of the challenges in the header's values: Bearer before Basic, the
 * first of each. Parameters stand in any order. What is not understood is
 * passed over: CHALLENGE_NONE if nothing is. out must be zeroed.
 */
void challenge_parse(const struct strv *values, struct challenge *out);
AUTO_DEFINE_IN_PLACE(struct challenge, challenge_release)
