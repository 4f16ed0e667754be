/* Knows how the images of docker before 1.10 become images of today: what
 * their json keeps, what becomes history. */
#include "engine/load_legacy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>
#include <uthash.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/register.h"
#include "spec/gofmt.h"

#define JSON_MAX ((size_t)16 * 1024 * 1024)

struct old_image {
	char *name;           /* its directory */
	char *parent;         /* another one's, or NULL */
	bool visiting, done;
	struct digest id, chain;
	struct image_config config;
	struct buf json;
	UT_hash_handle hh;
};

struct legacy {
	const struct load_archive *archive;
	struct old_image *images;
};

static void legacy_release(struct legacy *legacy)
{
	struct old_image *image, *next;

	HASH_ITER(hh, legacy->images, image, next) {
		HASH_DEL(legacy->images, image);
		image_config_release(&image->config);
		buf_release(&image->json);
		free(image->name);
		free(image->parent);
		free(image);
	}
}
AUTO_DEFINE_IN_PLACE(struct legacy, legacy_release)

static int read_file(const struct load_archive *archive, const char *path,
		     struct buf *out, struct err *err)
{
	AUTO_FD int fd = load_open(archive, path, err);

	return fd < 0 ? -1 : fs_read_fd(fd, JSON_MAX, out, err);
}

/* ---- finding them ---- */

/* Today's reader wants a rootfs; what only v1 had goes. */
static int parse_v1(struct old_image *image, struct err *err)
{
	json_error_t where;
	json_t *json = json_loadb(image->json.data ? image->json.data : "",
				  image->json.len, 0, &where);
	const char *parent = json_string_value(json_object_get(json, "parent"));
	AUTO_FREE char *text = NULL;

	if (!json_is_object(json)) {
		json_decref(json);
		return err_set(err, ERR_INPUT, "'%s/json' is damaged",
			       image->name);
	}
	image->parent = mem_strdup(parent && parent[0] ? parent : NULL);
	json_object_set_new(json, "rootfs",
			    json_pack("{s:s}", "type", "layers"));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (!text)
		return err_set(err, ERR_INPUT, "'%s/json' is damaged",
			       image->name);
	return image_config_parse(text, strlen(text), &image->config, err);
}

static int find_one(void *arg, int dir, const char *name, struct err *err)
{
	struct legacy *legacy = arg;
	AUTO_FREE char *path = mem_printf("%s/json", name);
	struct old_image *image;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(st.st_mode))
		return 0;
	image = mem_alloc(sizeof(*image));
	image->name = mem_strdup(name);
	image_config_init(&image->config);
	HASH_ADD_KEYPTR(hh, legacy->images, image->name, strlen(image->name),
			image);
	if (read_file(legacy->archive, path, &image->json, err) < 0)
		return -1;
	return parse_v1(image, err);
}

/* ---- making them ---- */

static void add_history(struct old_image *image)
{
	AUTO_FREE char *command =
		strv_join(&image->config.container_config.cmd, " ");
	char created[40] = "0001-01-01T00:00:00Z";
	struct history entry = {
		.created = created,
		.author = image->config.author,
		.created_by = command,
		.comment = image->config.comment,
	};

	if (image->config.created.set)
		gofmt_time(image->config.created, created);
	image_config_add_history(&image->config, &entry);
}

/* The parent's history and layers come before its own. */
static void inherit(struct old_image *image, const struct old_image *parent)
{
	for (size_t i = 0; i < parent->config.history_count; i++)
		image_config_add_history(&image->config,
					 &parent->config.history[i]);
	for (size_t i = 0; i < parent->config.diff_id_count; i++)
		image_config_add_diff(&image->config,
				      &parent->config.diff_ids[i]);
}

static int make_image(struct legacy *legacy, struct old_image *image,
		      const struct old_image *parent, struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/layer.tar", image->name);
	AUTO_FD int fd = load_open(legacy->archive, path, err);
	AUTO(buf_release) struct buf json = BUF_INIT;
	struct digest none = { "" }, diff;

	if (fd < 0 ||
	    register_layer(legacy->archive->store, fd,
			   parent ? &parent->chain : &none, NULL, &diff,
			   &image->chain, err) < 0)
		return -1;
	if (parent)
		inherit(image, parent);
	add_history(image);
	image_config_add_diff(&image->config, &diff);
	image_config_format(&image->config, &json);
	image->done = true;
	return load_put_image(legacy->archive, &json,
			      parent ? &parent->id : &none, &image->id, err);
}

static struct old_image *find(const struct legacy *legacy, const char *name)
{
	struct old_image *image = NULL;

	if (name)
		HASH_FIND_STR(legacy->images, name, image);
	return image;
}

/* Parents first: down to one that is done, then up again. */
static int make_chain(struct legacy *legacy, struct old_image *image,
		      struct err *err)
{
	struct old_image **chain = NULL;
	size_t count = 0;
	int done = 0;

	for (; image && !image->done; image = find(legacy, image->parent)) {
		if (image->visiting || (image->parent &&
					!find(legacy, image->parent))) {
			free(chain);
			return err_set(err, ERR_INPUT, "the parent of '%s' is "
				       "not in the archive", image->name);
		}
		image->visiting = true;
		MEM_PUSH(chain, count) = image;
	}
	while (done == 0 && count-- > 0)
		done = make_image(legacy, chain[count],
				  find(legacy, chain[count]->parent), err);
	free(chain);
	return done;
}

/* ---- their names ---- */

static int tag_all(struct legacy *legacy, json_t *repositories,
		   struct err *err)
{
	const char *name, *tag;
	json_t *tags, *value;

	json_object_foreach(repositories, name, tags) {
		json_object_foreach(tags, tag, value) {
			const struct old_image *image =
				find(legacy, json_string_value(value));
			AUTO_FREE char *ref = mem_printf("%s:%s", name, tag);

			if (!image)
				return err_set(err, ERR_INPUT, "the image of "
					       "'%s' is not in the archive",
					       ref);
			if (load_tag(legacy->archive, ref, &image->id,
				     err) < 0)
				return -1;
			strv_take(legacy->archive->lines,
				  mem_printf("Loaded image: %s", ref));
		}
	}
	return 0;
}

static int take_names(struct legacy *legacy, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	json_t *repositories;
	struct err missing = ERR_INIT;
	int done;

	if (read_file(legacy->archive, "repositories", &text, &missing) < 0) {
		if (missing.sys == ENOENT)
			return 0;
		*err = missing;
		return -1;
	}
	repositories = json_loadb(text.data ? text.data : "", text.len, 0,
				  NULL);
	done = json_is_object(repositories) ?
		       tag_all(legacy, repositories, err) :
		       err_set(err, ERR_INPUT, "'repositories' is damaged");
	json_decref(repositories);
	return done;
}

int load_legacy(const struct load_archive *archive, struct err *err)
{
	AUTO(legacy_release) struct legacy legacy = { .archive = archive };
	struct old_image *image;

	if (fs_each(archive->dir, ".", find_one, &legacy, err) != 0)
		return -1;
	if (!legacy.images)
		return err_set(err, ERR_INPUT,
			       "there is no manifest.json in the archive");
	for (image = legacy.images; image; image = image->hh.next)
		if (make_chain(&legacy, image, err) < 0)
			return -1;
	return take_names(&legacy, err);
}
