/* Knows what Docker writes into a container's hosts, hostname and
 * resolv.conf, and what lies where in the scratch directory. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "sandbox/run.h"

#define FILE_MAX ((size_t)1024 * 1024)

static const char default_hosts[] =
	"127.0.0.1\tlocalhost\n"
	"::1\tlocalhost ip6-localhost ip6-loopback\n"
	"fe00::0\tip6-localnet\n"
	"ff00::0\tip6-mcastprefix\n"
	"ff02::1\tip6-allnodes\n"
	"ff02::2\tip6-allrouters\n";

static int hosts_text(const struct sandbox_spec *spec, struct buf *out,
		      struct err *err)
{
	/* On the host's network its own file is good, unless one adds. */
	if (!spec->network_none && spec->extra_hosts.count == 0) {
		int found = fs_read(AT_FDCWD, "/etc/hosts", FILE_MAX, out,
				    err);

		if (found != 0)
			return found < 0 ? -1 : 0;
	}
	buf_adds(out, default_hosts);
	for (size_t i = 0; i < spec->extra_hosts.count; i++) {
		const char *item = spec->extra_hosts.items[i];
		size_t len = strcspn(item, ":");

		buf_addf(out, "%s\t%.*s\n", item[len] ? item + len + 1 : "",
			 (int)len, item);
	}
	return 0;
}

static int write_file(int dir, const char *name, const struct buf *text,
		      struct err *err)
{
	AUTO_FD int fd = openat(dir, name,
				O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				0644);

	/* Whatever our umask: it is 0644 in the container. */
	if (fd < 0 || fchmod(fd, 0644) < 0)
		return err_sys(err, errno, "cannot create '%s'", name);
	return fs_write_all(fd, text->data ? text->data : "", text->len, err);
}

static int write_all(int dir, const struct sandbox_spec *spec,
		     struct err *err)
{
	AUTO(buf_release) struct buf hosts = BUF_INIT;
	AUTO(buf_release) struct buf name = BUF_INIT;
	AUTO(buf_release) struct buf resolv = BUF_INIT;

	buf_addf(&name, "%s\n", spec->hostname);
	if (hosts_text(spec, &hosts, err) < 0 ||
	    fs_read(AT_FDCWD, "/etc/resolv.conf", FILE_MAX, &resolv,
		    err) < 0 ||
	    write_file(dir, "hosts", &hosts, err) < 0 ||
	    write_file(dir, "hostname", &name, err) < 0 ||
	    write_file(dir, "resolv.conf", &resolv, err) < 0)
		return -1;
	return 0;
}

int files_write(const struct sandbox_spec *spec, struct err *err)
{
	static const char *const dirs[] = { "root", "init", "init-work",
					    "volumes" };
	AUTO_FD int dir = open(spec->scratch,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_sys(err, errno, "cannot open '%s'", spec->scratch);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		/* The init layer's root shows through as the image's does:
		 * overlay takes the attributes of the topmost one. */
		if (mkdirat(dir, dirs[i], 0755) < 0 && errno != EEXIST)
			return err_sys(err, errno,
				       "cannot make directory '%s'", dirs[i]);
	return write_all(dir, spec, err);
}
