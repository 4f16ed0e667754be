/* varve push: an image to a registry. */
#include <stdio.h>

#include "cli/image_flags.h"
#include "cli/registry_flags.h"
#include "cli/transfer.h"

static const struct opt opts[] = {
	REGISTRY_FLAG(0, "root", OPT_STRING, root, "DIR", "Root of the store"),
	REGISTRY_FLAG('a', "all-tags", OPT_BOOL, all, NULL,
		      "Push all tags of the repository"),
	REGISTRY_FLAG('q', "quiet", OPT_BOOL, quiet, NULL,
		      "Print the name only"),
	TRUST_ROW,
	REGISTRY_ROWS,
	OPT_END,
};

static int push(const struct registry_flags *flags, const char *text,
		struct err *err)
{
	AUTO(transfer_release) struct transfer transfer;
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	struct transfer_options options = { .sink = transfer_show,
					    .arg = &transfer };
	AUTO_FREE char *full = NULL;

	transfer_init(&transfer, stdout, flags->quiet);
	if (registry_flags_name(flags, text, &ref, err) < 0)
		return -1;
	registry_flags_fill(flags, ref.domain, &options.registry);
	if (registry_flags_store(flags, &store, err) < 0 ||
	    (flags->all ? push_all : push_image)(store, text, &options, err) <
	    0)
		return -1;
	if (flags->quiet) {
		full = reference_full(&ref);
		puts(full);
	}
	return 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(registry_flags_release) struct registry_flags flags =
		REGISTRY_FLAGS_INIT;
	struct err err = ERR_INIT;
	int rest, rc = opts_parse(verb, argc, argv, &flags, &rest);

	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (argc - rest != 1)
		return usage_error(verb, "\"varve push\" takes exactly 1 "
					 "argument");
	return push(&flags, argv[rest], &err) < 0 ? fail(&err) : 0;
}

const struct verb verb_push = {
	"push", "[OPTIONS] NAME[:TAG]",
	"Give an image to a registry.", opts, run,
};
