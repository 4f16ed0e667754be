/* Knows how the verbs on files name layers and write files as JSON. */
#include "cli/image_files.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "store/blame.h"
#include "store/pack.h"
#include "view/files.h"
#include "view/layers.h"

void image_layers_release(struct image_layers *layers)
{
	free(layers->layers);
	*layers = (struct image_layers){ 0 };
}

static bool begins(const struct digest *id, const char *text, size_t len)
{
	if (!digest_is_set(id))
		return false;
	return strncmp(DIGEST_HEX(id), text, len) == 0 ||
	       strncmp(id->text, text, len) == 0;
}

int image_layers_number(struct store *store,
			const struct image_layers *layers, const char *text,
			size_t *out, struct err *err)
{
	size_t len = strlen(text);
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	struct image *image = layers->image;

	if (!*end && end > text && number >= 1 && number <= layers->count) {
		*out = number - 1;
		return 0;
	}
	for (size_t i = 0; len >= 4 && i < layers->count; i++)
		if (begins(&layers->layers[i]->diff_id, text, len) ||
		    begins(&layers->layers[i]->chain_id, text, len)) {
			*out = i;
			return 0;
		}
	while (len >= 4 && image) {
		const struct image_config *config =
			store_config(store, image, err);

		if (!config)
			return -1;
		if (begins(&image->id, text, len) && config->diff_id_count &&
		    config->diff_id_count <= layers->count) {
			*out = config->diff_id_count - 1;
			return 0;
		}
		if (!digest_is_set(&image->parent))
			break;
		if (store_image(store, &image->parent, &image, err) < 0)
			return -1;
	}
	return err_set(err, ERR_NOT_FOUND, "the image has no layer '%s': it "
		       "has %zu", text, layers->count);
}

int image_layers_find(struct store *store, const char *name,
		      struct image_layers *out, struct err *err)
{
	const char *hash = strchr(name, '#');
	AUTO_FREE char *image = mem_strndup(name, hash ? (size_t)(hash - name)
						       : strlen(name));
	AUTO(image_layers_release) struct image_layers found = { 0 };
	size_t layer;

	if (image_verb_find(store, image, &found.image, err) < 0)
		return -1;
	found.config = store_config(store, found.image, err);
	if (!found.config ||
	    store_layers_of(store, found.config, &found.layers, &found.count,
			    err) < 0)
		return -1;
	if (hash) {
		if (image_layers_number(store, &found, hash + 1, &layer,
					err) < 0)
			return -1;
		found.count = layer + 1;
	}
	*out = found;
	found.layers = NULL;
	return 0;
}

char *image_layers_step(const struct image_layers *layers, size_t layer)
{
	struct layer_steps steps = { .config = layers->config };

	return layer_step_words(&steps, layer);
}

/* ---- JSON ---- */

static void json_key(struct buf *out, const char *key)
{
	char last = out->len ? out->data[out->len - 1] : '{';

	buf_addf(out, "%s\"%s\": ", last == '{' ? "" : ", ", key);
}

void json_text(struct buf *out, const char *key, const char *text)
{
	json_key(out, key);
	if (text)
		config_format_string(out, text, strlen(text));
	else
		buf_adds(out, "null");
}

void json_number(struct buf *out, const char *key, uint64_t number)
{
	json_key(out, key);
	buf_addf(out, "%llu", (unsigned long long)number);
}

static int add_xattrs(const struct files *files, uint32_t at, struct buf *out,
		      struct err *err)
{
	AUTO(strv_release) struct strv xattrs = { 0 };

	if (files->items[at].state == FILE_REMOVED)
		return 0;
	if (files_xattrs(files, at, files->items[at].layer, &xattrs, err) < 0)
		return -1;
	if (!xattrs.count)
		return 0;
	json_key(out, "xattrs");
	buf_addc(out, '{');
	for (size_t i = 0; i < xattrs.count; i++) {
		char *value = strchr(xattrs.items[i], '=');

		*value++ = '\0';
		json_text(out, xattrs.items[i], value);
	}
	buf_addc(out, '}');
	return 0;
}

static void add_differs(const struct files *files, const struct files *old,
			uint32_t at, struct buf *out)
{
	static const char *const words[] = { "type", "content", "mode",
					     "owner", "link", "xattr",
					     "device" };
	const struct file *file = &files->items[at];
	const char *comma = "";

	if (file->state != FILE_CHANGED)
		return;
	json_key(out, "differs");
	buf_addc(out, '[');
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (file->differs & (1u << i)) {
			buf_addf(out, "%s\"%s\"", comma, words[i]);
			comma = ", ";
		}
	buf_addc(out, ']');
	if (old && file->was != FILE_NONE) {
		AUTO_FREE char *text = file_differs_text(old, files, at);

		json_text(out, "what", text);
	}
}

int file_json(const struct files *files, const struct files *old,
	      uint32_t at, struct buf *out, struct err *err)
{
	const struct file *file = &files->items[at];
	AUTO_FREE char *path = files_path(files, at);
	uint32_t other = files_hardlink(files, at);
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", file->mode & 07777u);
	buf_addc(out, '{');
	json_text(out, "path", path);
	json_text(out, "state", file_state_word(file->state));
	json_text(out, "type", file_type_word(file->mode));
	json_text(out, "mode", mode);
	json_number(out, "uid", file->uid);
	json_number(out, "gid", file->gid);
	json_number(out, "size", S_ISREG(file->mode) ? file->size : 0);
	json_number(out, "layer", file->layer + 1u);
	if (files_link(files, at))
		json_text(out, "link", files_link(files, at));
	if (other != FILE_NONE) {
		AUTO_FREE char *first = files_path(files, other);

		json_text(out, "hardlink", first);
	}
	if (S_ISCHR(file->mode) || S_ISBLK(file->mode)) {
		json_number(out, "major", major(file->size));
		json_number(out, "minor", minor(file->size));
	}
	add_differs(files, old, at, out);
	if (add_xattrs(files, at, out, err) < 0)
		return -1;
	buf_addc(out, '}');
	return 0;
}

int image_files_names(const char *pack, const struct files *old,
		      struct files *now, struct err *err)
{
	AUTO_FREE char *path = pack_names_path(pack);

	if (files_compare(old, now, err) < 0)
		return -1;
	if (now->count < PACK_BIG)
		return 0;
	files_count_totals(now);
	/* What they are compared with comes with the rest. */
	if (pack_save(NULL, now, NULL, path, err) < 0)
		return -1;
	puts("names");
	fflush(stdout);
	return 0;
}
