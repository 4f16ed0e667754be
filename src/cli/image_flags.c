/* Knows how the verbs on images begin: options, operands, store, warnings. */
#include "cli/image_flags.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "engine/mirror.h"
#include "engine/place.h"
#include "sandbox/userns.h"
#include "spec/reference.h"

void image_flags_release(struct image_flags *flags)
{
	strv_release(&flags->changes);
	strv_release(&flags->filters);
	strv_release(&flags->kinds);
}

bool image_flags_json(const struct image_flags *flags)
{
	return flags->format && strcmp(flags->format, "json") == 0;
}

static int check_format(const struct verb *verb,
			const struct image_flags *flags)
{
	const char *format = flags->format;

	if (!format || strcmp(format, "json") == 0 ||
	    strcmp(format, "table") == 0 || strcmp(format, "text") == 0 ||
	    (verb == &verb_diff && strcmp(format, "docker") == 0))
		return 0;
	return usage_error(verb, "invalid value '%s' for --format: table or "
				 "json", format);
}

void image_verb_end(struct store *store)
{
	const struct strv *warnings;

	if (!store)
		return;
	warnings = store_warnings(store);

	for (size_t i = 0; i < warnings->count; i++)
		fprintf(stderr, "varve: warning: %s\n", warnings->items[i]);
	store_free(store);
}

/* "varve history oci:dir:tag": the only operand says where, too. */
static const char *place_of(const struct image_flags *flags,
			    enum store_mode mode, int count, char **operands)
{
	return !flags->root && mode == STORE_READ && count == 1 &&
	       location_is_transport(operands[0]) ? operands[0] : flags->root;
}

static int open_store(const char *place, enum store_mode mode,
		      struct store **store, struct err *err)
{
	AUTO_FREE char *given = place ? mem_strdup(place) :
					store_default_root();
	AUTO_FREE char *root = NULL;

	if (mode == STORE_WRITE && location_is_transport(given))
		return err_set(err, ERR_USAGE, "'%s' is read, not changed; "
			       "varve copy takes images from it", given);
	if (place_root(given, &root, err) < 0)
		return -1;
	/* Layers of an ordinary user belong to subordinate ids. */
	if (mode == STORE_WRITE && userns_enter(err) < 0)
		return -1;
	if (store_open(root, mode, store, err) < 0)
		return -1;
	if (mode == STORE_WRITE && store_is_mirror(*store))
		return err_set(err, ERR_DENIED, "'%s' repeats what a docker "
			       "daemon has: it is read, not changed", root);
	mirror_attend(*store);
	return 0;
}

int image_verb_start(const struct verb *verb, int argc, char **argv, int min,
		     int max, enum store_mode mode, struct image_flags *flags,
		     int *rest, struct store **store, struct err *err)
{
	int rc = opts_parse(verb, argc, argv, flags, rest), operands;

	if (rc != 0)
		return rc > 0 ? 1 : 2;
	operands = argc - *rest;
	if (operands < min || (max >= 0 && operands > max))
		return usage_error(verb, "\"varve %s\" takes %s: varve %s %s",
				   verb->name,
				   operands < min ? "more arguments"
						  : "fewer arguments",
				   verb->name, verb->synopsis);
	if (check_format(verb, flags))
		return 2;
	return open_store(place_of(flags, mode, operands, argv + *rest), mode,
			  store, err);
}

static int find_only(struct store *store, const char *place,
		     struct image **out, struct err *err)
{
	struct image *const *images;
	size_t count;

	if (store_images(store, &images, &count, err) < 0)
		return -1;
	if (count != 1)
		return err_set(err, ERR_NOT_FOUND, "name one of the %zu images "
			       "in '%s'", count, place);
	*out = images[0];
	return 0;
}

int image_verb_find(struct store *store, const char *text, struct image **out,
		    struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO_FREE char *in_place = place_image(text);
	AUTO_FREE char *familiar = NULL;
	const char *name = in_place ? in_place : text;
	struct err parse = ERR_INIT;
	int found;

	if (!in_place && location_is_transport(text))
		return find_only(store, text, out, err);
	found = store_find(store, name, out, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	if (reference_parse(name, &ref, &parse) < 0)
		return err_set(err, ERR_NOT_FOUND, "No such image: %s", name);
	reference_default_tag(&ref);
	familiar = reference_familiar(&ref);
	return err_set(err, ERR_NOT_FOUND, "No such image: %s", familiar);
}

void image_verb_lines(const struct strv *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		puts(lines->items[i]);
}

int image_verb_name(const char *text, char **out, struct err *err)
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

int image_verb_file(const char *name, int flags, struct err *err)
{
	int fd;

	if (!name || strcmp(name, "-") == 0)
		return fcntl(flags & O_CREAT ? 1 : 0, F_DUPFD_CLOEXEC, 3);
	fd = open(name, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, errno, "cannot open '%s'", name);
	return fd;
}
