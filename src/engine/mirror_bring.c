/* Knows how the files of layers come from a docker daemon: as the archive of
 * an image that has them, read by a process that may own them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "engine/images.h"
#include "engine/mirror_inside.h"
#include "sandbox/userns.h"
#include "transport/daemon_work.h"

/* An image with these layers, and the fewest above them. */
static struct image *image_with(struct store *store,
				const struct digest *chain)
{
	struct image *const *images, *best = NULL;
	size_t count, fewest = SIZE_MAX;

	store_images_unread(store, &images, &count);
	for (size_t i = 0; i < count; i++) {
		struct err ignored = ERR_INIT;
		const struct image_config *config =
			store_config(store, images[i], &ignored);
		struct digest at = { "" };

		for (size_t n = 0; config && n < config->diff_id_count; n++) {
			struct digest below = at;

			digest_chain(&below, &config->diff_ids[n], &at);
			if (digest_equal(&at, chain) &&
			    config->diff_id_count < fewest) {
				best = images[i];
				fewest = config->diff_id_count;
			}
		}
	}
	return best;
}

static int download(const struct digest *id, int fd, struct err *err)
{
	AUTO(daemon_free) struct daemon *daemon = NULL;

	return daemon_open(-1, &daemon, err) < 0 ? -1 :
	       daemon_save(daemon, id->text, fd, err);
}

/* The group that may speak to the daemon is lost in a user namespace. */
static int fill(const char *root, const struct digest *id, int fd,
		struct err *err)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO(strv_release) struct strv lines = { 0 };
	AUTO_FD int turn = mirror_turn(root, err);

	if (turn < 0 || download(id, fd, err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot read what came");
	if (userns_enter(err) < 0 ||
	    store_open(root, STORE_WRITE, &store, err) < 0 ||
	    store_mirror_refill(store, err) < 0 ||
	    images_load(store, fd, &lines, err) < 0)
		return -1;
	store_mirror_refilled(store);
	return 0;
}

static int wait_child(pid_t child, int pipe, struct err *err)
{
	AUTO(buf_release) struct buf said = BUF_INIT;
	struct err broken = ERR_INIT;
	int status;

	(void)fs_read_fd(pipe, ERR_MSG_MAX, &said, &broken);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "cannot wait");
	if (status == 0)
		return 0;
	return err_set(err, ERR_FAILED, "%s", said.len ? said.data :
		       "the process that fetched them was killed");
}

static int bring(void *arg, struct store *store, const struct digest *chain,
		 struct err *err)
{
	const struct image *image = image_with(store, chain);
	AUTO_FD int fd = openat(store_private_fd(store), ".",
				O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	int ends[2], done;
	pid_t child;

	(void)arg;
	if (!image)
		return err_set(err, ERR_NOT_FOUND, "no image has it any more");
	if (fd < 0)
		return err_sys(err, errno, "no place for it");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot make a pipe");
	child = fork();
	if (child == 0) {
		struct err why = ERR_INIT;

		done = fill(store_root(store), &image->id, fd, &why);
		if (done < 0)
			(void)!write(ends[1], why.msg, strlen(why.msg));
		_exit(done < 0);
	}
	close(ends[1]);
	done = child < 0 ? err_sys(err, errno, "cannot fork") :
			   wait_child(child, ends[0], err);
	close(ends[0]);
	return done;
}

void mirror_attend(struct store *store)
{
	if (store && store_is_mirror(store))
		store_on_absent(store, bring, NULL);
}
