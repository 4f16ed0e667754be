/* Knows what the API says of images, and what it leaves out: no history there
 * tells which of its steps made a layer, nor the fraction of its seconds. */
#include <string.h>

#include "dockerfile/dockerfile.h"
#include "engine/mirror_inside.h"
#include "spec/gofmt.h"

#define LIST_MAX ((size_t)256 << 20)
#define IMAGE_MAX ((size_t)32 << 20)
#define CONTAINERD "io.containerd.snapshotter.v1"

void listing_release(struct listing *listing)
{
	free(listing->images);
	strv_release(&listing->refs);
	free(listing->ref_ids);
	*listing = (struct listing){ 0 };
}

void told_image_release(struct told_image *told)
{
	buf_release(&told->json);
	image_config_release(&told->config);
	free(told->sizes);
	free(told->tagged);
	*told = (struct told_image){ 0 };
}

static const char *text_in(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static int ask(struct daemon *daemon, const char *path, size_t limit,
	       json_t **out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	json_error_t where;

	if (daemon_read(daemon, path, limit, &text, err) < 0)
		return -1;
	*out = json_loadb(text.data ? text.data : "", text.len,
			  JSON_ALLOW_NUL, &where);
	return *out ? 0 : err_set(err, ERR_INPUT, "the docker daemon at %s "
				  "answered what is no JSON (%s: line %d: %s)",
				  daemon_host(daemon), path, where.line,
				  where.text);
}

int mirror_check_driver(struct daemon *daemon, struct err *err)
{
	json_t *info = NULL, *row;
	bool containerd = false;
	size_t i;

	if (ask(daemon, "/info", LIST_MAX, &info, err) < 0)
		return -1;
	json_array_foreach(json_object_get(info, "DriverStatus"), i, row) {
		const char *value = json_string_value(json_array_get(row, 1));

		containerd |= value && strcmp(value, CONTAINERD) == 0;
	}
	json_decref(info);
	return !containerd ? 0 :
	       err_set(err, ERR_UNSUPPORTED, "the docker daemon at %s keeps "
		       "its images in the containerd store, where no image "
		       "says what it was built with; varve reads those of the "
		       "classic store (\"containerd-snapshotter\": false)",
		       daemon_host(daemon));
}

/* ---- the list ---- */

static void take_refs(struct listing *listing, const json_t *names,
		      const struct digest *id)
{
	size_t i;
	json_t *item;

	json_array_foreach(names, i, item) {
		const char *name = json_string_value(item);

		if (!name || strncmp(name, "<none>", 6) == 0)
			continue;
		strv_add(&listing->refs, name);
		MEM_PUSH(listing->ref_ids, listing->ref_count) = *id;
	}
}

static int take_listed(struct daemon *daemon, const json_t *item,
		       struct listing *listing, struct err *err)
{
	struct listed_image image = { .parent = { "" } };
	const char *parent = text_in(item, "ParentId");

	if (!digest_parse(text_in(item, "Id"), &image.id) ||
	    (*parent && !digest_parse(parent, &image.parent)))
		return err_set(err, ERR_INPUT, "the docker daemon at %s lists "
			       "an image '%s' with the parent '%s'",
			       daemon_host(daemon), text_in(item, "Id"),
			       parent);
	image.first_ref = listing->ref_count;
	take_refs(listing, json_object_get(item, "RepoTags"), &image.id);
	take_refs(listing, json_object_get(item, "RepoDigests"), &image.id);
	image.ref_count = listing->ref_count - image.first_ref;
	MEM_PUSH(listing->images, listing->count) = image;
	return 0;
}

int mirror_list(struct daemon *daemon, struct listing *listing,
		struct err *err)
{
	json_t *list = NULL, *item;
	int done = 0;
	size_t i;

	if (ask(daemon, "/images/json?all=1", LIST_MAX, &list, err) < 0)
		return -1;
	if (!json_is_array(list))
		done = err_set(err, ERR_INPUT, "the docker daemon at %s "
			       "answered no list of images",
			       daemon_host(daemon));
	json_array_foreach(list, i, item)
		if (done == 0)
			done = take_listed(daemon, item, listing, err);
	json_decref(list);
	return done;
}

/* ---- one image ---- */

static bool makes_no_layer(const char *created_by)
{
	const char *nop = strstr(created_by, "#(nop) ");

	if (nop)
		created_by = nop + strlen("#(nop) ");
	return instr_text_is_config(created_by + strspn(created_by, " "));
}

/*
 * Which steps made the layers: those with bytes did; of the others first those
 * that usually do. The history comes newest first, layers bottom first.
 */
static void spread_layers(const json_t *history, size_t layers, bool *made)
{
	size_t count = json_array_size(history), left = layers;

	for (int pass = 0; pass < 3; pass++)
		for (size_t i = count; i-- > 0 && left > 0; ) {
			const json_t *entry = json_array_get(history, i);
			bool take = pass == 0 ? json_integer_value(
				json_object_get(entry, "Size")) > 0 :
				pass == 2 || !makes_no_layer(
					text_in(entry, "CreatedBy"));

			if (made[i] || !take)
				continue;
			made[i] = true;
			left--;
		}
}

/* Where the parent is known its history is exact, and ours is one step more.
 * An image may also have been given a parent by hand (docker load). */
static bool continues(const json_t *history, size_t layers,
		      const struct image_config *parent)
{
	return parent && json_array_size(history) ==
			 parent->history_count + 1 &&
	       (layers == parent->diff_id_count ||
		layers == parent->diff_id_count + 1);
}

static void add_entry(json_t *out, const char *created, const char *author,
		      const char *created_by, const char *comment, bool empty)
{
	json_t *entry = json_object();

	json_object_set_new(entry, "created", json_string(created));
	if (*author)
		json_object_set_new(entry, "author", json_string(author));
	if (*created_by)
		json_object_set_new(entry, "created_by",
				    json_string(created_by));
	if (*comment)
		json_object_set_new(entry, "comment", json_string(comment));
	if (empty)
		json_object_set_new(entry, "empty_layer", json_true());
	json_array_append_new(out, entry);
}

static void add_told(json_t *out, const json_t *entry, bool empty)
{
	struct moment when = { .set = true };
	char created[40];

	when.sec = json_integer_value(json_object_get(entry, "Created"));
	gofmt_time(when, created);
	add_entry(out, created, "", text_in(entry, "CreatedBy"),
		  text_in(entry, "Comment"), empty);
}

static json_t *make_history(const json_t *image, const json_t *history,
			    const bool *made, const struct image_config *parent)
{
	size_t count = json_array_size(history);
	json_t *out = json_array();

	for (size_t i = 0; parent && i < parent->history_count; i++) {
		const struct history *entry = &parent->history[i];

		add_entry(out, entry->created, entry->author,
			  entry->created_by, entry->comment,
			  entry->empty_layer);
	}
	for (size_t i = count - (parent ? parent->history_count : 0);
	     i-- > 0; ) {
		const json_t *entry = json_array_get(history, i);

		if (i > 0)
			add_told(out, entry, !made[i]);
		else
			add_entry(out, text_in(image, "Created"),
				  text_in(image, "Author"),
				  text_in(entry, "CreatedBy"),
				  text_in(entry, "Comment"), !made[i]);
	}
	return out;
}

static void copy_as(json_t *to, const char *name, const json_t *from,
		    const char *theirs)
{
	json_t *value = json_object_get(from, theirs);

	if (value && !json_is_null(value) &&
	    !(json_is_string(value) && !*json_string_value(value)))
		json_object_set(to, name, value);
}

static json_t *make_config(const json_t *image, json_t *history)
{
	static const char *const names[][2] = {
		{ "architecture", "Architecture" }, { "author", "Author" },
		{ "comment", "Comment" }, { "config", "Config" },
		{ "container", "Container" },
		{ "container_config", "ContainerConfig" },
		{ "created", "Created" },
		{ "docker_version", "DockerVersion" }, { "os", "Os" },
		{ "os.version", "OsVersion" }, { "variant", "Variant" },
	};
	json_t *out = json_object();
	json_t *rootfs = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		copy_as(out, names[i][0], image, names[i][1]);
	json_object_set_new(out, "history", history);
	json_object_set_new(rootfs, "type", json_string("layers"));
	copy_as(rootfs, "diff_ids", json_object_get(image, "RootFS"),
		"Layers");
	json_object_set_new(out, "rootfs", rootfs);
	return out;
}

/* In order; steps that made none are left out. */
static uint64_t *make_sizes(const json_t *history, const bool *made,
			    size_t layers)
{
	uint64_t *sizes = mem_array(layers + 1, sizeof(*sizes));
	size_t n = 0;

	for (size_t i = json_array_size(history); i-- > 0 && n < layers; )
		if (made[i])
			sizes[n++] = (uint64_t)json_integer_value(
				json_object_get(json_array_get(history, i),
						"Size"));
	return sizes;
}

/* Go's zero time says never. */
static char *tagged_of(const json_t *image)
{
	const char *when = text_in(json_object_get(image, "Metadata"),
				   "LastTagTime");

	return *when && strncmp(when, "0001-", 5) != 0 ? mem_strdup(when) :
							 NULL;
}

int mirror_tagged(struct daemon *daemon, const struct digest *id, char **out,
		  struct err *err)
{
	AUTO_FREE char *path = mem_printf("/images/%s/json", id->text);
	json_t *image = NULL;

	if (ask(daemon, path, IMAGE_MAX, &image, err) < 0)
		return -1;
	*out = tagged_of(image);
	json_decref(image);
	return 0;
}

static int combine(const json_t *image, const json_t *history,
		   const struct image_config *parent, struct told_image *told,
		   struct err *err)
{
	size_t layers = json_array_size(json_object_get(
		json_object_get(image, "RootFS"), "Layers"));
	size_t count = json_array_size(history);
	AUTO_FREE bool *made = mem_array(count + 1, sizeof(*made));
	AUTO_FREE char *text = NULL;
	json_t *config;

	if (!json_is_object(json_object_get(image, "ContainerConfig")))
		return err_set(err, ERR_UNSUPPORTED, "it does not say what it "
			       "was built with");
	if (continues(history, layers, parent)) {
		made[0] = layers > parent->diff_id_count;
		for (size_t i = 1; i < count; i++)
			made[i] = !parent->history[count - 1 - i].empty_layer;
	} else {
		parent = NULL;
		spread_layers(history, layers, made);
	}
	config = make_config(image, make_history(image, history, made,
						 parent));
	text = json_dumps(config, JSON_COMPACT);
	json_decref(config);
	if (!text)
		return err_set(err, ERR_INPUT, "it cannot be written down");
	buf_adds(&told->json, text);
	told->sizes = make_sizes(history, made, layers);
	told->tagged = tagged_of(image);
	return image_config_parse(told->json.data, told->json.len,
				  &told->config, err);
}

int mirror_tell(struct daemon *daemon, const struct digest *id,
		const struct image_config *parent, struct told_image *told,
		struct err *err)
{
	AUTO_FREE char *inspect = mem_printf("/images/%s/json", id->text);
	AUTO_FREE char *past = mem_printf("/images/%s/history", id->text);
	json_t *image = NULL, *history = NULL;
	int done = ask(daemon, inspect, IMAGE_MAX, &image, err);

	if (done == 0)
		done = ask(daemon, past, IMAGE_MAX, &history, err);
	if (done == 0)
		done = combine(image, history, parent, told, err);
	json_decref(image);
	json_decref(history);
	return done < 0 ? err_wrap(err, "image %.12s", DIGEST_HEX(id)) : 0;
}
