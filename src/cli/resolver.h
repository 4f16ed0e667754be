/*
 * What registries tell of images for plans (--resolve). A registry is asked
 * for a name once: many plans, of a text that is typed, ask no more than one.
 */
#pragma once

#include "plan/plan.h"

struct resolver;
struct resolver *resolver_new(void);
/* The plans of this input ask it; it must outlive them. */
void resolver_attend(struct resolver *resolver, struct plan_input *input);
void resolver_free(struct resolver *resolver);
AUTO_DEFINE(struct resolver, resolver_free)
