/* varve pull: an image from a registry. */
#include <stdio.h>

#include "cli/image_flags.h"
#include "cli/registry_flags.h"
#include "cli/transfer.h"

static const struct opt opts[] = {
	REGISTRY_FLAG(0, "root", OPT_STRING, root, "DIR", "Root of the store"),
	REGISTRY_FLAG('a', "all-tags", OPT_BOOL, all, NULL,
		      "Pull all tags of the repository"),
	REGISTRY_FLAG(0, "platform", OPT_STRING, platform, "OS/ARCH",
		      "Pull the image of this platform"),
	REGISTRY_FLAG('q', "quiet", OPT_BOOL, quiet, NULL,
		      "Print the name only"),
	TRUST_ROW,
	REGISTRY_ROWS,
	OPT_END,
};

static int pull(const struct registry_flags *flags, const char *text,
		const struct transfer_options *options, struct err *err)
{
	AUTO(image_verb_end) struct store *store = NULL;
	struct digest id;

	if (registry_flags_store(flags, &store, err) < 0)
		return -1;
	return flags->all ? pull_all(store, text, options, err) :
			    pull_image(store, text, options, &id, err);
}

static int pull_named(const struct registry_flags *flags, const char *text,
		      struct err *err)
{
	AUTO(transfer_release) struct transfer transfer;
	AUTO(reference_release) struct reference ref = { 0 };
	struct transfer_options options = { .sink = transfer_show,
					    .arg = &transfer };
	AUTO_FREE char *full = NULL;
	struct platform platform;

	transfer_init(&transfer, stdout, flags->quiet);
	if (registry_flags_name(flags, text, &ref, err) < 0)
		return -1;
	if (flags->platform) {
		if (names_platform(flags->platform, &platform, err) < 0)
			return -1;
		options.platform = &platform;
	}
	registry_flags_fill(flags, ref.domain, &options.registry);
	if (pull(flags, text, &options, err) < 0)
		return -1;
	full = reference_full(&ref);
	puts(full);
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
		return usage_error(verb, "\"varve pull\" takes exactly 1 "
					 "argument");
	return pull_named(&flags, argv[rest], &err) < 0 ? fail(&err) : 0;
}

const struct verb verb_pull = {
	"pull", "[OPTIONS] NAME[:TAG|@DIGEST]",
	"Take an image from a registry.", opts, run,
};
