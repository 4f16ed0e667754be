/* Knows the ways out of a plan that ends at an image to be pulled. */
#include "view/way.h"

#include <string.h>

/* One way: what is done, and what it brings. */
static void way(struct rows *out, const struct step *step,
		const struct plan_view *view, int indent, const char *what,
		const char *brings)
{
	struct flow flow = { .rows = out, .link = step->n,
			     .indent = indent, .width = view->width };

	flow_words(&flow, STYLE_KEY, what);
	flow_words(&flow, STYLE_DIM, brings);
}

/* "varve pull --root DIR": the root where it is not the default one. */
static char *own_verb(const char *verb, const struct plan_view *view)
{
	AUTO_FREE char *usual = store_default_root();
	const char *root = store_root(view->into);
	struct buf words = BUF_INIT;

	buf_addf(&words, "varve %s", verb);
	if (strcmp(root, usual) != 0) {
		buf_adds(&words, " --root ");
		if (view->fixed)
			buf_addc(&words, '#');
		else
			buf_add_shell_word(&words, root);
	}
	return buf_steal(&words);
}

/* " --platform linux/arm64", where it is not the usual one. Owned. */
static char *platform_words(const struct step *step)
{
	return step->pull_platform ?
		       mem_printf(" --platform %s", step->pull_platform) :
		       mem_strdup("");
}

static void own_ways(struct rows *out, const struct step *step,
		     const struct plan_view *view, int indent)
{
	AUTO_FREE char *pull = own_verb("pull", view);
	AUTO_FREE char *copy = own_verb("copy", view);
	AUTO_FREE char *platform = platform_words(step);
	AUTO_FREE char *pulls = mem_printf("%s%s %s", pull, platform,
					   step->pull);
	AUTO_FREE char *copies = mem_printf("%s%s docker-daemon:%s %s", copy,
					    platform, step->pull, step->pull);

	way(out, step, view, indent, pulls, "brings it");
	way(out, step, view, indent, copies, "takes it from docker");
}

static void docker_way(struct rows *out, const struct step *step,
		       const struct plan_view *view, int indent)
{
	AUTO_FREE char *platform = platform_words(step);
	AUTO_FREE char *pull = mem_printf("docker pull%s %s", platform,
					  step->pull);

	way(out, step, view, indent, pull, "brings it");
}

static void ask_way(struct rows *out, const struct step *step,
		    const struct plan_view *view, int indent)
{
	AUTO_FREE char *verb = view->into ? own_verb("plan", view) :
					    mem_strdup("varve plan");
	AUTO_FREE char *words = mem_printf("%s --resolve", verb);

	way(out, step, view, indent, view->build_key ? words : "--resolve",
	    "plans on by what the registry tells");
}

void way_rows(const struct step *step, const struct plan_view *view,
	      int indent, struct rows *out)
{
	bool own = view->into && store_is_free(view->into);

	if (!step->pull || step->verdict != VERDICT_ERROR)
		return;
	if (view->build_key && *view->build_key && (own || view->in_daemon))
		way(out, step, view, indent, view->build_key,
		    "pulls it and builds");
	if (view->in_daemon)
		docker_way(out, step, view, indent);
	else if (own)
		own_ways(out, step, view, indent);
	ask_way(out, step, view, indent);
}
