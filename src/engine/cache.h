/*
 * A registry as the cache of several machines (doc/cache.md): what
 * --cache-from and --cache-to of type=registry speak to.
 */
#pragma once

#include "engine/distribute.h"
#include "plan/plan.h"
#include "spec/reference.h"

#define CACHE_TAG_MAX 30 /* characters of the reference's tag */

/* ---- reading ---- */

struct cache_source;
/*
 * refs: "127.0.0.1:5000/team/cache:main". What cannot be asked is left out
 * with a warning: no cache is no failure. store: where images are brought to,
 * or NULL: they are only looked at.
 */
int cache_open(const struct strv *refs, struct store *store,
	       const struct transfer_options *options,
	       struct cache_source **out, struct err *err);
const struct shared_cache *cache_shared(const struct cache_source *cache);
/* What failed so far. */
const struct strv *cache_warnings(const struct cache_source *cache);
void cache_free(struct cache_source *cache);
AUTO_DEFINE(struct cache_source, cache_free)

/* ---- writing ---- */

struct cache_target {
	const char *ref;
	bool all_stages; /* mode=max */
};
/* All steps of a plan that was built whose images are in the store; what is
 * there is not sent again. */
int cache_write(struct store *store, const struct plan *plan,
		const struct cache_target *target,
		const struct transfer_options *options, struct err *err);

/* ---- names ---- */

/* "main-<key>-<64 digits>", owned. */
char *cache_tag(const char *tag, const char *key, const struct digest *id);
/* true: the tag is one of the cache, and these are its parts. */
bool cache_tag_parse(const char *text, const char *tag,
		     char key[SHARED_KEY_HEX + 1], struct digest *id);
int cache_reference(const char *text, struct reference *out,
		    struct err *err);
