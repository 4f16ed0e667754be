/* Knows what a registry tells of an image without any of its layers. */
#include <string.h>

#include "base/mem.h"
#include "engine/distribute.h"
#include "spec/reference.h"
#include "transport/image.h"

int resolve_image(const char *text, const struct transfer_options *options,
		  struct digest *id, struct digest *manifest_digest,
		  struct buf *config, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO(registry_free) struct registry *registry = NULL;
	AUTO(manifest_release) struct manifest manifest = { 0 };
	struct registry_options where = options->registry;
	AUTO(buf_release) struct buf bytes = BUF_INIT;
	AUTO_FREE char *type = NULL;

	if (reference_parse(text, &ref, err) < 0)
		return -1;
	if (!digest_is_set(&ref.digest))
		reference_default_tag(&ref);
	where.host = ref.domain;
	if (registry_open(&where, &registry, err) < 0)
		return -1;
	if (registry_image_manifest(registry, ref.path,
				    digest_is_set(&ref.digest) ?
				    ref.digest.text : ref.tag,
				    options->platform, &bytes, &type,
				    manifest_digest, err) < 0)
		return err->kind != ERR_NOT_FOUND ? -1 :
		       err_wrap(err, "manifest for %s not found", text);
	if (manifest_parse((struct span){ bytes.data, bytes.len }, type,
			   &manifest, err) < 0)
		return -1;
	if (manifest.is_index)
		return err_set(err, ERR_UNSUPPORTED, "an index within an "
			       "index");
	*id = manifest.config.digest;
	return registry_blob_bytes(registry, ref.path, &manifest.config,
				   IMAGE_CONFIG_MAX, config, err);
}
