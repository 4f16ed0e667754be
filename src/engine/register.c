/* Knows how a layer from outside is taken in: unpacked unseen, measured, and
 * kept only if it is what it should be. */
#include "engine/register.h"

#include "spec/archive.h"
#include "spec/untar.h"

int register_layer(struct store *store, int fd, const struct digest *parent,
		   const struct digest *expected, struct digest *diff_id,
		   struct digest *chain, struct err *err)
{
	return register_layer_within(store, fd, 0, parent, expected, diff_id,
				     chain, err);
}

uint64_t register_limit(uint64_t blob_size)
{
	uint64_t limit = blob_size * REGISTER_GROWTH_MAX;

	return limit > REGISTER_GROWTH_FREE ? limit : REGISTER_GROWTH_FREE;
}

int register_layer_within(struct store *store, int fd, uint64_t limit,
			  const struct digest *parent,
			  const struct digest *expected,
			  struct digest *diff_id, struct digest *chain,
			  struct err *err)
{
	AUTO(archive_source_free) struct archive_source *source = NULL;
	AUTO(layer_draft_free) struct layer_draft *draft = NULL;
	AUTO(untar_free) struct untar *untar = NULL;
	struct unpack_options options = {
		.layer = true,
		.opaque_xattr = store_opaque_xattr(store),
	};
	struct layer_sums sums;
	uint64_t size;

	if (store_draft(store, parent, &draft, err) < 0)
		return -1;
	source = archive_source_fd(fd, err);
	if (!source)
		return -1;
	archive_source_limit(source, limit);
	untar = untar_new(source, layer_draft_split_fd(draft));
	if (untar_unpack(untar, layer_draft_diff_fd(draft), &options, &size,
			 err) < 0 ||
	    untar_finish(untar, &sums, err) < 0)
		return err_wrap(err, "Error processing tar file"
				"(exit status 1)");
	if (expected && !digest_equal(expected, &sums.diff_id))
		return err_set(err, ERR_INPUT, "expected %s, got %s",
			       expected->text, sums.diff_id.text);
	if (layer_draft_commit(draft, &sums.diff_id, size, chain, err) < 0)
		return -1;
	*diff_id = sums.diff_id;
	return 0;
}
