/* Knows how the layers of an image come over in parallel while those that are
 * there are unpacked, bottom first. What is on its way lies in
 * <root>/varve/pull/<blob>, where the next pull finds it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/pull_inside.h"
#include "engine/register.h"
#include "store/distribution.h"

#define WORKERS 3 /* as docker */
#define FOLDER "pull"

enum layer_state { LAYER_WAITS, LAYER_COMES, LAYER_IS_HERE };

struct incoming {
	const struct descriptor *blob;
	const struct digest *diff_id;
	enum layer_state state;
	int fd;
};

struct team {
	const struct pulling *pulling;
	struct incoming *layers;
	size_t count;
	pthread_mutex_t lock;  /* of all that follows, and of events */
	pthread_cond_t moved;
	bool stop;             /* one failed: err says why */
	struct err err;
};

/* A worker on one layer. */
struct shift {
	struct team *team;
	struct incoming *layer;
	int64_t said;
};

static void say(struct team *team, const struct incoming *layer,
		const char *status, int64_t current, int64_t total)
{
	char id[DIGEST_SHORT + 1];

	memcpy(id, DIGEST_HEX(&layer->blob->digest), DIGEST_SHORT);
	id[DIGEST_SHORT] = '\0';
	pthread_mutex_lock(&team->lock);
	pull_say(team->pulling, id, status, current, total);
	pthread_mutex_unlock(&team->lock);
}

/* ---- downloading ---- */

static int on_progress(void *arg, int64_t got, struct err *err)
{
	struct shift *shift = arg;
	int64_t total = shift->layer->blob->size;
	bool stop;

	pthread_mutex_lock(&shift->team->lock);
	stop = shift->team->stop;
	pthread_mutex_unlock(&shift->team->lock);
	if (stop)
		return err_set(err, ERR_CANCELLED, "another layer failed");
	if (got - shift->said >= total / 100) {
		shift->said = got;
		say(shift->team, shift->layer, "Downloading", got, total);
	}
	return 0;
}

static int open_part(const struct pulling *p, const struct incoming *layer,
		     struct err *err)
{
	AUTO_FREE char *name = mem_printf(FOLDER "/%s",
					  DIGEST_HEX(&layer->blob->digest));
	int fd = openat(store_private_fd(p->store), name,
			O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : err_sys(err, errno, "cannot write '%s'", name);
}

static int fetch(struct team *team, struct incoming *layer, struct err *err)
{
	const struct pulling *p = team->pulling;
	struct shift shift = { .team = team, .layer = layer };

	layer->fd = open_part(p, layer, err);
	if (layer->fd < 0)
		return -1;
	if (registry_blob(p->registry, p->path, layer->blob, layer->fd,
			  on_progress, &shift, err) < 0)
		return -1;
	say(team, layer, "Verifying Checksum", 0, 0);
	say(team, layer, "Download complete", 0, 0);
	return 0;
}

/* Two layers may be one blob, which comes once. */
static bool comes_already(const struct team *team, const struct incoming *of)
{
	for (const struct incoming *l = team->layers; l < of; l++)
		if (digest_equal(&l->blob->digest, &of->blob->digest) &&
		    l->fd != -2)
			return true;
	return false;
}

/* The next layer to fetch, or NULL. */
static struct incoming *take_layer(struct team *team)
{
	struct incoming *found = NULL;

	pthread_mutex_lock(&team->lock);
	for (size_t i = 0; i < team->count && !found && !team->stop; i++)
		if (team->layers[i].state == LAYER_WAITS)
			found = &team->layers[i];
	if (found)
		found->state = LAYER_COMES;
	pthread_mutex_unlock(&team->lock);
	return found;
}

static void put_result(struct team *team, struct incoming *layer, int rc,
		       const struct err *err)
{
	pthread_mutex_lock(&team->lock);
	if (rc == 0)
		layer->state = LAYER_IS_HERE;
	else if (!team->stop)
		team->err = *err;
	team->stop = team->stop || rc < 0;
	pthread_cond_broadcast(&team->moved);
	pthread_mutex_unlock(&team->lock);
}

static void *work(void *arg)
{
	struct team *team = arg;
	struct incoming *layer;

	while ((layer = take_layer(team))) {
		struct err err = ERR_INIT;
		int rc = fetch(team, layer, &err);

		put_result(team, layer, rc, &err);
	}
	return NULL;
}

/* ---- unpacking ---- */

static int await(struct team *team, struct incoming *layer, struct err *err)
{
	int rc = 0;

	pthread_mutex_lock(&team->lock);
	while (layer->state != LAYER_IS_HERE && !team->stop)
		pthread_cond_wait(&team->moved, &team->lock);
	if (layer->state != LAYER_IS_HERE) {
		*err = team->err;
		rc = -1;
	}
	pthread_mutex_unlock(&team->lock);
	return rc;
}

static struct incoming *first_of(struct team *team,
				 const struct incoming *layer)
{
	struct incoming *l = team->layers;

	while (!digest_equal(&l->blob->digest, &layer->blob->digest) ||
	       l->fd == -2)
		l++;
	return l;
}

static int unpack(struct team *team, struct incoming *layer,
		  const struct digest *parent, struct err *err)
{
	struct incoming *from = first_of(team, layer);
	struct digest made, chain;

	if (await(team, from, err) < 0)
		return -1;
	say(team, layer, "Extracting", layer->blob->size, layer->blob->size);
	if (lseek(from->fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot read a download");
	if (register_layer_within(team->pulling->store, from->fd,
				  register_limit((uint64_t)layer->blob->size),
				  parent, layer->diff_id, &made, &chain,
				  err) < 0)
		return err_wrap(err, "failed to register layer");
	say(team, layer, "Pull complete", 0, 0);
	return 0;
}

static void drop_parts(const struct team *team)
{
	for (size_t i = 0; i < team->count; i++) {
		AUTO_FREE char *name = mem_printf(
			FOLDER "/%s",
			DIGEST_HEX(&team->layers[i].blob->digest));

		if (team->layers[i].fd >= 0)
			unlinkat(store_private_fd(team->pulling->store), name,
				 0);
	}
}

static int remember(const struct team *team, struct err *err)
{
	const struct pulling *p = team->pulling;

	for (size_t i = 0; i < team->count; i++)
		if (store_remember_blob(p->store,
					&team->layers[i].blob->digest,
					team->layers[i].diff_id,
					p->repository, "", err) < 0)
			return -1;
	return 0;
}

/* here: so many layers are in the store. */
static int unpack_all(struct team *team, size_t here, struct digest *chain,
		      struct err *err)
{
	for (size_t i = here; i < team->count; i++) {
		struct digest parent = *chain;

		if (unpack(team, &team->layers[i], &parent, err) < 0)
			return -1;
		digest_chain(&parent, team->layers[i].diff_id, chain);
	}
	return 0;
}

/* ---- the whole ---- */

/* How many layers, from the bottom, are in the store. */
static int count_here(struct team *team, size_t *here, struct digest *chain,
		      struct err *err)
{
	const struct layer *layer;

	for (*here = 0; *here < team->count; (*here)++) {
		struct digest next;
		int found;

		digest_chain(chain, team->layers[*here].diff_id, &next);
		found = store_layer(team->pulling->store, &next, &layer, err);
		if (found < 0)
			return -1;
		if (!found)
			break;
		team->layers[*here].state = LAYER_IS_HERE;
		say(team, &team->layers[*here], "Already exists", 0, 0);
		*chain = next;
	}
	return 0;
}

static void announce(struct team *team, size_t here)
{
	for (size_t i = here; i < team->count; i++) {
		struct incoming *layer = &team->layers[i];

		layer->fd = -1;
		say(team, layer, "Pulling fs layer", 0, 0);
		if (comes_already(team, layer))
			layer->state = LAYER_IS_HERE;
	}
	for (size_t i = here + WORKERS; i < team->count; i++)
		say(team, &team->layers[i], "Waiting", 0, 0);
}

static int run(struct team *team, size_t here, struct digest *chain,
	       struct err *err)
{
	pthread_t threads[WORKERS];
	int started = 0, rc;

	while (started < WORKERS && (size_t)started < team->count - here &&
	       pthread_create(&threads[started], NULL, work, team) == 0)
		started++;
	rc = started || here == team->count ? 0 :
	     err_set(err, ERR_FAILED, "cannot start a thread");
	if (rc == 0)
		rc = unpack_all(team, here, chain, err);
	pthread_mutex_lock(&team->lock);
	team->stop = team->stop || rc < 0;
	pthread_mutex_unlock(&team->lock);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return rc;
}

static void team_release(struct team *team)
{
	for (size_t i = 0; i < team->count; i++)
		if (team->layers[i].fd >= 0)
			close(team->layers[i].fd);
	free(team->layers);
	pthread_mutex_destroy(&team->lock);
	pthread_cond_destroy(&team->moved);
}
AUTO_DEFINE_IN_PLACE(struct team, team_release)

int pull_layers(const struct pulling *p, const struct manifest *manifest,
		const struct image_config *config, struct err *err)
{
	AUTO(team_release) struct team team = { .pulling = p };
	struct digest chain = { "" };
	size_t here = 0;

	pthread_mutex_init(&team.lock, NULL);
	pthread_cond_init(&team.moved, NULL);
	team.layers = mem_array(manifest->count, sizeof(*team.layers));
	team.count = manifest->count;
	for (size_t i = 0; i < team.count; i++)
		team.layers[i] = (struct incoming){
			.blob = &manifest->items[i],
			.diff_id = &config->diff_ids[i],
			.fd = -2, /* never fetched */
		};
	if (fs_mkdir_p(store_private_fd(p->store), FOLDER, 0700, err) < 0 ||
	    count_here(&team, &here, &chain, err) < 0)
		return -1;
	announce(&team, here);
	if (run(&team, here, &chain, err) < 0 || remember(&team, err) < 0)
		return -1;
	drop_parts(&team);
	return 0;
}
