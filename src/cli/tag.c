/* varve tag: gives an image a name. */
#include <stdio.h>

#include "cli/image_flags.h"

static const struct opt opts[] = { ROOT_ROW, OPT_END };

static int tag(struct store *store, char **names, struct err *err)
{
	AUTO_FREE char *ref = NULL;
	struct image *image;

	if (image_verb_find(store, names[0], &image, err) < 0 ||
	    image_verb_name(names[1], &ref, err) < 0)
		return -1;
	return store_tag(store, ref, &image->id, NULL, err);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	struct err err = ERR_INIT;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 2, 2, STORE_WRITE, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0 || tag(store, argv + rest, &err) < 0)
		return fail(&err);
	return 0;
}

const struct verb verb_tag = {
	"tag", "[OPTIONS] SOURCE[:TAG] TARGET[:TAG]",
	"Give an image a name.", opts, run,
};
