/* Knows the order of a pull: manifest, platform, configuration, layers, names
 * (store.md 7.2). */
#include <string.h>

#include "base/mem.h"
#include "engine/pull_inside.h"
#include "transport/image.h"

void pull_say(const struct pulling *pulling, const char *id,
	      const char *status, int64_t current, int64_t total)
{
	if (pulling->options->sink)
		pulling->options->sink(pulling->options->arg,
			&(struct transfer_event){ .id = id, .status = status,
						  .current = current,
						  .total = total });
}

static void pulling_release(struct pulling *pulling)
{
	registry_free(pulling->registry);
}
AUTO_DEFINE_IN_PLACE(struct pulling, pulling_release)

/* ---- the manifest ---- */

static int find_manifest(const struct pulling *p, const char *ref,
			 struct manifest *out, struct digest *digest,
			 struct err *err)
{
	AUTO(buf_release) struct buf bytes = BUF_INIT;
	AUTO_FREE char *type = NULL;

	if (registry_image_manifest(p->registry, p->path, ref,
				    p->options->platform, &bytes, &type,
				    digest, err) < 0 ||
	    manifest_parse((struct span){ bytes.data, bytes.len }, type, out,
			   err) < 0)
		return -1;
	return !out->is_index ? 0 :
	       err_set(err, ERR_UNSUPPORTED, "an index within an index");
}

/* ---- one image ---- */

static int check_config(const struct manifest *manifest,
			const struct image_config *config, struct err *err)
{
	if (config->os[0] && strcmp(config->os, "linux") != 0)
		return err_set(err, ERR_UNSUPPORTED, "image operating system "
			       "\"%s\" cannot be used on this platform",
			       config->os);
	if (config->diff_id_count != manifest->count)
		return err_set(err, ERR_INPUT, "layers from manifest don't "
			       "match image configuration");
	return 0;
}

static int take_image(const struct pulling *p, const struct manifest *manifest,
		      struct digest *id, struct err *err)
{
	AUTO(image_config_release) struct image_config config;
	AUTO(buf_release) struct buf json = BUF_INIT;
	const struct digest none = { "" };
	struct image *image;
	int found;

	image_config_init(&config);
	*id = manifest->config.digest;
	found = store_image(p->store, id, &image, err);
	if (found < 0)
		return -1;
	if (found && store_config(p->store, image, err))
		return 0;
	if (registry_blob_bytes(p->registry, p->path, &manifest->config,
				IMAGE_CONFIG_MAX, &json, err) < 0 ||
	    image_config_parse(json.data ? json.data : "", json.len, &config,
			       err) < 0 ||
	    check_config(manifest, &config, err) < 0 ||
	    pull_layers(p, manifest, &config, err) < 0)
		return -1;
	return store_put_image(p->store, json.data, json.len, &none, id, err);
}

/* 1 if the name meant something else before. */
static int name_image(const struct pulling *p, const char *name,
		      const struct digest *id, struct err *err)
{
	struct image *image;
	int found = store_find(p->store, name, &image, err);

	if (found < 0 || (found && digest_equal(&image->id, id)))
		return found < 0 ? -1 : 0;
	return store_tag_undated(p->store, name, id, NULL, err) < 0 ? -1 : 1;
}

static int name_pulled(const struct pulling *p, const struct reference *ref,
		       const char *familiar, const struct digest *digest,
		       const struct digest *id, struct err *err)
{
	AUTO_FREE char *name = reference_name(ref);
	AUTO_FREE char *by = mem_printf("%s@%s", name, digest->text);
	int changed;

	if (p->options->as)
		return *p->options->as ?
		       name_image(p, p->options->as, id, err) : 0;
	changed = name_image(p, by, id, err);
	if (changed < 0 || digest_is_set(&ref->digest))
		return changed;
	return name_image(p, familiar, id, err);
}

static void say_line(const struct pulling *p, char *line)
{
	pull_say(p, NULL, line, 0, 0);
	free(line);
}

static void say_status(const struct pulling *p, bool changed, const char *name)
{
	say_line(p, mem_printf("Status: %s for %s", changed ?
			       "Downloaded newer image" :
			       "Image is up to date", name));
}

static bool is_wanted(const struct platform *wanted,
		      const struct image_config *config)
{
	return strcmp(wanted->os, config->os) == 0 &&
	       strcmp(wanted->architecture, config->architecture) == 0 &&
	       (!*wanted->variant || !config->variant ||
		!*config->variant ||
		strcmp(wanted->variant, config->variant) == 0);
}

/* A manifest that no index leads to is taken whatever it is for. */
static int warn_platform(const struct pulling *p, const struct digest *id,
			 const char *name, struct err *err)
{
	const struct platform *wanted = p->options->platform;
	const struct image_config *config;
	struct image *image;

	if (!wanted)
		return 0;
	if (store_image(p->store, id, &image, err) < 0)
		return -1;
	config = store_config(p->store, image, err);
	if (!config)
		return -1;
	if (!is_wanted(wanted, config))
		say_line(p, mem_printf(
			"WARNING: image with reference %s was found but does "
			"not match the specified platform: wanted %s/%s%s%s, "
			"actual: %s/%s%s%s", name, wanted->os,
			wanted->architecture, *wanted->variant ? "/" : "",
			wanted->variant, config->os, config->architecture,
			config->variant && *config->variant ? "/" : "",
			config->variant ? config->variant : ""));
	return 0;
}

/* 1 if a name means something new. */
static int pull_ref(const struct pulling *p, const struct reference *ref,
		    struct digest *id, struct err *err)
{
	bool by_digest = digest_is_set(&ref->digest);
	const char *word = by_digest ? ref->digest.text : ref->tag;
	AUTO(manifest_release) struct manifest manifest = { 0 };
	AUTO_FREE char *name = reference_name(ref);
	AUTO_FREE char *familiar = mem_printf("%s%c%s", name,
					      by_digest ? '@' : ':', word);
	AUTO_FREE char *line = NULL;
	struct digest digest;
	int changed;

	if (find_manifest(p, word, &manifest, &digest, err) < 0)
		return err->kind != ERR_NOT_FOUND ? -1 :
		       err_wrap(err, "manifest for %s not found", familiar);
	line = mem_printf("Pulling from %s", p->path);
	if (p->options->sink)
		p->options->sink(p->options->arg, &(struct transfer_event){
			.id = word, .status = line, .heading = true });
	if (take_image(p, &manifest, id, err) < 0)
		return -1;
	changed = name_pulled(p, ref, familiar, &digest, id, err);
	if (changed < 0)
		return -1;
	say_line(p, mem_printf("Digest: %s", digest.text));
	if (p->all)
		return changed;
	say_status(p, changed, familiar);
	return warn_platform(p, id, name, err) < 0 ? -1 : changed;
}

/* ---- opening ---- */

static int pull_open(struct pulling *p, const struct reference *ref,
		     const struct transfer_options *options, struct err *err)
{
	struct registry_options where = options->registry;

	where.host = ref->domain;
	p->options = options;
	p->path = ref->path;
	return registry_open(&where, &p->registry, err);
}

/* A private repository and none look alike from outside. */
static int explain_denial(const struct reference *ref, struct err *err)
{
	AUTO_FREE char *name = reference_name(ref);

	if (err->kind != ERR_DENIED)
		return -1;
	return err_wrap(err, "pull access denied for %s, repository does not "
			"exist or may require 'docker login'", name);
}

int pull_image(struct store *store, const char *text,
	       const struct transfer_options *options, struct digest *id,
	       struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO(pulling_release) struct pulling p = { .store = store };
	AUTO_FREE char *repository = NULL;

	if (reference_parse(text, &ref, err) < 0)
		return -1;
	if (!digest_is_set(&ref.digest))
		reference_default_tag(&ref);
	repository = mem_printf("%s/%s", ref.domain, ref.path);
	p.repository = repository;
	if (strcmp(repository, "docker.io/library/scratch") == 0)
		return err_set(err, ERR_INPUT, "'scratch' is a reserved name");
	if (pull_open(&p, &ref, options, err) < 0 ||
	    pull_ref(&p, &ref, id, err) < 0)
		return explain_denial(&ref, err);
	return 0;
}

static int pull_tags(struct pulling *p, struct reference *ref,
		     struct err *err)
{
	AUTO_FREE char *name = reference_name(ref);
	AUTO(strv_release) struct strv tags = { 0 };
	bool changed = false;

	if (registry_tags(p->registry, p->path, &tags, err) < 0)
		return err->kind != ERR_NOT_FOUND ? -1 :
		       err_wrap(err, "repository %s not found", name);
	for (size_t i = 0; i < tags.count; i++) {
		struct digest id;
		int rc;

		free(ref->tag);
		ref->tag = mem_strdup(tags.items[i]);
		rc = pull_ref(p, ref, &id, err);
		if (rc < 0)
			return -1;
		changed = changed || rc;
	}
	say_status(p, changed, name);
	return 0;
}

int pull_all(struct store *store, const char *text,
	     const struct transfer_options *options, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO(pulling_release) struct pulling p = { .store = store,
						   .all = true };
	AUTO_FREE char *repository = NULL;

	if (reference_parse(text, &ref, err) < 0)
		return -1;
	if (ref.tag || digest_is_set(&ref.digest))
		return err_set(err, ERR_USAGE, "tag can't be used with "
			       "--all-tags/-a");
	repository = mem_printf("%s/%s", ref.domain, ref.path);
	p.repository = repository;
	if (pull_open(&p, &ref, options, err) < 0 ||
	    pull_tags(&p, &ref, err) < 0)
		return explain_denial(&ref, err);
	return 0;
}
