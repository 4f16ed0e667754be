/* Knows how containers/storage names its files and joins images to layers. */
#include "transport/containers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/base64.h"
#include "base/fs.h"
#include "spec/untar.h"

#define LIST_MAX ((size_t)256 << 20)

struct containers {
	struct image_source source; /* first */
	char *root;
	int dir;
	json_t *images, *layers;
};

/* The lock goes with its descriptor; who may not open it reads without. */
static int lock(int dir, const char *path, struct err *err)
{
	struct flock whole = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	AUTO_FD int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	while (fcntl(fd, F_SETLKW, &whole) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "cannot lock '%s'", path);
	return STEAL_FD(fd);
}

static int read_list(int dir, const char *path, json_t **out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	json_error_t where;
	int found = fs_read(dir, path, LIST_MAX, &text, err);

	if (found < 0)
		return -1;
	*out = found ? json_loadb(text.data ? text.data : "", text.len, 0,
				  &where) : json_array();
	if (json_is_array(*out))
		return 0;
	return err_set(err, ERR_INPUT, "'%s' is damaged: %s", path,
		       *out ? "not a list" : where.text);
}

static const char *text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

static json_t *find_id(json_t *list, const char *id)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(text_of(json_array_get(list, i), "id"), id) == 0)
			return json_array_get(list, i);
	return NULL;
}

/* ---- images ---- */

static int list(struct image_source *source, struct strv *names,
		struct err *err)
{
	struct containers *c = (struct containers *)source;

	(void)err;
	for (size_t i = 0; i < json_array_size(c->images); i++) {
		json_t *image = json_array_get(c->images, i);
		const char *name = json_string_value(json_array_get(
			json_object_get(image, "names"), 0));

		strv_add(names, name ? name : "");
	}
	return 0;
}

/* Names are full there; users write the familiar ones, or short IDs. */
static bool is_called(const json_t *image, const char *ref)
{
	static const char *const before[] = { "", "docker.io/library/",
					      "docker.io/", "localhost/" };
	const json_t *names = json_object_get(image, "names");
	const char *last = strrchr(ref, '/');
	const char *tag = strchr(last ? last : ref, ':') ||
			  strchr(ref, '@') ? "" : ":latest";

	if (strlen(ref) >= 12 && strncmp(text_of(image, "id"), ref,
					 strlen(ref)) == 0)
		return true;
	for (size_t i = 0; i < json_array_size(names); i++)
		for (size_t j = 0; j < 4; j++) {
			AUTO_FREE char *full = mem_printf("%s%s%s", before[j],
							  ref, tag);
			const char *name =
				json_string_value(json_array_get(names, i));

			if (name && strcmp(name, full) == 0)
				return true;
		}
	return false;
}

static json_t *find_image(struct containers *c, const char *ref,
			  struct err *err)
{
	size_t count = json_array_size(c->images);

	if (ref && *ref == '@')
		return json_array_get(c->images, strtoul(ref + 1, NULL, 10));
	if (!ref && count == 1)
		return json_array_get(c->images, 0);
	for (size_t i = 0; ref && i < count; i++)
		if (is_called(json_array_get(c->images, i), ref))
			return json_array_get(c->images, i);
	err_set(err, ref ? ERR_NOT_FOUND : ERR_INPUT,
		ref ? "no image '%s' in '%s'" :
		      "name one of the images%.0s in '%s'",
		ref ? ref : "", c->root);
	return NULL;
}

static int read_config(struct containers *c, const char *id,
		       struct image_parts *out, struct err *err)
{
	AUTO_FREE char *key = mem_printf("sha256:%s", id);
	AUTO(buf_release) struct buf name = BUF_INIT;
	AUTO_FREE char *path = NULL;
	struct digest sum;
	int found;

	base64_encode(&name, key, strlen(key));
	if (strchr(name.data, '/') || strchr(id, '/'))
		return err_set(err, ERR_INPUT, "bad image ID '%s'", id);
	path = mem_printf("overlay-images/%s/=%s", id, name.data);
	found = fs_read(c->dir, path, IMAGE_CONFIG_MAX, &out->config, err);
	if (found <= 0)
		return found < 0 ? -1 :
		       err_set(err, ERR_CORRUPT, "image %.12s has no "
			       "configuration", id);
	digest_make(out->config.data, out->config.len, &sum);
	if (strcmp(DIGEST_HEX(&sum), id) != 0)
		return err_set(err, ERR_CORRUPT, "image %.12s: its "
			       "configuration has the digest %s", id, sum.text);
	return 0;
}

static int take_layer(const json_t *layer, struct descriptor *out, struct err *err)
{
	const json_t *size = json_object_get(layer, "diff-size");

	if (json_is_true(json_object_get(json_object_get(layer, "flags"),
					 "incomplete")) ||
	    !digest_parse(text_of(layer, "diff-digest"), &out->digest))
		return err_set(err, ERR_CORRUPT, "layer %.12s is not whole",
			       text_of(layer, "id"));
	out->size = json_is_integer(size) ? json_integer_value(size) : -1;
	out->media_type = mem_strdup(TYPE_OCI_LAYER);
	return 0;
}

/* The IDs from the top down; the layers come out bottom first. */
static int layer_ids(struct containers *c, const json_t *image,
		     struct strv *out, struct err *err)
{
	const char *id = text_of(image, "layer");

	while (*id) {
		json_t *layer = find_id(c->layers, id);

		if (!layer || out->count == MANIFEST_LAYERS_MAX)
			return err_set(err, ERR_CORRUPT, layer ?
				       "too many layers below %.12s" :
				       "layer %.12s does not exist", id);
		strv_add(out, id);
		id = text_of(layer, "parent");
	}
	return 0;
}

static int open_image(struct image_source *source, const char *ref,
		      struct image_parts *out, struct err *err)
{
	struct containers *c = (struct containers *)source;
	AUTO(image_parts_release) struct image_parts parts = { 0 };
	AUTO(strv_release) struct strv ids = { 0 };
	json_t *image = find_image(c, ref, err);

	if (!image || layer_ids(c, image, &ids, err) < 0 ||
	    read_config(c, text_of(image, "id"), &parts, err) < 0)
		return -1;
	parts.layers = mem_array(ids.count + 1, sizeof(*parts.layers));
	for (size_t i = ids.count; i-- > 0;)
		if (take_layer(find_id(c->layers, ids.items[i]),
			       &parts.layers[parts.layer_count++], err) < 0)
			return -1;
	image_parts_make(&parts);
	*out = parts;
	parts = (struct image_parts){ 0 };
	return 0;
}

/* ---- layers ---- */

/* The diff IDs name it only together with what is below. */
static const char *layer_id(struct containers *c,
			    const struct image_parts *parts, size_t index)
{
	const char *below = "";

	for (size_t i = 0; i <= index; i++) {
		const char *found = NULL;

		for (size_t j = 0; j < json_array_size(c->layers); j++) {
			json_t *layer = json_array_get(c->layers, j);

			if (strcmp(text_of(layer, "parent"), below) == 0 &&
			    strcmp(text_of(layer, "diff-digest"),
				   parts->layers[i].digest.text) == 0)
				found = text_of(layer, "id");
		}
		if (!found)
			return NULL;
		below = found;
	}
	return below;
}

static int read_layer(struct image_source *source,
		      const struct image_parts *parts, size_t index,
		      image_sink *sink, void *arg, struct err *err)
{
	struct containers *c = (struct containers *)source;
	const char *id = layer_id(c, parts, index);
	AUTO_FREE char *split_path = NULL, *diff_path = NULL;
	AUTO_FD int split = -1, diff = -1;
	struct image_check check;

	if (!id || strchr(id, '/'))
		return err_set(err, ERR_CORRUPT, "layer %s does not exist",
			       parts->layers[index].digest.text);
	split_path = mem_printf("overlay-layers/%s.tar-split.gz", id);
	diff_path = mem_printf("overlay/%s/diff", id);
	split = openat(c->dir, split_path, O_RDONLY | O_CLOEXEC);
	if (split < 0)
		return err_sys(err, errno, "cannot open '%s/%s'", c->root,
			       split_path);
	diff = openat(c->dir, diff_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (diff < 0)
		return err_sys(err, errno, "cannot open '%s/%s'", c->root,
			       diff_path);
	image_check_begin(&check, &parts->layers[index], sink, arg);
	if (image_check_end(&check, tarsplit_rebuild(split, diff,
						     image_check_add, &check,
						     err), err) < 0)
		return err_wrap(err, "layer %.12s of '%s'", id, c->root);
	return 0;
}

/* ---- opening ---- */

static void free_source(struct image_source *source)
{
	struct containers *c = (struct containers *)source;

	json_decref(c->images);
	json_decref(c->layers);
	if (c->dir >= 0)
		close(c->dir);
	free(c->root);
	free(c);
}

static int load(struct containers *c, struct err *err)
{
	struct err unlocked = ERR_INIT;
	AUTO_FD int images = lock(c->dir, "overlay-images/images.lock",
				  &unlocked);
	AUTO_FD int layers = lock(c->dir, "overlay-layers/layers.lock",
				  &unlocked);

	/* A store that cannot be locked is read as it is. */
	(void)images;
	(void)layers;
	return read_list(c->dir, "overlay-images/images.json", &c->images,
			 err) < 0 ||
	       read_list(c->dir, "overlay-layers/layers.json", &c->layers,
			 err) < 0 ? -1 : 0;
}

char *containers_default_root(void)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (geteuid() == 0)
		return mem_strdup("/var/lib/containers/storage");
	if (data && data[0] == '/')
		return mem_printf("%s/containers/storage", data);
	return mem_printf("%s/.local/share/containers/storage",
			  home ? home : "");
}

int containers_source(const char *root, struct image_source **out,
		      struct err *err)
{
	static const struct image_source_ops ops = {
		"containers-storage", list, open_image, read_layer,
		free_source,
	};
	struct containers *c = mem_alloc(sizeof(*c));

	c->source.ops = &ops;
	c->root = mem_strdup(root);
	c->dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->dir < 0 || load(c, err) < 0) {
		int sys = errno;

		if (c->dir < 0)
			err_sys(err, sys, "cannot open '%s'", root);
		free_source(&c->source);
		return -1;
	}
	*out = &c->source;
	return 0;
}
