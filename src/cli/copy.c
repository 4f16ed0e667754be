/* varve copy: an image from one place to another. */
#include <stdio.h>

#include "cli/image_flags.h"
#include "cli/registry_flags.h"
#include "cli/transfer.h"
#include "engine/place.h"
#include "spec/reference.h"

static const struct opt opts[] = {
	REGISTRY_FLAG(0, "root", OPT_STRING, root, "DIR", "Root of the store"),
	REGISTRY_FLAG(0, "platform", OPT_STRING, platform, "OS/ARCH",
		      "Copy the image of this platform"),
	REGISTRY_FLAG('q', "quiet", OPT_BOOL, quiet, NULL,
		      "Do not show layers on their way"),
	REGISTRY_ROWS,
	OPT_END,
};

/* Only a registry has a host. */
static int fill(const struct registry_flags *flags,
		const struct location *location,
		const struct platform *platform, struct transfer *transfer,
		struct transfer_options *out, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };

	if (location->kind != LOCATION_REGISTRY)
		return 0;
	if (reference_parse(location->ref, &ref, err) < 0)
		return -1;
	registry_flags_fill(flags, ref.domain, &out->registry);
	out->registry.host = NULL; /* of ref, which goes */
	out->platform = platform;
	out->sink = transfer_show;
	out->arg = transfer;
	return 0;
}

static int copy(const struct registry_flags *flags, char **operands,
		struct err *err)
{
	AUTO_FREE char *root = flags->root ? mem_strdup(flags->root) :
					     store_default_root();
	AUTO(transfer_release) struct transfer transfer;
	AUTO(location_release) struct location from = { 0 };
	AUTO(location_release) struct location to = { 0 };
	struct place_options options = { .from = { .sink = NULL } };
	struct platform platform, *wanted = flags->platform ? &platform : NULL;

	transfer_init(&transfer, stderr, flags->quiet);
	if (location_parse(operands[0], &from, err) < 0 ||
	    location_parse(operands[1], &to, err) < 0 ||
	    (wanted && names_platform(flags->platform, wanted, err) < 0) ||
	    fill(flags, &from, wanted, &transfer, &options.from, err) < 0 ||
	    fill(flags, &to, NULL, &transfer, &options.to, err) < 0)
		return -1;
	if (place_copy(&from, &to, root, &options, err) < 0)
		return err_wrap(err, "cannot copy '%s' to '%s'", operands[0],
				operands[1]);
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
	if (argc - rest != 2)
		return usage_error(verb, "\"varve copy\" takes a source and a "
					 "destination");
	return copy(&flags, argv + rest, &err) < 0 ? fail(&err) : 0;
}

const struct verb verb_copy = {
	"copy", "[OPTIONS] SOURCE DESTINATION",
	"Copy an image between the store, registries, archives and layouts."
	"\n\n"
	"Both are written as skopeo writes them: a name in the store,\n"
	"docker://REF, docker-archive:FILE[:REF], oci:DIR[:REF],\n"
	"oci-archive:FILE[:REF]; "
	"a source may also be docker-daemon:REF,\n"
	"containers-storage:[REF] or docker-root:DIR[:REF].",
	opts, run,
};
