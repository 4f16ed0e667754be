/* Knows what registries were asked for plans, and what they answered. */
#include "cli/resolver.h"

#include <string.h>

#include "engine/distribute.h"

/* An image; or that there is none, in words. */
struct answer {
	char *name, *platform;
	struct digest id, manifest;
	struct buf config;
	char *none; /* or NULL */
};

struct resolver {
	struct answer **answers;
	size_t count;
};

static void answer_free(struct answer *answer)
{
	if (!answer)
		return;
	free(answer->name);
	free(answer->platform);
	buf_release(&answer->config);
	free(answer->none);
	free(answer);
}
AUTO_DEFINE(struct answer, answer_free)

struct resolver *resolver_new(void)
{
	return mem_alloc(sizeof(struct resolver));
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	for (size_t i = 0; i < resolver->count; i++)
		answer_free(resolver->answers[i]);
	free(resolver->answers);
	free(resolver);
}

/* That there is no such image is an answer, kept as others are; a network that
 * is down is an error, and asked again. */
static struct answer *ask(const char *name, const char *platform,
			  struct err *err)
{
	AUTO(answer_free) struct answer *answer = mem_alloc(sizeof(*answer));
	struct transfer_options options = {
		.registry = { .delay_ms = REGISTRY_DELAY_MS,
			      .cancel_fd = -1 },
	};
	struct platform wanted;

	answer->name = mem_strdup(name);
	answer->platform = mem_strdup(platform);
	if (*platform) {
		if (names_platform(platform, &wanted, err) < 0)
			return NULL;
		options.platform = &wanted;
	}
	if (resolve_image(name, &options, &answer->id, &answer->manifest,
			  &answer->config, err) == 0)
		return STEAL(answer);
	if (err->kind != ERR_NOT_FOUND)
		return NULL;
	answer->none = mem_strdup(err->msg);
	return STEAL(answer);
}

static const struct answer *answer_of(struct resolver *resolver,
				      const char *name, const char *platform,
				      struct err *err)
{
	struct answer *answer;

	for (size_t i = 0; i < resolver->count; i++) {
		answer = resolver->answers[i];
		if (strcmp(answer->name, name) == 0 &&
		    strcmp(answer->platform, platform) == 0)
			return answer;
	}
	answer = ask(name, platform, err);
	if (answer)
		MEM_PUSH(resolver->answers, resolver->count) = answer;
	return answer;
}

static int resolve(void *arg, const char *name, const char *platform,
		   struct digest *id, struct digest *manifest,
		   struct buf *config, struct err *err)
{
	const struct answer *answer = answer_of(arg, name, platform, err);

	if (!answer)
		return -1;
	if (answer->none)
		return err_set(err, ERR_NOT_FOUND, "%s", answer->none);
	buf_add(config, answer->config.data, answer->config.len);
	*id = answer->id;
	*manifest = answer->manifest;
	return 0;
}

void resolver_attend(struct resolver *resolver, struct plan_input *input)
{
	input->resolve = resolve;
	input->resolve_arg = resolver;
}
