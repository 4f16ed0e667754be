/* varve import: an image of a root file system tar. */
#include <fcntl.h>
#include <stdio.h>

#include "cli/image_flags.h"
#include "engine/images.h"

static const struct opt opts[] = {
	ROOT_ROW,
	IMAGE_FLAG('c', "change", OPT_LIST, changes, "INSTRUCTION",
		   "Apply a Dockerfile instruction to the image"),
	IMAGE_FLAG('m', "message", OPT_STRING, message, "TEXT", "Comment"),
	OPT_END,
};

static int import(struct store *store, const struct image_flags *flags,
		  const char *file, const char *name, struct digest *id,
		  struct err *err)
{
	AUTO_FREE char *ref = NULL;
	AUTO_FD int fd = -1;

	if (name && image_verb_name(name, &ref, err) < 0)
		return -1;
	fd = image_verb_file(file, O_RDONLY, err);
	if (fd < 0)
		return -1;
	return images_import(store, fd, &flags->changes, flags->message, ref,
			     id, err);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	struct err err = ERR_INIT;
	struct digest id;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 1, 2, STORE_WRITE, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0 || import(store, &flags, argv[rest],
			     argc - rest > 1 ? argv[rest + 1] : NULL, &id,
			     &err) < 0)
		return fail(&err);
	puts(id.text);
	return 0;
}

const struct verb verb_import = {
	"import", "[OPTIONS] FILE|- [REPOSITORY[:TAG]]",
	"Make an image of a root file system tar.", opts, run,
};
