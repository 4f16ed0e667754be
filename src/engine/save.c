/* Knows the layout of the archive that docker save of 20.10 writes
 * (store.md 6.1): names, order, times, owners. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <uthash.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/images.h"
#include "engine/v1.h"
#include "spec/layertar.h"
#include "spec/reference.h"

/* One directory of the archive: a layer under its v1 ID. */
struct saved_layer {
	char id[65];
	struct buf json;
	struct digest chain, diff;
	time_t created;
	const struct saved_layer *same; /* holds these bytes already */
	UT_hash_handle by_id, by_diff;
};

struct saved_image {
	struct digest id, parent;
	struct strv tags;            /* asked for, in that order */
	struct image_config config;
	struct buf json;
	struct saved_layer **layers; /* bottom first */
	UT_hash_handle hh;
};

struct saved {
	struct store *store;
	struct saved_image *images;  /* by ID; in the order they came */
	struct saved_layer *layers;  /* by v1 ID */
	struct saved_layer *bytes;   /* the first of each diff ID */
	int fd;
	bool seekable;
};

static void saved_release(struct saved *saved)
{
	struct saved_image *image, *next;
	struct saved_layer *layer, *below;

	HASH_ITER(hh, saved->images, image, next) {
		HASH_DEL(saved->images, image);
		strv_release(&image->tags);
		image_config_release(&image->config);
		buf_release(&image->json);
		free(image->layers);
		free(image);
	}
	HASH_CLEAR(by_diff, saved->bytes);
	HASH_ITER(by_id, saved->layers, layer, below) {
		HASH_DELETE(by_id, saved->layers, layer);
		buf_release(&layer->json);
		free(layer);
	}
}
AUTO_DEFINE_IN_PLACE(struct saved, saved_release)

/* ---- which images ---- */

static struct saved_image *find_image(const struct saved *saved,
				      const struct digest *id)
{
	struct saved_image *image;

	HASH_FIND_STR(saved->images, id->text, image);
	return image;
}

static int add_image(struct saved *saved, const struct image *image,
		     const char *tag, struct err *err)
{
	struct saved_image *at = find_image(saved, &image->id);

	if (!at) {
		at = mem_alloc(sizeof(*at));
		at->id = image->id;
		at->parent = image->parent;
		image_config_init(&at->config);
		HASH_ADD_STR(saved->images, id.text, at);
		if (store_config_bytes(saved->store, &image->id, &at->json,
				       err) < 0)
			return -1;
	}
	if (tag && !strv_has(&at->tags, tag))
		strv_add(&at->tags, tag);
	return 0;
}

/* A name alone means all of its tags. 1 some, 0 none. */
static int add_repository(struct saved *saved, const char *name,
			  struct err *err)
{
	struct image *const *images;
	size_t count, prefix = strlen(name);
	int found = 0;

	if (store_images(saved->store, &images, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct strv *tags = &images[i]->tags;

		for (size_t j = 0; j < tags->count; j++) {
			const char *tag = tags->items[j];

			if (strncmp(tag, name, prefix) != 0 ||
			    tag[prefix] != ':' || strchr(tag + prefix, '/'))
				continue;
			if (add_image(saved, images[i], tag, err) < 0)
				return -1;
			found = 1;
		}
	}
	return found;
}

static int add_id(struct saved *saved, const char *name, struct err *err)
{
	struct image *image;
	int found = store_find(saved->store, name, &image, err);

	if (found < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "No such image: %s", name);
	return add_image(saved, image, NULL, err);
}

static int add_name(struct saved *saved, const char *name, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO_FREE char *familiar = NULL;
	struct err ignored = ERR_INIT;
	struct digest id;
	struct image *image;
	int found;

	if (digest_parse(name, &id) || digest_parse_hex(name, &id) ||
	    reference_parse(name, &ref, &ignored) < 0)
		return add_id(saved, name, err);
	if (!ref.tag && !digest_is_set(&ref.digest)) {
		familiar = reference_name(&ref);
		found = add_repository(saved, familiar, err);
		return found == 0 ? add_id(saved, name, err) :
		       found < 0 ? -1 : 0;
	}
	familiar = reference_familiar(&ref);
	found = store_find(saved->store, familiar, &image, err);
	if (found < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "reference does not exist");
	return add_image(saved, image, ref.tag ? familiar : NULL, err);
}

/* ---- their layers ---- */

/* The layer, or the one of the same ID that is there already. */
static struct saved_layer *add_layer(struct saved *saved,
				     struct saved_layer *layer)
{
	struct saved_layer *old, *same;

	HASH_FIND(by_id, saved->layers, layer->id, strlen(layer->id), old);
	if (old) {
		buf_release(&layer->json);
		free(layer);
		return old;
	}
	HASH_ADD(by_id, saved->layers, id, strlen(layer->id), layer);
	HASH_FIND(by_diff, saved->bytes, layer->diff.text,
		  strlen(layer->diff.text), same);
	if (same)
		layer->same = same;
	else
		HASH_ADD(by_diff, saved->bytes, diff.text,
			 strlen(layer->diff.text), layer);
	return layer;
}

static int add_layers(struct saved *saved, struct saved_image *image,
		      struct err *err)
{
	const struct image_config *config = &image->config;
	size_t count = config->diff_id_count;
	struct digest chain = { "" };
	char below[65] = "";

	if (count == 0)
		return err_set(err, ERR_UNSUPPORTED,
			       "empty export - not implemented");
	image->layers = mem_array(count, sizeof(*image->layers));
	for (size_t i = 0; i < count; i++) {
		struct saved_layer *layer = mem_alloc(sizeof(*layer));
		struct digest parent = chain;

		digest_chain(&parent, &config->diff_ids[i], &chain);
		layer->chain = chain;
		layer->diff = config->diff_ids[i];
		layer->created = config->created.set ? config->created.sec : 0;
		v1_layer(i + 1 == count ? config : NULL, &chain,
			 i > 0 ? below : NULL, layer->id, &layer->json);
		memcpy(below, layer->id, sizeof(below));
		image->layers[i] = add_layer(saved, layer);
	}
	return 0;
}

/* ---- the two lists ---- */

static void add_string(struct buf *out, const char *text)
{
	config_format_string(out, text, strlen(text));
}

static void format_image(const struct saved *saved,
			 const struct saved_image *image, struct buf *out)
{
	buf_addf(out, "{\"Config\":\"%s.json\",\"RepoTags\":",
		 DIGEST_HEX(&image->id));
	buf_adds(out, image->tags.count ? "[" : "null");
	for (size_t i = 0; i < image->tags.count; i++) {
		buf_adds(out, i ? "," : "");
		add_string(out, image->tags.items[i]);
	}
	buf_adds(out, image->tags.count ? "]" : "");
	buf_adds(out, ",\"Layers\":[");
	for (size_t i = 0; i < image->config.diff_id_count; i++)
		buf_addf(out, "%s\"%s/layer.tar\"", i ? "," : "",
			 image->layers[i]->id);
	buf_adds(out, "]");
	if (find_image(saved, &image->parent))
		buf_addf(out, ",\"Parent\":\"%s\"", image->parent.text);
	buf_adds(out, "}");
}

static void format_manifest(const struct saved *saved, struct buf *out)
{
	const struct saved_image *image;

	buf_addc(out, '[');
	for (image = saved->images; image; image = image->hh.next) {
		buf_adds(out, image == saved->images ? "" : ",");
		format_image(saved, image, out);
	}
	buf_adds(out, "]\n");
}

/* Below any byte of a name, so that names sort before their tags do. */
#define BETWEEN '\001'

static void list_tags(const struct saved *saved, struct map *out)
{
	const struct saved_image *image;

	for (image = saved->images; image; image = image->hh.next) {
		size_t top = image->config.diff_id_count - 1;

		for (size_t i = 0; i < image->tags.count; i++) {
			AUTO_FREE char *key = mem_strdup(image->tags.items[i]);

			*strrchr(key, ':') = BETWEEN;
			map_put(out, key, image->layers[top]->id);
		}
	}
}

static void format_repositories(const struct saved *saved, struct buf *out)
{
	AUTO(map_release) struct map tags = { 0 };

	list_tags(saved, &tags);
	for (size_t i = 0; i < tags.count; i++) {
		const char *key = tags.items[i].key;
		size_t len = strcspn(key, (char[]){ BETWEEN, '\0' });
		bool more = i > 0 &&
			    strncmp(tags.items[i - 1].key, key, len + 1) == 0;

		buf_adds(out, more ? "," : i > 0 ? "},\"" : "{\"");
		if (!more)
			buf_addf(out, "%.*s\":{", (int)len, key);
		buf_addf(out, "\"%s\":\"%s\"", key + len + 1,
			 tags.items[i].value);
	}
	if (tags.count > 0)
		buf_adds(out, "}}\n");
}

/* ---- the tar ---- */

struct pour {
	int fd;             /* -1: only counts */
	int64_t bytes;
};

static int pour_bytes(void *arg, const void *bytes, size_t len,
		      struct err *err)
{
	struct pour *pour = arg;

	pour->bytes += (int64_t)len;
	return pour->fd < 0 ? 0 : fs_write_all(pour->fd, bytes, len, err);
}

static void make_header(struct buf *out, const char *name, char typeflag,
			int64_t size, time_t mtime, const char *link)
{
	static char root[] = "root";
	struct tar_entry entry = {
		.name = (char *)(uintptr_t)name,
		.mode = typeflag == '5' ? S_IFDIR | 0755 :
			typeflag == '2' ? S_IFLNK | 0777 : S_IFREG | 0644,
		.size = size,
		.mtime = { .tv_sec = mtime < 0 ? 0 : mtime },
		.typeflag = typeflag,
		.linkname = (char *)(uintptr_t)link,
		.uname = root,
		.gname = root,
		.atime_sec = -1,
	};

	tar_header_format(&entry, out);
}

static int write_header(struct saved *saved, const char *name, char typeflag,
			int64_t size, time_t mtime, const char *link,
			struct err *err)
{
	AUTO(buf_release) struct buf header = BUF_INIT;

	make_header(&header, name, typeflag, size, mtime, link);
	return fs_write_all(saved->fd, header.data, header.len, err);
}

static int write_padding(struct saved *saved, int64_t size, struct err *err)
{
	static const char zeros[512];
	size_t pad = (size_t)(-size & 511);

	return pad ? fs_write_all(saved->fd, zeros, pad, err) : 0;
}

static int write_text(struct saved *saved, const char *name,
		      const struct buf *text, time_t mtime, struct err *err)
{
	if (write_header(saved, name, '0', (int64_t)text->len, mtime, NULL,
			 err) < 0 ||
	    fs_write_all(saved->fd, text->data, text->len, err) < 0)
		return -1;
	return write_padding(saved, (int64_t)text->len, err);
}

/* Far below the 8 GiB from which a header takes more than one block. */
#define PATCH_MAX ((uint64_t)4 * 1024 * 1024 * 1024)

/* The header holds the length, which only the whole layer tells: it is put in
 * afterwards if the output can seek, else the layer is counted first. */
static int write_layer_tar(struct saved *saved,
			   const struct saved_layer *saved_layer,
			   const char *name, struct err *err)
{
	time_t created = saved_layer->created;
	struct pour count = { .fd = -1 }, pour = { .fd = saved->fd };
	AUTO(buf_release) struct buf header = BUF_INIT;
	const struct layer *layer;
	int found = store_layer(saved->store, &saved_layer->chain, &layer, err);
	bool patch;
	off_t start;

	if (found != 1)
		return found < 0 ? -1 :
		       err_set(err, ERR_CORRUPT, "layer '%s' is missing",
			       saved_layer->chain.text);
	patch = saved->seekable && layer->size < PATCH_MAX;
	start = patch ? lseek(saved->fd, 0, SEEK_CUR) : 0;
	if (!patch &&
	    store_layer_tar(saved->store, layer, pour_bytes, &count, err) < 0)
		return -1;
	if (write_header(saved, name, '0', count.bytes, created, NULL,
			 err) < 0 ||
	    store_layer_tar(saved->store, layer, pour_bytes, &pour, err) < 0 ||
	    write_padding(saved, pour.bytes, err) < 0)
		return -1;
	if (!patch)
		return 0;
	make_header(&header, name, '0', pour.bytes, created, NULL);
	if (header.len != 512)
		return err_set(err, ERR_UNSUPPORTED, "'%s' is too large", name);
	if (pwrite(saved->fd, header.data, 512, start) != 512)
		return err_sys(err, errno, "cannot write the length of '%s'",
			       name);
	return 0;
}

static int write_layer(struct saved *saved, const struct saved_layer *layer,
		       struct err *err)
{
	AUTO_FREE char *dir = mem_printf("%s/", layer->id);
	AUTO_FREE char *version = mem_printf("%s/VERSION", layer->id);
	AUTO_FREE char *json = mem_printf("%s/json", layer->id);
	AUTO_FREE char *tar = mem_printf("%s/layer.tar", layer->id);
	AUTO_FREE char *link = NULL;
	AUTO(buf_release) struct buf text = BUF_INIT;

	buf_adds(&text, "1.0");
	if (write_header(saved, dir, '5', 0, layer->created, NULL, err) < 0 ||
	    write_text(saved, version, &text, layer->created, err) < 0 ||
	    write_text(saved, json, &layer->json, layer->created, err) < 0)
		return -1;
	if (!layer->same)
		return write_layer_tar(saved, layer, tar, err);
	link = mem_printf("../%s/layer.tar", layer->same->id);
	return write_header(saved, tar, '2', 0, layer->created, link, err);
}

/* ---- in the order of names ---- */

struct item {
	char name[80];
	const struct saved_layer *layer;
	const struct buf *text;
	time_t mtime;
};

static int compare_items(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->name,
		      ((const struct item *)b)->name);
}

static struct item *add_item(struct item **items, size_t *count,
			     const char *name, const char *suffix)
{
	struct item *item = &MEM_PUSH(*items, *count);

	*item = (struct item){ .mtime = 0 };
	snprintf(item->name, sizeof(item->name), "%s%s", name, suffix);
	return item;
}

static struct item *list_items(struct saved *saved, const struct buf *manifest,
			       const struct buf *repositories, size_t *count)
{
	const struct saved_layer *layer;
	const struct saved_image *image;
	struct item *items = NULL, *item;

	*count = 0;
	for (layer = saved->layers; layer; layer = layer->by_id.next)
		add_item(&items, count, layer->id, "")->layer = layer;
	for (image = saved->images; image; image = image->hh.next) {
		item = add_item(&items, count, DIGEST_HEX(&image->id), ".json");
		item->text = &image->json;
		item->mtime = image->config.created.set ?
				      image->config.created.sec : 0;
	}
	add_item(&items, count, "manifest.json", "")->text = manifest;
	if (repositories->len > 0)
		add_item(&items, count, "repositories", "")->text =
			repositories;
	qsort(items, *count, sizeof(*items), compare_items);
	return items;
}

static int write_items(struct saved *saved, const struct item *items,
		       size_t count, struct err *err)
{
	static const char end[1024];

	for (size_t i = 0; i < count; i++) {
		const struct item *item = &items[i];
		int done = item->layer ?
				   write_layer(saved, item->layer, err) :
				   write_text(saved, item->name, item->text,
					      item->mtime, err);

		if (done < 0)
			return -1;
	}
	return fs_write_all(saved->fd, end, sizeof(end), err);
}

int images_save(struct store *store, const struct strv *names, int fd,
		struct err *err)
{
	AUTO(saved_release) struct saved saved = {
		.store = store,
		.fd = fd,
		.seekable = lseek(fd, 0, SEEK_CUR) >= 0 &&
			    !(fcntl(fd, F_GETFL) & O_APPEND),
	};
	struct saved_image *image;
	AUTO(buf_release) struct buf manifest = BUF_INIT;
	AUTO(buf_release) struct buf repositories = BUF_INIT;
	AUTO_FREE struct item *items = NULL;
	size_t count;

	for (size_t i = 0; i < names->count; i++)
		if (add_name(&saved, names->items[i], err) < 0)
			return -1;
	for (image = saved.images; image; image = image->hh.next)
		if (image_config_parse(image->json.data, image->json.len,
				       &image->config, err) < 0 ||
		    add_layers(&saved, image, err) < 0)
			return -1;
	format_manifest(&saved, &manifest);
	format_repositories(&saved, &repositories);
	items = list_items(&saved, &manifest, &repositories, &count);
	return write_items(&saved, items, count, err);
}
