/* varve tag, rmi, import, load and save: the verbs that change a store, and
 * the archives that go in and out of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/image_flags.h"
#include "engine/images.h"
#include "spec/reference.h"

static void print_lines(const struct strv *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		puts(lines->items[i]);
}

/* A name to give, made familiar; docker's text when it cannot be one. */
static int familiar_name(const char *text, char **out, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };

	if (reference_parse(text, &ref, err) < 0)
		return err_wrap(err, "\"%s\" is not a valid repository/tag",
				text);
	if (digest_is_set(&ref.digest))
		return err_set(err, ERR_INPUT,
			       "refusing to create a tag with a digest "
			       "reference");
	reference_default_tag(&ref);
	*out = reference_familiar(&ref);
	return 0;
}

static const struct opt tag_opts[] = { ROOT_ROW, OPT_END };

static int tag(struct store *store, char **names, struct err *err)
{
	AUTO_FREE char *ref = NULL;
	struct image *image;

	if (image_verb_find(store, names[0], &image, err) < 0 ||
	    familiar_name(names[1], &ref, err) < 0)
		return -1;
	return store_tag(store, ref, &image->id, NULL, err);
}

static int run_tag(const struct verb *verb, int argc, char **argv)
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

static const struct opt rmi_opts[] = {
	ROOT_ROW,
	IMAGE_FLAG('f', "force", OPT_BOOL, force, NULL, "Force the removal"),
	IMAGE_FLAG(0, "no-prune", OPT_BOOL, no_prune, NULL,
		   "Keep untagged parents"),
	OPT_END,
};

static int run_rmi(const struct verb *verb, int argc, char **argv)
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
		print_lines(&removal.lines);
		strv_release(&removal.lines);
		if (rc < 0)
			code = fail(&err);
	}
	return code;
}

/* "-" or nothing is the standard stream. */
static int open_file(const char *name, int flags, struct err *err)
{
	int fd;

	if (!name || strcmp(name, "-") == 0)
		return fcntl(flags & O_CREAT ? 1 : 0, F_DUPFD_CLOEXEC, 3);
	fd = open(name, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, errno, "cannot open '%s'", name);
	return fd;
}

static const struct opt import_opts[] = {
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

	if (name && familiar_name(name, &ref, err) < 0)
		return -1;
	fd = open_file(file, O_RDONLY, err);
	if (fd < 0)
		return -1;
	return images_import(store, fd, &flags->changes, flags->message, ref,
			     id, err);
}

static int run_import(const struct verb *verb, int argc, char **argv)
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

static const struct opt load_opts[] = {
	ROOT_ROW,
	IMAGE_FLAG('i', "input", OPT_STRING, input, "FILE",
		   "Read from FILE instead of standard input"),
	IMAGE_FLAG('q', "quiet", OPT_BOOL, quiet, NULL, "Print less"),
	OPT_END,
};

static int run_load(const struct verb *verb, int argc, char **argv)
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
	fd = open_file(flags.input, O_RDONLY, &err);
	if (fd < 0 || images_load(store, fd, &lines, &err) < 0) {
		print_lines(&lines);
		return fail(&err);
	}
	print_lines(&lines);
	return 0;
}

static const struct opt save_opts[] = {
	ROOT_ROW,
	IMAGE_FLAG('o', "output", OPT_STRING, output, "FILE",
		   "Write to FILE instead of standard output"),
	OPT_END,
};

static int save(struct store *store, const char *output,
		const struct strv *names, struct err *err)
{
	AUTO_FREE char *temporary = output ? mem_printf("%s.tmp", output) : NULL;
	AUTO_FD int fd = open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, err);

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

static int run_save(const struct verb *verb, int argc, char **argv)
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

const struct verb verb_tag = {
	"tag", "[OPTIONS] SOURCE[:TAG] TARGET[:TAG]",
	"Give an image a name.", tag_opts, run_tag,
};
const struct verb verb_rmi = {
	"rmi", "[OPTIONS] IMAGE [IMAGE...]",
	"Remove names and images nobody needs any more.", rmi_opts, run_rmi,
};
const struct verb verb_import = {
	"import", "[OPTIONS] FILE|- [REPOSITORY[:TAG]]",
	"Make an image of a root file system tar.", import_opts, run_import,
};
const struct verb verb_load = {
	"load", "[OPTIONS]",
	"Take images from an archive that docker save or varve save wrote.",
	load_opts, run_load,
};
const struct verb verb_save = {
	"save", "[OPTIONS] IMAGE [IMAGE...]",
	"Write images to an archive that docker load takes.", save_opts,
	run_save,
};
