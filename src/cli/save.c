/* varve save: images into an archive that docker load takes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/image_flags.h"
#include "engine/images.h"

static const struct opt opts[] = {
	ROOT_ROW,
	IMAGE_FLAG('o', "output", OPT_STRING, output, "FILE",
		   "Write to FILE instead of standard output"),
	OPT_END,
};

static int save(struct store *store, const char *output,
		const struct strv *names, struct err *err)
{
	AUTO_FREE char *temporary = output ? mem_printf("%s.tmp", output) : NULL;
	AUTO_FD int fd = image_verb_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, err);

	if (fd < 0)
		return -1;
	if (images_save(store, names, fd, err) < 0) {
		if (temporary)
			unlink(temporary);
		return -1;
	}
	if (temporary && rename(temporary, output) < 0)
		return err_sys(err, errno, "cannot write '%s'", output);
	return 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	AUTO(strv_release) struct strv names = { 0 };
	struct err err = ERR_INIT;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 1, -1, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0)
		return fail(&err);
	if (!flags.output && isatty(1))
		return usage_error(verb, "cowardly refusing to save to a "
					 "terminal. Use the -o flag or "
					 "redirect");
	for (int i = rest; i < argc; i++)
		strv_add(&names, argv[i]);
	return save(store, flags.output, &names, &err) < 0 ? fail(&err) : 0;
}

const struct verb verb_save = {
	"save", "[OPTIONS] IMAGE [IMAGE...]",
	"Write images to an archive that docker load takes.", opts,
	run,
};
