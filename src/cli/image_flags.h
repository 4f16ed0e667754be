/* Options of the verbs that show or change images in a store. */
#pragma once

#include "cli/verb.h"
#include "store/store.h"

struct image_flags {
	const char *root, *format, *color, *input, *output, *message, *filter;
	struct strv changes, filters;
	/* of the verbs on files */
	const char *layer, *sort, *cat, *extract, *config, *match, *pack;
	struct strv kinds;
	int64_t min_size;
	bool only_changes, aggregate, ci;
	bool all, quiet, no_trunc, human, force, no_prune, digests, layers;
};

#define IMAGE_FLAG(l, n, k, field, a, h)                                       \
	{ l, n, k, offsetof(struct image_flags, field), a, h }
#define ROOT_ROW                                                               \
	IMAGE_FLAG(0, "root", OPT_STRING, root, "DIR", "Root of the store")
#define FORMAT_ROW                                                             \
	IMAGE_FLAG(0, "format", OPT_STRING, format, "table|json", "Output format")

/* Not for people: what a screen lets its worker write (store/pack.h). */
#define PACK_ROW IMAGE_FLAG(0, "pack", OPT_STRING, pack, "FILE", NULL)

void image_flags_release(struct image_flags *flags);
AUTO_DEFINE_IN_PLACE(struct image_flags, image_flags_release)

/*
 * The start of such a verb: options, number of operands (max -1: any), store.
 * 0 go on; 1 done (help); 2 usage. Failures to open set *err and return -1.
 */
int image_verb_start(const struct verb *verb, int argc, char **argv, int min,
		     int max, enum store_mode mode, struct image_flags *flags,
		     int *rest, struct store **store, struct err *err);
bool image_flags_json(const struct image_flags *flags);
/* 0, or -1 with docker's `No such image: x:latest`. A location, where it is
 * the only operand, names an image of its own root. */
int image_verb_find(struct store *store, const char *text, struct image **out,
		    struct err *err);
/* Says the store's warnings on standard error and frees it: what is damaged
 * is only found when it is looked at. */
void image_verb_end(struct store *store);
AUTO_DEFINE(struct store, image_verb_end)
/* Lines of output, each with its newline. */
void image_verb_lines(const struct strv *lines);
/* A name to give, made familiar (owned); docker's text when it cannot be one. */
int image_verb_name(const char *text, char **out, struct err *err);
/* A file, or with "-" or NULL the standard stream; a descriptor or -1. */
int image_verb_file(const char *name, int flags, struct err *err);
