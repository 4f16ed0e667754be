/* varve fsck: whether a store is whole. */
#include <stdio.h>

#include "cli/image_flags.h"
#include "store/fsck.h"

static const struct opt opts[] = {
	ROOT_ROW,
	IMAGE_FLAG(0, "layers", OPT_BOOL, layers, NULL,
		   "Also rebuild every layer tar and compare its digest"),
	OPT_END,
};

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	AUTO(strv_release) struct strv problems = { 0 };
	struct fsck_options options;
	struct err err = ERR_INIT;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 0, 0, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	options.layers = flags.layers;
	if (rc == 0)
		rc = store_fsck(store, &options, &problems, &err);
	if (rc < 0)
		return fail(&err);
	for (size_t i = 0; i < problems.count; i++)
		puts(problems.items[i]);
	if (rc > 0)
		return 1;
	puts("whole");
	return 0;
}

const struct verb verb_fsck = {
	"fsck", "[OPTIONS]",
	"Check that every image and layer of a store is whole.", opts, run,
};
