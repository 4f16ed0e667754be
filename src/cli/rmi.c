/* varve rmi: names go, and with the last of them the image. */
#include <stdio.h>

#include "cli/image_flags.h"

static const struct opt opts[] = {
	ROOT_ROW,
	IMAGE_FLAG('f', "force", OPT_BOOL, force, NULL, "Force the removal"),
	IMAGE_FLAG(0, "no-prune", OPT_BOOL, no_prune, NULL,
		   "Keep untagged parents"),
	OPT_END,
};

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	struct err err = ERR_INIT;
	int rest, rc, code = 0;

	rc = image_verb_start(verb, argc, argv, 1, -1, STORE_WRITE, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0)
		return fail(&err);
	for (int i = rest; i < argc; i++) {
		struct removal removal = { 0 };

		rc = store_remove(store, argv[i], flags.force, flags.no_prune,
				  &removal, &err);
		image_verb_lines(&removal.lines);
		strv_release(&removal.lines);
		if (rc < 0)
			code = fail(&err);
	}
	return code;
}

const struct verb verb_rmi = {
	"rmi", "[OPTIONS] IMAGE [IMAGE...]",
	"Remove names and images nobody needs any more.", opts, run,
};
