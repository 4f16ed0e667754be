/* Knows image/overlay2/distribution: which blob a layer was (store.md 7.8). */
#include "store/distribution.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "store/inside.h"

#define DIFF_IDS "distribution/diffid-by-digest/sha256"
#define METADATA "distribution/v2metadata-by-diffid/sha256"
#define METADATA_MAX ((size_t)1 << 20)
#define ENTRIES_MAX 50
#define PATH_MAX_HERE (sizeof(METADATA) + 66)

static void path_of(char out[PATH_MAX_HERE], const char *folder,
		    const struct digest *digest)
{
	snprintf(out, PATH_MAX_HERE, "%s/%s", folder, DIGEST_HEX(digest));
}

/* The list as it is, or an empty one: a damaged file is written anew. */
static json_t *load_list(struct store *store, const char *path)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err ignored = ERR_INIT;
	json_t *list = NULL;

	if (store->image_fd >= 0 &&
	    fs_read(store->image_fd, path, METADATA_MAX, &text, &ignored) > 0)
		list = json_loadb(text.data ? text.data : "", text.len, 0,
				  NULL);
	if (json_is_array(list))
		return list;
	json_decref(list);
	return json_array();
}

static bool is_entry(const json_t *entry, const char *digest,
		     const char *repository)
{
	const char *a = json_string_value(json_object_get(entry, "Digest"));
	const char *b = json_string_value(
		json_object_get(entry, "SourceRepository"));

	return a && b && strcmp(a, digest) == 0 && strcmp(b, repository) == 0;
}

static int add_metadata(struct store *store, const struct digest *blob,
			const struct digest *diff_id, const char *repository,
			const char *hmac, struct err *err)
{
	AUTO_FREE char *text = NULL;
	char path[PATH_MAX_HERE];
	json_t *list;

	path_of(path, METADATA, diff_id);
	list = load_list(store, path);
	for (size_t i = json_array_size(list); i-- > 0;)
		if (is_entry(json_array_get(list, i), blob->text, repository))
			json_array_remove(list, i);
	while (json_array_size(list) >= ENTRIES_MAX)
		json_array_remove(list, 0);
	json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "Digest",
					      blob->text, "SourceRepository",
					      repository, "HMAC", hmac));
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	return store_publish(store, store->image_fd, path, text, strlen(text),
			     0644, err);
}

int store_remember_blob(struct store *store, const struct digest *blob,
			const struct digest *diff_id, const char *repository,
			const char *hmac, struct err *err)
{
	char path[PATH_MAX_HERE];

	if (store_writable(store, err) < 0 ||
	    fs_mkdir_p(store->image_fd, DIFF_IDS, 0700, err) < 0 ||
	    fs_mkdir_p(store->image_fd, METADATA, 0700, err) < 0)
		return -1;
	path_of(path, DIFF_IDS, blob);
	if (store_publish(store, store->image_fd, path, diff_id->text,
			  strlen(diff_id->text), 0644, err) < 0)
		return -1;
	return add_metadata(store, blob, diff_id, repository, hmac, err);
}

int store_known_blobs(struct store *store, const struct digest *diff_id,
		      struct known_blob **out, size_t *count, struct err *err)
{
	char path[PATH_MAX_HERE];
	json_t *list;

	(void)err;
	*out = NULL;
	*count = 0;
	path_of(path, METADATA, diff_id);
	list = load_list(store, path);
	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *entry = json_array_get(list, i);
		const char *digest = json_string_value(
			json_object_get(entry, "Digest"));
		const char *repository = json_string_value(
			json_object_get(entry, "SourceRepository"));
		struct known_blob blob;

		if (!digest || !repository ||
		    !digest_parse(digest, &blob.digest))
			continue;
		blob.repository = mem_strdup(repository);
		MEM_PUSH(*out, *count) = blob;
	}
	json_decref(list);
	return 0;
}

void known_blobs_free(struct known_blob *blobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(blobs[i].repository);
	free(blobs);
}
