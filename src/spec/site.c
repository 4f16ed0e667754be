/* Knows in which order attributes have to be set, and which are not taken. */
#include "spec/site.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define TIME_MAX_SEC INT64_C(9223372036) /* Go's last nanosecond */

int site_fail(const struct site *site, const char *what, struct err *err)
{
	return err_sys(err, errno, "cannot %s '/%s'", what, site->path);
}

static struct timespec in_range(struct timespec when)
{
	if (when.tv_sec < 0 || when.tv_sec >= TIME_MAX_SEC)
		return (struct timespec){ 0 };
	return when;
}

void site_times(const struct tar_entry *entry, struct timespec times[2])
{
	times[1] = entry->mtime;
	times[0] = entry->mtime;
	if (entry->atime_sec > entry->mtime.tv_sec)
		times[0] = (struct timespec){ .tv_sec = entry->atime_sec };
	if (entry->typeflag == '2')
		return; /* Docker leaves the times of links as they are */
	times[0] = in_range(times[0]);
	times[1] = in_range(times[1]);
}

/* Marks of overlay itself come from whiteouts alone: taken from a tar they
 * could show what other layers hide. */
static bool is_overlay_mark(const char *name)
{
	return strncmp(name, "trusted.overlay.", 16) == 0 ||
	       strncmp(name, "user.overlay.", 13) == 0;
}

static int set_xattrs(const struct site *site, int fd, struct err *err)
{
	const struct tar_entry *entry = site->entry;
	AUTO_FREE char *path = NULL;

	for (size_t i = 0; i < entry->xattr_count; i++) {
		const struct tar_xattr *xattr = &entry->xattrs[i];
		int rc;

		if (is_overlay_mark(xattr->name))
			continue;
		if (fd < 0 && !path)
			path = mem_printf("/proc/self/fd/%d/%s", site->dir,
					  site->base);
		rc = fd >= 0 ? fsetxattr(fd, xattr->name, xattr->value.data,
					 xattr->value.len, 0) :
			       lsetxattr(path, xattr->name, xattr->value.data,
					 xattr->value.len, 0);
		if (rc < 0 && errno != ENOTSUP && errno != EPERM)
			return site_fail(site, "set an attribute of", err);
	}
	return 0;
}

/* Owner, attributes, mode, times: each may undo what comes after it. */
int site_set_fd(const struct site *site, int fd, bool no_owner,
		struct err *err)
{
	const struct tar_entry *entry = site->entry;
	struct timespec times[2];

	site_times(entry, times);
	if (!no_owner &&
	    fchown(fd, (uid_t)entry->uid, (gid_t)entry->gid) < 0)
		return site_fail(site, "change the owner of", err);
	if (set_xattrs(site, fd, err) < 0)
		return -1;
	if (fchmod(fd, entry->mode & 07777) < 0)
		return site_fail(site, "change the mode of", err);
	return futimens(fd, times) < 0 ? site_fail(site, "set the time of", err) :
					 0;
}

/* Of what cannot be opened. It is known not to be a link unless is_link, so
 * that a call which follows links goes nowhere. */
int site_set(const struct site *site, bool is_link, bool no_owner,
	     struct err *err)
{
	const struct tar_entry *entry = site->entry;
	struct timespec times[2];

	site_times(entry, times);
	if (!no_owner &&
	    fchownat(site->dir, site->base, (uid_t)entry->uid,
		     (gid_t)entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return site_fail(site, "change the owner of", err);
	if (set_xattrs(site, -1, err) < 0)
		return -1;
	if (!is_link && fchmodat(site->dir, site->base, entry->mode & 07777,
				 0) < 0)
		return site_fail(site, "change the mode of", err);
	/* The times of a hard link to a symlink are the link's own affair. */
	if (is_link && entry->typeflag == '1')
		return 0;
	if (utimensat(site->dir, site->base, times, AT_SYMLINK_NOFOLLOW) < 0)
		return site_fail(site, "set the time of", err);
	return 0;
}
