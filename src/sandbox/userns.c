/* Knows how an ordinary user becomes root of a namespace of his own, with
 * the ids that /etc/subuid and /etc/subgid lend him. */
#include "sandbox/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/subids.h"

#define MAP_MAX ((size_t)64 * 1024)
#define FAILED 127

/* The whole of the ids, mapped to themselves: the first namespace. */
int userns_inside(void)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err ignored = ERR_INIT;
	unsigned long inner, outer, count;

	if (fs_read(AT_FDCWD, "/proc/self/uid_map", MAP_MAX, &text,
		    &ignored) <= 0 || text.len == 0)
		return 0;
	return sscanf(text.data, "%lu %lu %lu", &inner, &outer, &count) != 3 ||
	       inner != 0 || outer != 0 || count != 4294967295ul;
}

/* Ours becomes 0, the lent ones follow from 1 on. */
static void exec_map(const char *tool, pid_t pid, const struct subids *ids)
{
	const char *argv[3 + 3 * (SUBIDS_MAX + 1)];
	char text[1 + 3 * (SUBIDS_MAX + 1)][24];
	unsigned long next = 1;
	size_t n = 0, k = 0;

	snprintf(text[k], sizeof(text[k]), "%d", (int)pid);
	argv[n++] = tool;
	argv[n++] = text[k++];
	for (size_t i = 0; i <= ids->count; i++) {
		const unsigned long triple[3] = {
			i ? next : 0, i ? ids->ranges[i - 1].first : ids->own,
			i ? ids->ranges[i - 1].count : 1,
		};

		for (int j = 0; j < 3; j++) {
			snprintf(text[k], sizeof(text[k]), "%lu", triple[j]);
			argv[n++] = text[k++];
		}
		next += i ? triple[2] : 0;
	}
	argv[n] = NULL;
	execvp(tool, (char *const *)(uintptr_t)argv);
}

static int run_map(const char *tool, pid_t pid, const struct subids *ids)
{
	pid_t child = fork();
	int status = FAILED << 8;

	if (child == 0) {
		exec_map(tool, pid, ids);
		_exit(FAILED);
	}
	if (child > 0)
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	return status;
}

/* Only a process outside may write the maps: it waits until we are in. */
static void __attribute__((noreturn))
map_from_outside(int ready, pid_t pid, const struct subids *uids,
		 const struct subids *gids)
{
	char go;

	if (read(ready, &go, 1) != 1)
		_exit(FAILED);
	if (run_map("newuidmap", pid, uids) != 0)
		_exit(1);
	_exit(run_map("newgidmap", pid, gids) != 0 ? 2 : 0);
}

static int wait_mapped(pid_t helper, struct err *err)
{
	int status;

	while (waitpid(helper, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "cannot wait");
	if (status == 0)
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		       "cannot map the subordinate ids: %s failed (Debian "
		       "package uidmap)",
		       WIFEXITED(status) && WEXITSTATUS(status) == 2 ?
			       "newgidmap" : "newuidmap");
}

static int become_root(struct err *err)
{
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(err, errno, "cannot become root of the user "
			       "namespace");
	/* Groups of the host would show as nogroup. */
	if (setgroups(0, NULL) < 0)
		return err_sys(err, errno, "cannot drop the groups");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys(err, errno, "cannot make mounts private");
	return 0;
}

static int enter(const struct subids *uids, const struct subids *gids,
		 struct err *err)
{
	int ready[2], rc;
	pid_t self = getpid(), helper;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot make a pipe");
	helper = fork();
	if (helper == 0) {
		close(ready[1]);
		map_from_outside(ready[0], self, uids, gids);
	}
	close(ready[0]);
	rc = helper < 0 ? err_sys(err, errno, "cannot fork") : 0;
	if (rc == 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) {
		err_sys(err, errno, "cannot create a user namespace");
		err->kind = ERR_UNSUPPORTED;
		rc = -1;
	}
	if (rc == 0)
		(void)!write(ready[1], "g", 1);
	close(ready[1]); /* without the byte the helper gives up */
	if (helper > 0 && rc == 0)
		rc = wait_mapped(helper, err);
	else if (helper > 0)
		waitpid(helper, NULL, 0);
	return rc < 0 ? -1 : become_root(err);
}

int userns_enter(struct err *err)
{
	struct subids uids, gids;

	if (geteuid() == 0)
		return 0;
	if (subids_read(SUBIDS_UID, getuid(), &uids, err) < 0 ||
	    subids_read(SUBIDS_GID, getgid(), &gids, err) < 0)
		return -1;
	return enter(&uids, &gids, err);
}
