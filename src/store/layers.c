/* Knows how layers lie on disk: layerdb's files, the overlay2 directory each
 * of them names, and the links between those (store.md 1.4, 1.5, 2). */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "spec/untar.h"
#include "store/inside.h"

/* ---- reading one ---- */

struct reader {
	struct store *store;
	int dir; /* of this layer in layerdb */
	const char *wrong; /* what is damaged, or NULL */
};

static int read_size(struct reader *reader, uint64_t *out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	int found = quiet_read(reader->dir, "size", SMALL_LIMIT, &text, err);
	uint64_t size = 0;

	if (found < 0)
		return -1;
	/* 19 digits fit. */
	if (!found || text.len == 0 || text.len > 19 ||
	    strspn(text.data, "0123456789") != text.len) {
		reader->wrong = "size";
		return 0;
	}
	for (const char *p = text.data; *p; p++)
		size = size * 10 + (uint64_t)(*p - '0');
	*out = size;
	return 0;
}

/* A name of one directory in overlay2; "l" holds the links. */
static bool is_cache_id(const char *name)
{
	return name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && strcmp(name, "l") != 0 &&
	       strlen(name) <= 255;
}

static int read_cache_id(struct reader *reader, char **out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	int found = quiet_read(reader->dir, "cache-id", SMALL_LIMIT, &text,
			       err);
	AUTO_FREE char *name = NULL;
	struct span span;

	if (found < 0)
		return -1;
	span = utf8_trim((struct span){ text.data, text.len });
	name = mem_strndup(span.ptr, span.len);
	if (!found || strlen(name) != span.len || !is_cache_id(name))
		reader->wrong = "cache-id";
	else
		*out = STEAL(name);
	return 0;
}

static int read_digests(struct reader *reader, struct layer *layer,
			struct err *err)
{
	struct digest chain;
	struct stat st;
	int diff = quiet_digest(reader->dir, "diff", false, &layer->diff_id,
				err);
	int parent = quiet_digest(reader->dir, "parent", false,
				  &layer->parent, err);

	if (diff < 0 || parent < 0)
		return -1;
	if (!diff)
		reader->wrong = "diff";
	else if (!parent && fstatat(reader->dir, "parent", &st, 0) == 0)
		reader->wrong = "parent";
	if (reader->wrong)
		return 0;
	digest_chain(&layer->parent, &layer->diff_id, &chain);
	if (!digest_equal(&chain, &layer->chain_id))
		reader->wrong = "name (it is not its chain ID)";
	return 0;
}

/* Never there on Linux, but dockerd drops a layer whose one is no JSON. */
static int check_descriptor(struct reader *reader, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	int found = quiet_read(reader->dir, "descriptor.json",
			       DESCRIPTOR_LIMIT, &text, err);
	json_t *root;

	if (found <= 0)
		return found;
	root = json_loadb(text.data ? text.data : "", text.len,
			  JSON_DISABLE_EOF_CHECK, NULL);
	if (!root)
		reader->wrong = "descriptor.json";
	json_decref(root);
	return 0;
}

static int read_files(struct reader *reader, struct layer *layer,
		      struct err *err)
{
	if (read_digests(reader, layer, err) < 0 || reader->wrong)
		return reader->wrong ? 0 : -1;
	if (read_size(reader, &layer->size, err) < 0 || reader->wrong)
		return reader->wrong ? 0 : -1;
	if (read_cache_id(reader, &layer->cache_id, err) < 0 || reader->wrong)
		return reader->wrong ? 0 : -1;
	return check_descriptor(reader, err);
}

/* ---- the table ---- */

static struct layer_entry *find_entry(const struct store *store,
				      const struct digest *chain)
{
	struct layer_entry *entry;

	HASH_FIND_STR(store->layers, chain->text, entry);
	return entry;
}

static void entry_free(struct layer_entry *entry)
{
	free(entry->layer.cache_id);
	free(entry);
}

void layer_table_forget(struct store *store, const struct digest *chain)
{
	struct layer_entry *entry = find_entry(store, chain);

	if (!entry)
		return;
	HASH_DEL(store->layers, entry);
	entry_free(entry);
}

void layer_table_release(struct store *store)
{
	struct layer_entry *entry, *next;

	HASH_ITER(hh, store->layers, entry, next) {
		HASH_DEL(store->layers, entry);
		entry_free(entry);
	}
}

static bool still_there(const struct reader *reader)
{
	struct stat st;

	return fstat(reader->dir, &st) == 0 && st.st_nlink > 0;
}

/* What stands below; its chain ID was part of ours, so this ends. */
static int join(struct store *store, struct layer_entry *entry,
		struct err *err)
{
	int found;

	entry->total = entry->layer.size;
	entry->depth = 1;
	if (!digest_is_set(&entry->layer.parent))
		return 0;
	found = layer_table_get(store, &entry->layer.parent, &entry->parent,
				err);
	if (found < 0)
		return -1;
	entry->bad = !found;
	if (found) {
		entry->total += entry->parent->total;
		entry->depth += entry->parent->depth;
	}
	return 0;
}

static int load(struct store *store, const struct digest *chain,
		struct layer_entry **out, struct err *err)
{
	AUTO_FD int dir = quiet_open(store->layerdb_fd, DIGEST_HEX(chain),
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	struct reader reader = { .store = store, .dir = dir };
	struct layer_entry *entry;

	if (dir < 0 && errno == ENOENT)
		return 0;
	if (dir < 0)
		return err_sys(err, errno, "cannot open layer %.12s",
			       DIGEST_HEX(chain));
	entry = mem_alloc(sizeof(*entry));
	entry->layer.chain_id = *chain;
	if (read_files(&reader, &entry->layer, err) < 0 ||
	    (!reader.wrong && join(store, entry, err) < 0)) {
		entry_free(entry);
		return err_wrap(err, "layer %.12s", DIGEST_HEX(chain));
	}
	if (reader.wrong && !still_there(&reader)) {
		entry_free(entry);
		return 0;
	}
	if (reader.wrong) {
		entry->bad = true;
		store_warn(store, "layer %.12s is damaged: its %s; left out",
			   DIGEST_HEX(chain), reader.wrong);
	}
	HASH_ADD_STR(store->layers, layer.chain_id.text, entry);
	*out = entry;
	return 1;
}

int layer_table_get(struct store *store, const struct digest *chain,
		    struct layer_entry **out, struct err *err)
{
	struct layer_entry *entry = find_entry(store, chain);
	int found;

	if (!entry) {
		if (store->layerdb_fd < 0 || !digest_is_set(chain))
			return 0;
		found = load(store, chain, &entry, err);
		if (found <= 0)
			return found;
	}
	if (entry->bad || (store->refilling && layer_absent(&entry->layer)))
		return 0;
	*out = entry;
	return 1;
}

int store_layer(struct store *store, const struct digest *chain_id,
		const struct layer **out, struct err *err)
{
	struct layer_entry *entry;
	int found = layer_table_get(store, chain_id, &entry, err);

	if (found == 1)
		*out = &entry->layer;
	return found;
}

static int must_get(struct store *store, const struct digest *chain,
		    struct layer_entry **out, struct err *err)
{
	int found = layer_table_get(store, chain, out, err);

	if (found == 0)
		return err_set(err, ERR_CORRUPT, "layer %.12s does not exist",
			       DIGEST_HEX(chain));
	return found < 0 ? -1 : 0;
}

int store_layers_of(struct store *store, const struct image_config *config,
		    const struct layer ***out, size_t *count,
		    struct err *err)
{
	size_t n = config->diff_id_count;
	AUTO_FREE const struct layer **layers = mem_array(n, sizeof(*layers));
	struct layer_entry *entry = NULL;
	struct digest chain;

	image_config_chain(config, &chain);
	if (n > 0 && must_get(store, &chain, &entry, err) < 0)
		return -1;
	for (size_t i = n; i-- > 0 && entry; entry = entry->parent)
		layers[i] = &entry->layer;
	*out = STEAL(layers);
	*count = n;
	return 0;
}

/* ---- where they are ---- */

char *store_layer_path(const struct store *store, const struct layer *layer)
{
	return mem_printf("%s/" STORE_DRIVER "/%s/diff",
			  store->absolute ? store->absolute : store->root,
			  layer->cache_id);
}

int store_lower_paths(struct store *store, const struct digest *chain,
		      struct strv *out, struct err *err)
{
	AUTO(strv_release) struct strv paths = { 0 };
	struct layer_entry *entry = NULL;

	if (digest_is_set(chain) && must_get(store, chain, &entry, err) < 0)
		return -1;
	for (; entry; entry = entry->parent)
		strv_take(&paths, store_layer_path(store, &entry->layer));
	strv_copy(out, &paths);
	return 0;
}

int store_layer_split(struct store *store, const struct layer *layer,
		      struct err *err)
{
	char path[64 + sizeof("/tar-split.json.gz")];
	int fd;

	snprintf(path, sizeof(path), "%s/tar-split.json.gz",
		 DIGEST_HEX(&layer->chain_id));
	fd = quiet_open(store->layerdb_fd, path, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return err_sys(err, errno, "cannot open the tar-split of "
			       "layer %.12s", DIGEST_HEX(&layer->chain_id));
	return fd;
}

int store_layer_tar(struct store *store, const struct layer *layer,
		    int (*sink)(void *arg, const void *bytes, size_t len,
				struct err *err),
		    void *arg, struct err *err)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD int split = -1;
	AUTO_FD int diff = -1;

	if (store_need(store, &layer->chain_id, err) < 0)
		return -1;
	path = mem_printf("%s/diff", layer->cache_id);
	split = store_layer_split(store, layer, err);
	if (split < 0)
		return -1;
	diff = quiet_open(store->overlay_fd, path, O_RDONLY | O_DIRECTORY);
	if (diff < 0)
		return err_sys(err, errno, "cannot open the files of layer "
			       "%.12s", DIGEST_HEX(&layer->chain_id));
	if (tarsplit_rebuild(split, diff, sink, arg, err) < 0)
		return err_wrap(err, "layer %.12s",
				DIGEST_HEX(&layer->chain_id));
	return 0;
}

static int add_to_sum(void *arg, const void *bytes, size_t len,
		      struct err *err)
{
	(void)err;
	sha256_add(arg, bytes, len);
	return 0;
}

int layer_verify(struct store *store, const struct layer *layer,
		 struct err *err)
{
	AUTO(sha256_free) struct sha256 *sha = sha256_new();
	struct digest sum;

	if (store_layer_tar(store, layer, add_to_sum, sha, err) < 0)
		return err->kind == ERR_DENIED ? -1 : 0;
	sha256_end(sha, &sum);
	if (digest_equal(&sum, &layer->diff_id))
		return 1;
	err_set(err, ERR_CORRUPT, "layer %.12s: its tar has the digest %.12s, "
		"not %.12s", DIGEST_HEX(&layer->chain_id), DIGEST_HEX(&sum),
		DIGEST_HEX(&layer->diff_id));
	return 0;
}

/* ---- overlay2's own links ---- */

int layer_read_link(struct store *store, const char *cache_id,
		    struct buf *out, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/link", cache_id);
	AUTO(buf_release) struct buf text = BUF_INIT;
	int found = quiet_read(store->overlay_fd, path, SMALL_LIMIT, &text,
			       err);

	if (found < 0)
		return -1;
	if (!found || text.len != LINK_LEN ||
	    strspn(text.data, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != LINK_LEN)
		return err_set(err, ERR_CORRUPT, "'" STORE_DRIVER "/%s' is "
			       "damaged: its link", path);
	buf_add(out, text.data, text.len);
	return 0;
}

int layer_make_lower(struct store *store, const char *cache_id,
		     struct buf *out, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/lower", cache_id);
	AUTO(buf_release) struct buf below = BUF_INIT;
	int found;

	buf_adds(out, "l/");
	if (layer_read_link(store, cache_id, out, err) < 0)
		return -1;
	found = quiet_read(store->overlay_fd, path, LOWER_LIMIT, &below, err);
	if (found < 0)
		return -1;
	if (found && below.len > 0) {
		buf_addc(out, ':');
		buf_add(out, below.data, below.len);
	}
	return 0;
}
