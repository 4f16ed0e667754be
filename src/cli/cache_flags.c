/* Knows the words of --cache-from and --cache-to for shared caches. */
#include <stdio.h>
#include <string.h>

#include "cli/build_flags.h"
#include "engine/cache.h"

/* "type=registry" "ref=x" "mode=max": what commas left of one value. */
struct cache_words {
	const char *type, *ref, *mode;
};

static bool take_word(const char *word, const char *key, const char **out)
{
	size_t len = strlen(key);

	if (strncmp(word, key, len) != 0 || word[len] != '=')
		return false;
	*out = word + len + 1;
	return true;
}

static int check_words(const struct cache_words *words, const char *flag,
		       struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };

	if (strcmp(words->type, "registry") != 0)
		return err_set(err, ERR_UNSUPPORTED, "%s: type '%s' is not "
			       "supported, only registry", flag, words->type);
	if (!words->ref || !*words->ref)
		return err_set(err, ERR_USAGE, "%s: type=registry needs "
			       "ref=REFERENCE", flag);
	if (words->mode && strcmp(words->mode, "min") != 0 &&
	    strcmp(words->mode, "max") != 0)
		return err_set(err, ERR_USAGE, "%s: mode is min or max, not "
			       "'%s'", flag, words->mode);
	if (cache_reference(words->ref, &ref, err) < 0) {
		err->kind = ERR_USAGE;
		return -1;
	}
	return 0;
}

/* Takes one value that begins at list[*at]; *at is past it then. */
static int next_words(const struct strv *list, size_t *at, const char *flag,
		      struct cache_words *out, struct err *err)
{
	*out = (struct cache_words){ NULL, NULL, NULL };
	take_word(list->items[(*at)++], "type", &out->type);
	while (*at < list->count &&
	       (take_word(list->items[*at], "ref", &out->ref) ||
		take_word(list->items[*at], "mode", &out->mode)))
		(*at)++;
	return check_words(out, flag, err);
}

/* What is no name of an image leaves the list. */
static int split_from(struct build_flags *flags, struct err *err)
{
	struct strv names = { 0 };
	struct cache_words words;
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && at < flags->cache_from.count) {
		const char *item = flags->cache_from.items[at];

		if (strncmp(item, "type=", 5) != 0) {
			strv_add(&names, item);
			at++;
			continue;
		}
		rc = next_words(&flags->cache_from, &at, "--cache-from",
				&words, err);
		if (rc == 0)
			strv_add(&flags->cache_refs, words.ref);
	}
	strv_release(&flags->cache_from);
	flags->cache_from = names;
	return rc;
}

static int split_to(struct build_flags *flags, struct err *err)
{
	struct cache_words words;

	for (size_t at = 0; at < flags->cache_to.count;) {
		if (strncmp(flags->cache_to.items[at], "type=", 5) != 0)
			return err_set(err, ERR_USAGE, "--cache-to: '%s' is "
				       "not type=registry,ref=REFERENCE",
				       flags->cache_to.items[at]);
		if (next_words(&flags->cache_to, &at, "--cache-to", &words,
			       err) < 0)
			return -1;
		MEM_PUSH(flags->cache_targets, flags->cache_target_count) =
			(struct cache_target){
				.ref = words.ref,
				.all_stages = words.mode &&
					      !strcmp(words.mode, "max") };
	}
	return 0;
}

int cache_flags_check(struct build_flags *flags, struct err *err)
{
	return split_from(flags, err) < 0 ? -1 : split_to(flags, err);
}

void cache_flags_release(struct build_flags *flags)
{
	strv_release(&flags->cache_to);
	strv_release(&flags->cache_refs);
	free(flags->cache_targets);
}

int build_flags_caches(const struct build_flags *flags, struct store *store,
		       int cancel_fd, struct plan_input *input,
		       struct cache_source **out, struct err *err)
{
	struct transfer_options options = {
		.registry = { .delay_ms = REGISTRY_DELAY_MS,
			      .cancel_fd = cancel_fd },
	};

	*out = NULL;
	if (!flags->cache_refs.count)
		return 0;
	if (cache_open(&flags->cache_refs, store, &options, out, err) < 0)
		return -1;
	input->shared = cache_shared(*out);
	cache_flags_warn(*out);
	return 0;
}

void cache_flags_warn(const struct cache_source *cache)
{
	const struct strv *warnings = cache ? cache_warnings(cache) : NULL;

	for (size_t i = 0; warnings && i < warnings->count; i++)
		fprintf(stderr, "varve: %s\n", warnings->items[i]);
}
