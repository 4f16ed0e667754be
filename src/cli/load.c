/* varve load: images from an archive of docker save. */
#include <fcntl.h>
#include <unistd.h>

#include "cli/image_flags.h"
#include "engine/images.h"

static const struct opt opts[] = {
	ROOT_ROW,
	IMAGE_FLAG('i', "input", OPT_STRING, input, "FILE",
		   "Read from FILE instead of standard input"),
	IMAGE_FLAG('q', "quiet", OPT_BOOL, quiet, NULL, "Print less"),
	OPT_END,
};

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	AUTO(strv_release) struct strv lines = { 0 };
	AUTO_FD int fd = -1;
	struct err err = ERR_INIT;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 0, 0, STORE_WRITE, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0)
		return fail(&err);
	if (!flags.input && isatty(0))
		return usage_error(verb, "requested load from stdin, but stdin "
					 "is empty");
	fd = image_verb_file(flags.input, O_RDONLY, &err);
	if (fd < 0 || images_load(store, fd, &lines, &err) < 0) {
		image_verb_lines(&lines);
		return fail(&err);
	}
	image_verb_lines(&lines);
	return 0;
}

const struct verb verb_load = {
	"load", "[OPTIONS]",
	"Take images from an archive that docker save or varve save wrote.",
	opts, run,
};
