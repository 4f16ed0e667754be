/* Knows how a build gets the image that FROM names and that is not there. */
#include <string.h>

#include "base/mem.h"
#include "engine/distribute.h"
#include "engine/engine.h"

struct bringing {
	struct build *build;
	const struct step *step;
};

/* Docker shows them in the build's own output. */
static void on_transfer(void *arg, const struct transfer_event *event)
{
	const struct bringing *b = arg;
	AUTO_FREE char *line = NULL;

	if (event->total > 0)
		return;
	line = event->id ? mem_printf("%s: %s", event->id, event->status) :
			   mem_strdup(event->status);
	build_send(b->build, b->step,
		   (struct event){ .kind = EVENT_NOTE, .text = line });
}

int bring_base(void *arg, struct step *step, const char *name,
	       const char *platform, struct err *err)
{
	struct build *build = arg;
	struct bringing bringing = { build, step };
	struct platform wanted;
	struct transfer_options options = {
		.registry = { .delay_ms = REGISTRY_DELAY_MS,
			      .cancel_fd = build->options->cancel_fd },
		.sink = on_transfer,
		.arg = &bringing,
	};
	struct digest id;

	if (*platform) {
		if (names_platform(platform, &wanted, err) < 0)
			return -1;
		options.platform = &wanted;
	}
	build_announce(build, step);
	return pull_image(build->store, name, &options, &id, err);
}
