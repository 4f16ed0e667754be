/*
 * Image references (store.md 7.1). familiar = "alpine:latest", full =
 * "docker.io/library/alpine:latest".
 */
#pragma once

#include "base/err.h"
#include "spec/digest.h"

struct reference {
	char *domain; /* "docker.io" */
	char *path;   /* "library/alpine" */
	char *tag;    /* or NULL */
	struct digest digest; /* or unset */
};
void reference_release(struct reference *ref);
/* Docker's own texts on failure ("invalid reference format", …). No tag and
 * no digest stays so; call reference_default_tag. */
int reference_parse(const char *text, struct reference *out, struct err *err);
void reference_default_tag(struct reference *ref);
char *reference_name(const struct reference *ref);     /* familiar, no tag; owned */
char *reference_familiar(const struct reference *ref); /* with tag/digest; owned */
char *reference_full(const struct reference *ref);     /* owned */
AUTO_DEFINE_IN_PLACE(struct reference, reference_release)
