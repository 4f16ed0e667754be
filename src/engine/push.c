/* Knows the order of a push: layers that are not there, configuration,
 * manifest (store.md 7.5). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/push_inside.h"
#include "spec/gzip.h"
#include "store/distribution.h"

#define FOLDER "push"
#define HASH_CHUNK 65536

void pushing_release(struct pushing *p)
{
	registry_free(p->registry);
	free(p->repository);
}

/* A layer on its way. */
struct outgoing {
	const struct pushing *pushing;
	const struct layer *layer;
	struct descriptor blob;
	char id[DIGEST_SHORT + 1];
	int64_t said;
};

static void say(const struct pushing *p, const char *id, const char *status,
		int64_t current, int64_t total)
{
	if (p->options->sink)
		p->options->sink(p->options->arg, &(struct transfer_event){
			id, status, current, total });
}

/* ---- a layer as a blob ---- */

/* A file without a name below the store. */
static int nameless(const struct pushing *p, struct err *err)
{
	int private = store_private_fd(p->store);
	char hex[65], name[80];
	int fd;

	fs_random_hex(hex);
	if (fs_mkdir_p(private, FOLDER, 0700, err) < 0)
		return -1;
	strcpy(name, FOLDER "/");
	strcat(name, hex);
	fd = openat(private, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return err_sys(err, errno, "cannot write a blob");
	unlinkat(private, name, 0);
	return fd;
}

static int add_bytes(void *arg, const void *bytes, size_t len,
		     struct err *err)
{
	return gzip_writer_add(arg, bytes, len, err);
}

/* The digest and size of what stands in the file. */
static int measure(int fd, struct descriptor *out, struct err *err)
{
	AUTO(sha256_free) struct sha256 *sum = sha256_new();
	AUTO_FREE char *chunk = mem_alloc(HASH_CHUNK);
	ssize_t n;

	out->size = 0;
	while ((n = pread(fd, chunk, HASH_CHUNK, out->size)) > 0) {
		sha256_add(sum, chunk, (size_t)n);
		out->size += n;
	}
	if (n < 0)
		return err_sys(err, errno, "cannot read a blob");
	sha256_end(sum, &out->digest);
	return 0;
}

static int compress(const struct outgoing *o, int fd, struct err *err)
{
	AUTO(gzip_writer_free) struct gzip_writer *gzip = gzip_writer_new(fd);

	return store_layer_tar(o->pushing->store, o->layer, add_bytes, gzip,
			       err) < 0 ? -1 : gzip_writer_end(gzip, err);
}

static int on_progress(void *arg, int64_t sent, struct err *err)
{
	struct outgoing *o = arg;

	(void)err;
	if (sent - o->said >= o->blob.size / 100) {
		o->said = sent;
		say(o->pushing, o->id, "Pushing", sent, o->blob.size);
	}
	return 0;
}

static int upload(struct outgoing *o, struct err *err)
{
	const struct pushing *p = o->pushing;
	AUTO_FD int fd = nameless(p, err);

	if (fd < 0 || compress(o, fd, err) < 0 ||
	    measure(fd, &o->blob, err) < 0)
		return -1;
	if (registry_put_blob(p->registry, p->ref->path, &o->blob.digest, fd,
			      o->blob.size, on_progress, o, err) < 0)
		return -1;
	say(p, o->id, "Pushed", 0, 0);
	return 0;
}

/* ---- blobs that are there already ---- */

/* The repository's path, if it is of this registry. */
static const char *path_here(const struct pushing *p, const char *repository)
{
	size_t len = strlen(p->ref->domain);

	return strncmp(repository, p->ref->domain, len) == 0 &&
	       repository[len] == '/' ? repository + len + 1 : NULL;
}

static int take_known(struct outgoing *o, const struct known_blob *known,
		      struct err *err)
{
	const struct pushing *p = o->pushing;
	const char *path = path_here(p, known->repository);
	AUTO_FREE char *mounted = NULL;
	int done;

	if (!path)
		return 0;
	done = registry_has_blob(p->registry, p->ref->path, &known->digest,
				 &o->blob.size, err);
	if (done == 0 && strcmp(path, p->ref->path) != 0) {
		done = registry_mount(p->registry, p->ref->path, path,
				      &known->digest, err);
		if (done > 0)
			done = registry_has_blob(p->registry, p->ref->path,
						 &known->digest, &o->blob.size,
						 err);
		mounted = mem_printf("Mounted from %s", path);
	}
	if (done <= 0 || o->blob.size < 0)
		return done < 0 ? -1 : 0;
	o->blob.digest = known->digest;
	say(p, o->id, mounted ? mounted : "Layer already exists", 0, 0);
	return 1;
}

static int find_known(struct outgoing *o, struct err *err)
{
	struct known_blob *blobs;
	size_t count;
	int done = 0;

	if (store_known_blobs(o->pushing->store, &o->layer->diff_id, &blobs,
			      &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count && done == 0; i++)
		done = take_known(o, &blobs[i], err);
	known_blobs_free(blobs, count);
	return done;
}

static int push_layer(struct outgoing *o, struct err *err)
{
	const struct pushing *p = o->pushing;
	int done = find_known(o, err);

	if (done < 0 || (done == 0 && upload(o, err) < 0))
		return -1;
	return store_remember_blob(p->store, &o->blob.digest,
				   &o->layer->diff_id, p->repository, "",
				   err);
}

int push_blob(const struct pushing *p, const struct layer *layer,
	      struct descriptor *out, struct err *err)
{
	static char type[] = TYPE_DOCKER_LAYER;
	struct outgoing o = { .pushing = p, .layer = layer };

	memcpy(o.id, DIGEST_HEX(&layer->diff_id), DIGEST_SHORT);
	if (push_layer(&o, err) < 0)
		return -1;
	*out = o.blob;
	out->media_type = type;
	return 0;
}

/* ---- configuration and manifest ---- */

int push_config(const struct pushing *p, const struct image *image,
		struct descriptor *out, struct err *err)
{
	AUTO(buf_release) struct buf json = BUF_INIT;
	AUTO_FD int fd = -1;
	int there;

	if (store_config_bytes(p->store, &image->id, &json, err) < 0)
		return -1;
	out->digest = image->id;
	out->size = (int64_t)json.len;
	there = registry_has_blob(p->registry, p->ref->path, &out->digest,
				  NULL, err);
	if (there != 0)
		return there < 0 ? -1 : 0;
	fd = nameless(p, err);
	if (fd < 0 || fs_write_all(fd, json.data, json.len, err) < 0)
		return -1;
	return registry_put_blob(p->registry, p->ref->path, &out->digest, fd,
				 out->size, NULL, NULL, err);
}

static int push_manifest(const struct pushing *p, const struct image *image,
			 const struct outgoing *layers, size_t count,
			 struct err *err)
{
	static char config_type[] = TYPE_DOCKER_CONFIG;
	struct descriptor config = { .media_type = config_type };
	AUTO_FREE struct descriptor *blobs = mem_array(count, sizeof(*blobs));
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO_FREE char *line = NULL;
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *by = NULL;
	struct digest digest;

	if (push_config(p, image, &config, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		blobs[i] = layers[i].blob;
	manifest_format(&config, blobs, count, &text);
	if (registry_put_manifest(p->registry, p->ref->path, p->ref->tag,
				  TYPE_DOCKER_MANIFEST,
				  (struct span){ text.data, text.len },
				  err) < 0)
		return -1;
	digest_make(text.data, text.len, &digest);
	name = reference_name(p->ref);
	by = mem_printf("%s@%s", name, digest.text);
	if (p->named &&
	    store_tag_undated(p->store, by, &image->id, NULL, err) < 0)
		return -1;
	line = mem_printf("%s: digest: %s size: %zu", p->ref->tag, digest.text,
			  text.len);
	say(p, NULL, line, 0, 0);
	return 0;
}

static int push_layers(const struct pushing *p, const struct layer **layers,
		       struct outgoing *out, size_t count, struct err *err)
{
	static char type[] = TYPE_DOCKER_LAYER;

	for (size_t i = count; i-- > 0;) {
		out[i] = (struct outgoing){ .pushing = p, .layer = layers[i],
					    .blob.media_type = type };
		memcpy(out[i].id, DIGEST_HEX(&layers[i]->diff_id),
		       DIGEST_SHORT);
		say(p, out[i].id, "Preparing", 0, 0);
	}
	for (size_t i = count; i-- > 0;)
		if (push_layer(&out[i], err) < 0)
			return -1;
	return 0;
}

static int push_found(const struct pushing *p, struct image *image,
		      struct err *err)
{
	const struct image_config *config = store_config(p->store, image, err);
	AUTO_FREE const struct layer **layers = NULL;
	AUTO_FREE struct outgoing *out = NULL;
	size_t count;

	if (!config ||
	    store_layers_of(p->store, config, &layers, &count, err) < 0)
		return -1;
	out = mem_array(count, sizeof(*out));
	return push_layers(p, layers, out, count, err) < 0 ? -1 :
	       push_manifest(p, image, out, count, err);
}

static int push_to(struct store *store, struct image *image,
		   const struct reference *ref, bool named,
		   const struct transfer_options *options, struct err *err)
{
	AUTO(pushing_release) struct pushing p = {
		.store = store, .options = options, .ref = ref, .named = named,
	};
	struct registry_options where = options->registry;

	where.host = ref->domain;
	p.repository = mem_printf("%s/%s", ref->domain, ref->path);
	return registry_open(&where, &p.registry, err) < 0 ? -1 :
	       push_found(&p, image, err);
}

static int parse_target(const char *text, struct reference *ref,
			const struct transfer_options *options,
			struct err *err)
{
	struct pushing p = { .options = options };
	AUTO_FREE char *line = NULL;

	if (reference_parse(text, ref, err) < 0)
		return -1;
	if (digest_is_set(&ref->digest))
		return err_set(err, ERR_USAGE, "cannot push a digest "
			       "reference");
	reference_default_tag(ref);
	line = mem_printf("The push refers to repository [%s/%s]", ref->domain,
			  ref->path);
	say(&p, NULL, line, 0, 0);
	return 0;
}

int push_image_as(struct store *store, struct image *image, const char *name,
		  const struct transfer_options *options, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };

	return parse_target(name, &ref, options, err) < 0 ? -1 :
	       push_to(store, image, &ref, false, options, err);
}

int push_image(struct store *store, const char *text,
	       const struct transfer_options *options, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO_FREE char *familiar = NULL;
	struct image *image;
	int found;

	if (parse_target(text, &ref, options, err) < 0)
		return -1;
	familiar = reference_familiar(&ref);
	found = store_find(store, familiar, &image, err);
	if (found <= 0)
		return found < 0 ? -1 :
		       err_set(err, ERR_NOT_FOUND, "An image does not exist "
			       "locally with the tag: %s", familiar);
	return push_to(store, image, &ref, true, options, err);
}
