/* Knows what docker load takes: where an archive's images, layers, names and
 * parents stand, and what is checked before they are believed (store.md 6.3). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/images.h"
#include "engine/load_legacy.h"
#include "engine/register.h"
#include "spec/reference.h"
#include "spec/untar.h"
#include "transport/image.h"

#define ARCHIVE_MANIFEST_MAX ((size_t)64 * 1024 * 1024)

struct link {
	struct digest id, parent; /* parent unset: none named */
};

struct loading {
	struct load_archive archive;
	struct link *links;
	size_t link_count;
	struct strv ids;   /* "Loaded image ID: …" */
	bool named;        /* the last image had a name */
};

static void loading_release(struct loading *loading)
{
	free(loading->links);
	strv_release(&loading->ids);
}
AUTO_DEFINE_IN_PLACE(struct loading, loading_release)

int load_open(const struct load_archive *archive, const char *path,
	      struct err *err)
{
	AUTO_FD int fd = fs_open_in_root(
		archive->dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s' is not a file", path);
	return STEAL_FD(fd);
}

static int read_path(const struct load_archive *archive, const char *path,
		     size_t limit, struct buf *out, struct err *err)
{
	AUTO_FD int fd = load_open(archive, path, err);

	return fd < 0 ? -1 : fs_read_fd(fd, limit, out, err);
}

/* ---- one image ---- */

static int take_layer(const struct load_archive *archive, const char *path,
		      const struct digest *parent, const struct digest *diff,
		      size_t index, struct err *err)
{
	struct digest chain, made, wanted;
	const struct layer *layer;
	AUTO_FD int fd = -1;
	int found;

	digest_chain(parent, diff, &wanted);
	found = store_layer(archive->store, &wanted, &layer, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	fd = load_open(archive, path, err);
	if (fd < 0)
		return -1;
	if (register_layer(archive->store, fd, parent, diff, &made, &chain,
			   err) < 0)
		return err_wrap(err, "invalid diffID for layer %zu", index);
	return 0;
}

static int take_layers(const struct load_archive *archive,
		       const struct image_config *config, const json_t *layers,
		       struct err *err)
{
	size_t count = json_array_size(layers);
	struct digest chain = { "" };

	if (count != config->diff_id_count)
		return err_set(err, ERR_INPUT, "invalid manifest, layers "
			       "length mismatch: expected %zu, got %zu",
			       count, config->diff_id_count);
	for (size_t i = 0; i < count; i++) {
		const char *path = json_string_value(json_array_get(layers, i));
		struct digest parent = chain;

		if (!path)
			return err_set(err, ERR_INPUT, "invalid manifest: a "
				       "layer is not a string");
		if (take_layer(archive, path, &parent, &config->diff_ids[i], i,
			       err) < 0)
			return -1;
		digest_chain(&parent, &config->diff_ids[i], &chain);
	}
	return 0;
}

static int check_os(const struct image_config *config, struct err *err)
{
	if (config->os[0] && strcmp(config->os, "linux") != 0)
		return err_set(err, ERR_UNSUPPORTED, "cannot load %s image "
			       "on linux", config->os);
	return 0;
}

static int take_image(const struct load_archive *archive, const json_t *item,
		      struct digest *id, struct err *err)
{
	const char *path = json_string_value(json_object_get(item, "Config"));
	AUTO(image_config_release) struct image_config config;
	AUTO(buf_release) struct buf json = BUF_INIT;
	struct digest none = { "" };

	image_config_init(&config);
	if (!path)
		return err_set(err, ERR_INPUT,
			       "invalid manifest: an image has no Config");
	if (read_path(archive, path, IMAGE_CONFIG_MAX, &json, err) < 0 ||
	    image_config_parse(json.data ? json.data : "", json.len, &config,
			       err) < 0)
		return err_wrap(err, "cannot read configuration '%s'", path);
	if (check_os(&config, err) < 0 ||
	    take_layers(archive, &config, json_object_get(item, "Layers"),
			err) < 0)
		return -1;
	return load_put_image(archive, &json, &none, id, err);
}

int load_put_image(const struct load_archive *archive, const struct buf *json,
		   const struct digest *parent, struct digest *id,
		   struct err *err)
{
	struct image *image;
	int found;

	/* An image that is there keeps the parent it has. */
	digest_make(json->data, json->len, id);
	found = store_image(archive->store, id, &image, err);
	if (found < 0)
		return -1;
	if (found && !digest_is_set(parent))
		return 0;
	return store_put_image(archive->store, json->data, json->len, parent,
			       id, err);
}

/* ---- names ---- */

int load_tag(const struct load_archive *archive, const char *text,
	     const struct digest *id, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO_FREE char *familiar = NULL;
	struct digest old = { "" };

	if (reference_parse(text, &ref, err) < 0)
		return -1;
	if (!ref.tag)
		return err_set(err, ERR_INPUT, "invalid tag \"%s\"", text);
	familiar = reference_familiar(&ref);
	if (store_tag_undated(archive->store, familiar, id, &old, err) < 0)
		return -1;
	if (digest_is_set(&old) && !digest_equal(&old, id))
		strv_take(archive->lines,
			  mem_printf("The image %s already exists, renaming "
				     "the old one with ID %s to empty string",
				     familiar, old.text));
	return 0;
}

static int take_names(struct loading *loading, const json_t *item,
		      const struct digest *id, struct err *err)
{
	const json_t *names = json_object_get(item, "RepoTags");
	size_t count = json_array_size(names);

	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(names, i));
		AUTO(reference_release) struct reference ref = { 0 };
		AUTO_FREE char *familiar = NULL;

		if (!text)
			return err_set(err, ERR_INPUT, "invalid manifest: a "
				       "tag is not a string");
		if (load_tag(&loading->archive, text, id, err) < 0 ||
		    reference_parse(text, &ref, err) < 0)
			return -1;
		familiar = reference_familiar(&ref);
		strv_take(loading->archive.lines,
			  mem_printf("Loaded image: %s", familiar));
	}
	loading->named = count > 0;
	return 0;
}

/* ---- parents ---- */

static bool same_history(const struct history *a, const struct history *b)
{
	return strcmp(a->created, b->created) == 0 &&
	       strcmp(a->author, b->author) == 0 &&
	       strcmp(a->created_by, b->created_by) == 0 &&
	       strcmp(a->comment, b->comment) == 0 &&
	       a->empty_layer == b->empty_layer;
}

/* The child's history is the parent's and one line more. */
static bool can_be_parent(const struct image_config *child,
			  const struct image_config *parent)
{
	if (child->history_count == 0 && parent->history_count == 0)
		return true;
	if (child->history_count != parent->history_count + 1)
		return false;
	for (size_t i = 0; i < parent->history_count; i++)
		if (!same_history(&child->history[i], &parent->history[i]))
			return false;
	return true;
}

static int load_config(struct store *store, const struct digest *id,
		       struct image_config *out, struct err *err)
{
	AUTO(buf_release) struct buf json = BUF_INIT;

	return store_config_bytes(store, id, &json, err) < 0 ? -1 :
	       image_config_parse(json.data, json.len, out, err);
}

static int link_parent(struct store *store, const struct link *link,
		       struct err *err)
{
	AUTO(image_config_release) struct image_config child;
	AUTO(image_config_release) struct image_config parent;

	image_config_init(&child);
	image_config_init(&parent);
	if (load_config(store, &link->id, &child, err) < 0 ||
	    load_config(store, &link->parent, &parent, err) < 0)
		return -1;
	if (!can_be_parent(&child, &parent))
		return err_set(err, ERR_INPUT, "image %s is not a valid parent "
			       "for %s", link->parent.text, link->id.text);
	return store_set_parent(store, &link->id, &link->parent, err);
}

static int compare_links(const void *a, const void *b)
{
	return strcmp(((const struct link *)a)->id.text,
		      ((const struct link *)b)->id.text);
}

/* After all images: a parent that is not in the archive does not count. */
static int link_parents(struct loading *loading, struct err *err)
{
	qsort(loading->links, loading->link_count, sizeof(*loading->links),
	      compare_links);
	for (size_t i = 0; i < loading->link_count; i++) {
		const struct link *link = &loading->links[i];
		struct link key = { .id = link->parent };

		if (!digest_is_set(&link->parent) ||
		    !bsearch(&key, loading->links, loading->link_count,
			     sizeof(key), compare_links))
			continue;
		if (link_parent(loading->archive.store, link, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the archive ---- */

static int take_item(struct loading *loading, const json_t *item,
		     struct err *err)
{
	const char *parent = json_string_value(json_object_get(item, "Parent"));
	struct link link = { .parent = { "" } };

	if (take_image(&loading->archive, item, &link.id, err) < 0)
		return -1;
	strv_take(&loading->ids,
		  mem_printf("Loaded image ID: %s", link.id.text));
	if (take_names(loading, item, &link.id, err) < 0)
		return -1;
	if (parent && !digest_parse(parent, &link.parent))
		return err_set(err, ERR_INPUT,
			       "invalid manifest: bad Parent '%s'", parent);
	MEM_PUSH(loading->links, loading->link_count) = link;
	return 0;
}

static int take_manifest(struct loading *loading, const json_t *manifest,
			 struct err *err)
{
	for (size_t i = 0; i < json_array_size(manifest); i++)
		if (take_item(loading, json_array_get(manifest, i), err) < 0)
			return -1;
	if (link_parents(loading, err) < 0)
		return -1;
	/* Docker asks this of the last image only. */
	for (size_t i = 0; !loading->named && i < loading->ids.count; i++)
		strv_add(loading->archive.lines, loading->ids.items[i]);
	return 0;
}

static int load_dir(const struct load_archive *archive, struct err *err)
{
	AUTO(loading_release) struct loading loading = { .archive = *archive };
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err missing = ERR_INIT;
	json_t *manifest;
	json_error_t where;
	int done;

	if (read_path(archive, "manifest.json", ARCHIVE_MANIFEST_MAX, &text,
		      &missing) < 0) {
		if (missing.sys == ENOENT)
			return load_legacy(archive, err);
		*err = missing;
		return -1;
	}
	manifest = json_loadb(text.data ? text.data : "", text.len, 0, &where);
	if (!json_is_array(manifest))
		done = err_set(err, ERR_INPUT, "manifest.json is damaged: %s",
			       manifest ? "not a list" : where.text);
	else
		done = take_manifest(&loading, manifest, err);
	json_decref(manifest);
	return done;
}

int load_unpack(int fd, int dir, struct err *err)
{
	AUTO(archive_source_free) struct archive_source *source =
		archive_source_fd(fd, err);
	AUTO(untar_free) struct untar *untar = NULL;
	struct unpack_options options = { .no_owner = true };
	uint64_t size;

	if (!source)
		return -1;
	untar = untar_new(source, UNTAR_NO_SUMS);
	return untar_unpack(untar, dir, &options, &size, err) < 0 ?
		       err_wrap(err, "Error processing tar file"
				"(exit status 1)") : 0;
}

int images_load(struct store *store, int fd, struct strv *lines,
		struct err *err)
{
	struct load_archive archive = { .store = store, .lines = lines };
	int private = store_private_fd(store);
	AUTO_FD int dir = -1;
	struct err ignored = ERR_INIT;
	char name[80] = "load/", hex[65];
	int done;

	/* What a killed load left; the store's lock says nobody uses it. */
	fs_remove_tree(private, "load", &ignored);
	fs_random_hex(hex);
	strcat(name, hex);
	if (fs_mkdir_p(private, name, 0700, err) < 0)
		return -1;
	dir = openat(private, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, errno, "cannot open '%s'", name);
	archive.dir = dir;
	done = load_unpack(fd, dir, err) < 0 ? -1 : load_dir(&archive, err);
	fs_remove_tree(private, name, &ignored);
	return done;
}
