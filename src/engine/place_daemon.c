/* Knows how a docker daemon saves and loads images over its API. */
#include "engine/place_daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "context/context.h"
#include "transport/daemon_work.h"

static int open_nameless(int *out, struct err *err)
{
	AUTO_FREE char *cache = context_cache_dir();

	if (!cache)
		return err_set(err, ERR_FAILED, "no place for an image on its "
			       "way: neither HOME nor XDG_CACHE_HOME is set");
	if (fs_mkdir_p(AT_FDCWD, cache, 0700, err) < 0)
		return -1;
	*out = open(cache, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	return *out < 0 ? err_sys(err, errno, "cannot make a file in '%s'",
				  cache) : 0;
}

int place_from_daemon(const struct location *from, struct location *out,
		      int *fd, struct err *err)
{
	AUTO(daemon_free) struct daemon *daemon = NULL;

	if (!from->ref)
		return err_set(err, ERR_USAGE, "no image of the daemon is "
			       "named");
	if (daemon_open(-1, &daemon, err) < 0 ||
	    open_nameless(fd, err) < 0 ||
	    daemon_save(daemon, from->ref, *fd, err) < 0)
		return -1;
	*out = (struct location){
		.kind = LOCATION_DOCKER_ARCHIVE,
		.path = mem_printf("/proc/self/fd/%d", *fd),
		.ref = mem_strdup(from->ref),
	};
	return 0;
}

/* ---- to it ---- */

static int hear(void *arg, const struct daemon_message *message,
		struct err *err)
{
	(void)arg, (void)message, (void)err;
	return 0;
}

static void __attribute__((noreturn))
upload(struct daemon *daemon, int from, int said)
{
	struct daemon_call call = { .method = "POST",
				    .path = "/images/load?quiet=1",
				    .body_fd = from };
	struct err why = ERR_INIT;
	int done = daemon_work(daemon, &call, hear, NULL, &why);

	if (done < 0)
		(void)!write(said, why.msg, strlen(why.msg));
	_exit(done < 0);
}

int place_to_daemon(struct place_upload *out, struct err *err)
{
	int body[2], said[2];

	*out = (struct place_upload){ .fd = -1, .said = -1 };
	if (daemon_open(-1, &out->daemon, err) < 0)
		return -1;
	if (pipe2(body, O_CLOEXEC) < 0 || pipe2(said, O_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot make a pipe");
	signal(SIGPIPE, SIG_IGN);
	out->child = fork();
	if (out->child == 0) {
		close(body[1]);
		close(said[0]);
		upload(out->daemon, body[0], said[1]);
	}
	close(body[0]);
	close(said[1]);
	out->fd = body[1];
	out->said = said[0];
	return out->child < 0 ? err_sys(err, errno, "cannot fork") : 0;
}

int place_uploaded(struct place_upload *upload, int done, struct err *err)
{
	AUTO(buf_release) struct buf said = BUF_INIT;
	struct err broken = ERR_INIT;
	int status = 0;

	/* What is cut must not look like a whole archive. */
	if (done < 0 && upload->child > 0 && err->sys != EPIPE)
		kill(upload->child, SIGKILL);
	if (upload->fd >= 0)
		close(upload->fd);
	if (upload->child > 0) {
		(void)fs_read_fd(upload->said, ERR_MSG_MAX, &said, &broken);
		while (waitpid(upload->child, &status, 0) < 0 &&
		       errno == EINTR)
			;
	}
	if (upload->said >= 0)
		close(upload->said);
	daemon_free(upload->daemon);
	*upload = (struct place_upload){ .fd = -1, .said = -1 };
	if (said.len)
		return err_set(err, ERR_FAILED, "%s", said.data);
	if (done == 0 && status)
		return err_set(err, ERR_FAILED, "the process that loaded it "
			       "was killed");
	return done;
}
