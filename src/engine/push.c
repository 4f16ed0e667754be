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
#define WORKERS 5 /* as docker */
#define ASK_FROM 100000 /* bytes, from which it is cheaper than to send */

int pushing_open(struct pushing *p, struct store *store,
		 const struct reference *ref,
		 const struct transfer_options *options, struct err *err)
{
	struct registry_options where = options->registry;

	p->store = store;
	p->options = options;
	p->ref = ref;
	p->repository = mem_printf("%s/%s", ref->domain, ref->path);
	where.host = ref->domain;
	return registry_open(&where, &p->registry, err);
}

void pushing_release(struct pushing *p)
{
	registry_free(p->registry);
	free(p->repository);
}

/* A layer on its way. */
struct outgoing {
	const struct crew *crew; /* NULL: it goes alone */
	const struct pushing *pushing;
	const struct layer *layer;
	struct descriptor blob;
	char id[DIGEST_SHORT + 1];
	int64_t said;
};

/* Who pushes all layers of an image, from the top, some at a time. */
struct crew {
	struct outgoing *layers;
	size_t left;          /* how many nobody took, from the bottom */
	bool failed;          /* err says why */
	struct err err;
	pthread_mutex_t lock; /* of all above, too */
};

static void lock(const struct pushing *p)
{
	if (p->lock)
		pthread_mutex_lock(p->lock);
}

static void unlock(const struct pushing *p)
{
	if (p->lock)
		pthread_mutex_unlock(p->lock);
}

static void say(const struct pushing *p, const char *id, const char *status,
		int64_t current, int64_t total)
{
	if (!p->options->sink)
		return;
	lock(p);
	p->options->sink(p->options->arg, &(struct transfer_event){
		.id = id, .status = status,
		.current = current, .total = total });
	unlock(p);
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
	bool stop;

	lock(o->pushing);
	stop = o->crew && o->crew->failed;
	unlock(o->pushing);
	if (stop)
		return err_set(err, ERR_CANCELLED, "another layer failed");
	if (sent - o->said >= o->blob.size / 100) {
		o->said = sent;
		say(o->pushing, o->id, "Pushing", sent, o->blob.size);
	}
	return 0;
}

/* A large blob may be there all the same: another machine made it. */
static int is_there(const struct outgoing *o, struct err *err)
{
	return o->blob.size < ASK_FROM ? 0 :
	       registry_has_blob(o->pushing->registry, o->pushing->ref->path,
				 &o->blob.digest, NULL, err);
}

/* offered: an upload that is open, or NULL. */
static int upload(struct outgoing *o, const char *offered, struct err *err)
{
	const struct pushing *p = o->pushing;
	AUTO_FD int fd = nameless(p, err);
	int there;

	if (fd < 0 || compress(o, fd, err) < 0 ||
	    measure(fd, &o->blob, err) < 0)
		return -1;
	there = is_there(o, err);
	if (there < 0 || (!there && registry_put_blob(
			p->registry, p->ref->path, &o->blob.digest, fd,
			o->blob.size, offered, on_progress, o, err) < 0))
		return -1;
	say(p, o->id, there ? "Layer already exists" : "Pushed", 0, 0);
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

/* Is the blob in this very repository? */
static int find_here(struct outgoing *o, const struct known_blob *known,
		     struct err *err)
{
	const struct pushing *p = o->pushing;
	int there = registry_has_blob(p->registry, p->ref->path,
				      &known->digest, &o->blob.size, err);

	if (there <= 0 || o->blob.size < 0)
		return there < 0 ? -1 : 0;
	o->blob.digest = known->digest;
	return 1;
}

static int mount(struct outgoing *o, const struct known_blob *known,
		 const char *from, char **offered, struct err *err)
{
	const struct pushing *p = o->pushing;
	AUTO_FREE char *line = mem_printf("Mounted from %s", from);
	int done;

	free(STEAL(*offered));
	done = registry_mount(p->registry, p->ref->path, from, &known->digest,
			      offered, err);
	if (done > 0)
		done = find_here(o, known, err);
	if (done > 0)
		say(p, o->id, line, 0, 0);
	return done;
}

/* As docker: this repository's blobs are asked for first, then some of the
 * others' are mounted; more of them for a layer that is large. */
static int take_known(struct outgoing *o, const struct known_blob *blobs,
		      size_t count, char **offered, struct err *err)
{
	const char *own = o->pushing->ref->path;
	int tries = o->layer->size > 10000000 ? 4 :
		    o->layer->size > 100000 ? 3 : 1;
	int done = 0;

	for (size_t i = 0; i < count && done == 0; i++) {
		const char *path = path_here(o->pushing, blobs[i].repository);

		if (path && strcmp(path, own) == 0)
			done = find_here(o, &blobs[i], err);
		if (done > 0)
			say(o->pushing, o->id, "Layer already exists", 0, 0);
	}
	for (size_t i = 0; i < count && done == 0 && tries > 0; i++) {
		const char *path = path_here(o->pushing, blobs[i].repository);

		if (!path || strcmp(path, own) == 0)
			continue;
		done = mount(o, &blobs[i], path, offered, err);
		tries--;
	}
	return done;
}

static int push_layer(struct outgoing *o, struct err *err)
{
	const struct pushing *p = o->pushing;
	AUTO_FREE char *offered = NULL;
	struct known_blob *blobs;
	size_t count;
	int done;

	if (store_known_blobs(p->store, &o->layer->diff_id, &blobs, &count,
			      err) < 0)
		return -1;
	done = take_known(o, blobs, count, &offered, err);
	known_blobs_free(blobs, count);
	if (done < 0 || (done == 0 && upload(o, offered, err) < 0))
		return -1;
	lock(p);
	done = store_remember_blob(p->store, &o->blob.digest,
				   &o->layer->diff_id, p->repository, "",
				   err);
	unlock(p);
	return done;
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
				 out->size, NULL, NULL, NULL, err);
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

/* ---- all layers ---- */

static struct outgoing *take_layer(struct crew *crew)
{
	struct outgoing *found = NULL;

	pthread_mutex_lock(&crew->lock);
	if (crew->left && !crew->failed)
		found = &crew->layers[--crew->left];
	pthread_mutex_unlock(&crew->lock);
	return found;
}

static void *work(void *arg)
{
	struct crew *crew = arg;
	struct outgoing *layer;

	while ((layer = take_layer(crew))) {
		struct err err = ERR_INIT;

		if (push_layer(layer, &err) == 0)
			continue;
		pthread_mutex_lock(&crew->lock);
		if (!crew->failed)
			crew->err = err;
		crew->failed = true;
		pthread_mutex_unlock(&crew->lock);
	}
	return NULL;
}

static void announce(const struct pushing *p, const struct layer **layers,
		     const struct crew *crew, size_t count)
{
	static char type[] = TYPE_DOCKER_LAYER;
	struct outgoing *out = crew->layers;

	for (size_t i = count; i-- > 0;) {
		out[i] = (struct outgoing){ .crew = crew, .pushing = p,
					    .layer = layers[i],
					    .blob.media_type = type };
		memcpy(out[i].id, DIGEST_HEX(&layers[i]->diff_id),
		       DIGEST_SHORT);
		say(p, out[i].id, "Preparing", 0, 0);
	}
	for (size_t i = count; i-- > WORKERS;)
		say(p, out[i - WORKERS].id, "Waiting", 0, 0);
}

static int push_layers(struct pushing *p, const struct layer **layers,
		       struct outgoing *out, size_t count, struct err *err)
{
	struct crew crew = { .layers = out, .left = count };
	pthread_t threads[WORKERS - 1];
	size_t started = 0;

	pthread_mutex_init(&crew.lock, NULL);
	p->lock = &crew.lock;
	announce(p, layers, &crew, count);
	while (started + 1 < count && started < WORKERS - 1 &&
	       pthread_create(&threads[started], NULL, work, &crew) == 0)
		started++;
	work(&crew);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	p->lock = NULL;
	pthread_mutex_destroy(&crew.lock);
	if (!crew.failed)
		return 0;
	*err = crew.err;
	return -1;
}

static int push_found(struct pushing *p, struct image *image,
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

/* ---- what is pushed where ---- */

static void say_target(const struct transfer_options *options,
		       const struct reference *ref)
{
	struct pushing p = { .options = options };
	AUTO_FREE char *line = mem_printf(
		"The push refers to repository [%s/%s]", ref->domain,
		ref->path);

	say(&p, NULL, line, 0, 0);
}

static int parse_target(const char *text, struct reference *ref,
			struct err *err)
{
	if (reference_parse(text, ref, err) < 0)
		return -1;
	if (digest_is_set(&ref->digest))
		return err_set(err, ERR_USAGE, "cannot push a digest "
			       "reference");
	return 0;
}

int push_image_as(struct store *store, struct image *image, const char *name,
		  const struct transfer_options *options, struct err *err)
{
	AUTO(pushing_release) struct pushing p = { 0 };
	AUTO(reference_release) struct reference ref = { 0 };

	if (parse_target(name, &ref, err) < 0)
		return -1;
	reference_default_tag(&ref);
	say_target(options, &ref);
	return pushing_open(&p, store, &ref, options, err) < 0 ? -1 :
	       push_found(&p, image, err);
}

static int no_image(const struct reference *ref, struct err *err)
{
	AUTO_FREE char *name = reference_name(ref);

	return err_set(err, ERR_NOT_FOUND, "An image does not exist locally "
		       "with the tag: %s", name);
}

static int find_tagged(struct store *store, const struct reference *ref,
		       struct image **out, struct err *err)
{
	AUTO_FREE char *familiar = reference_familiar(ref);
	int found = store_find(store, familiar, out, err);

	return found > 0 ? 0 : found < 0 ? -1 : no_image(ref, err);
}

int push_image(struct store *store, const char *text,
	       const struct transfer_options *options, struct err *err)
{
	AUTO(pushing_release) struct pushing p = { .named = true };
	AUTO(reference_release) struct reference ref = { 0 };
	struct image *image;

	if (parse_target(text, &ref, err) < 0)
		return -1;
	reference_default_tag(&ref);
	say_target(options, &ref);
	return find_tagged(store, &ref, &image, err) < 0 ||
	       pushing_open(&p, store, &ref, options, err) < 0 ? -1 :
	       push_found(&p, image, err);
}

/* Of one repository, sorted. */
static int tags_of(struct store *store, const struct reference *ref,
		   struct strv *out, struct err *err)
{
	AUTO_FREE char *name = reference_name(ref);
	struct image *const *images;
	size_t count, len = strlen(name);

	if (store_images(store, &images, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < images[i]->tags.count; j++) {
			const char *tag = images[i]->tags.items[j];

			if (strncmp(tag, name, len) == 0 && tag[len] == ':' &&
			    !strchr(tag, '@'))
				strv_add(out, tag + len + 1);
		}
	strv_sort(out);
	return out->count ? 0 : no_image(ref, err);
}

int push_all(struct store *store, const char *text,
	     const struct transfer_options *options, struct err *err)
{
	AUTO(pushing_release) struct pushing p = { .named = true };
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO(strv_release) struct strv tags = { 0 };

	if (parse_target(text, &ref, err) < 0)
		return -1;
	if (ref.tag)
		return err_set(err, ERR_USAGE, "tag can't be used with "
			       "--all-tags/-a");
	say_target(options, &ref);
	if (tags_of(store, &ref, &tags, err) < 0 ||
	    pushing_open(&p, store, &ref, options, err) < 0)
		return -1;
	for (size_t i = 0; i < tags.count; i++) {
		struct image *image;

		free(ref.tag);
		ref.tag = mem_strdup(tags.items[i]);
		if (find_tagged(store, &ref, &image, err) < 0 ||
		    push_found(&p, image, err) < 0)
			return -1;
	}
	return 0;
}
