/* varve copy: an image from one place to another. */
#include <stdio.h>

#include "cli/image_flags.h"
#include "engine/place.h"

static const struct opt opts[] = {
	ROOT_ROW,
	OPT_END,
};

static int copy(const char *root, char **operands, struct err *err)
{
	AUTO(location_release) struct location from = { 0 };
	AUTO(location_release) struct location to = { 0 };

	if (location_parse(operands[0], &from, err) < 0 ||
	    location_parse(operands[1], &to, err) < 0)
		return -1;
	if (place_copy(&from, &to, root, err) < 0)
		return err_wrap(err, "cannot copy '%s' to '%s'", operands[0],
				operands[1]);
	return 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO_FREE char *root = NULL;
	struct err err = ERR_INIT;
	int rest, rc = opts_parse(verb, argc, argv, &flags, &rest);

	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (argc - rest != 2)
		return usage_error(verb, "\"varve copy\" takes a source and a "
					 "destination");
	root = flags.root ? mem_strdup(flags.root) : store_default_root();
	return copy(root, argv + rest, &err) < 0 ? fail(&err) : 0;
}

const struct verb verb_copy = {
	"copy", "[OPTIONS] SOURCE DESTINATION",
	"Copy an image between the store, archives and layouts.\n\n"
	"Both are written as skopeo writes them: a name in the store,\n"
	"docker-archive:FILE[:REF], oci:DIR[:REF], oci-archive:FILE[:REF];\n"
	"a source may also be containers-storage:[REF] or "
	"docker-root:DIR[:REF].",
	opts, run,
};
