/* Knows how a busybox becomes an image, and a run in it a struct box. */
#include "sandbox_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "sandbox/userns.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "user:x:1000:1000::/home/user:/bin/sh\n";
static const char group[] = "root:x:0:\nwheel:x:10:root,user\nuser:x:1000:\n"
			    "extra:x:2000:user\n";

static const char *busybox(void)
{
	static const char *const places[] = { "/bin/busybox",
					      "/usr/bin/busybox",
					      "/bin/busybox.static" };

	for (size_t i = 0; i < 3; i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

static bool is_static(const char *path)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	return fs_read(AT_FDCWD, path, (size_t)64 << 20, &text, &err) == 1 &&
	       !memmem(text.data, text.len, "/ld-linux", 9) &&
	       !memmem(text.data, text.len, "/ld-musl", 8);
}

const char *box_unable(void)
{
	static char why[512];
	struct err err = ERR_INIT;

	if (!busybox() || !is_static(busybox()))
		return "no static busybox (Debian package busybox-static)";
	if (userns_enter(&err) < 0) {
		snprintf(why, sizeof(why), "not root, and %.400s", err.msg);
		return why;
	}
	return NULL;
}

static void must(int rc, const char *what)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "# %s: %s\n", what, strerror(errno));
	abort();
}

static void put(int dir, const char *name, const char *text)
{
	struct err err = ERR_INIT;

	must(fs_write_atomic(dir, name, text, strlen(text), 0644, false,
			     &err), name);
}

static void make_image(const char *dir)
{
	static const char *const dirs[] = { "image", "image/bin", "image/etc",
					    "image/tmp", "runs" };
	static const char *const applets[] = {
		"sh", "cat", "echo", "env", "grep", "head", "hostname", "id",
		"kill", "ls", "mkdir", "mknod", "mount", "ps", "readlink",
		"seq", "sleep", "stat", "tail", "touch", "true", "unshare",
		"wc",
	};
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(root, dir);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		must(mkdirat(root, dirs[i], 0755), dirs[i]);
	must(fs_read(AT_FDCWD, busybox(), (size_t)64 << 20, &text, &err),
	     "busybox");
	must(fs_write_atomic(root, "image/bin/busybox", text.data, text.len,
			     0755, false, &err), "busybox");
	for (size_t i = 0; i < sizeof(applets) / sizeof(*applets); i++) {
		AUTO_FREE char *link = mem_printf("image/bin/%s", applets[i]);

		must(symlinkat("busybox", root, link), link);
	}
	put(root, "image/etc/passwd", passwd);
	put(root, "image/etc/group", group);
	close(root);
}

struct box *box_new(void)
{
	struct box *box = mem_alloc(sizeof(*box));
	const char *tmp = getenv("TMPDIR");

	umask(022);
	snprintf(box->dir, sizeof(box->dir), "%.40s/varve-box-XXXXXX",
		 tmp ? tmp : "/tmp");
	must(mkdtemp(box->dir) ? 0 : -1, box->dir);
	must(chmod(box->dir, 0755), box->dir);
	make_image(box->dir);
	box->cancel_fd = -1;
	box->spec = (struct sandbox_spec){
		.id = "0123456789abcdef0123456789abcdef"
		      "0123456789abcdef0123456789abcdef",
		.cwd = "/", .user = "", .hostname = "box",
		.user_xattr = userns_inside(),
		.upper = mem_printf("%s/runs/upper", box->dir),
		.work = mem_printf("%s/runs/work", box->dir),
		.scratch = mem_printf("%s/runs/scratch", box->dir),
	};
	strv_take(&box->spec.lowers, mem_printf("%s/image", box->dir));
	return box;
}

void box_free(struct box *box)
{
	struct err err = ERR_INIT;

	if (!box)
		return;
	fs_remove_tree(AT_FDCWD, box->dir, &err);
	free((char *)(uintptr_t)box->spec.upper);
	free((char *)(uintptr_t)box->spec.work);
	free((char *)(uintptr_t)box->spec.scratch);
	strv_release(&box->spec.lowers);
	strv_release(&box->spec.argv);
	strv_release(&box->spec.env);
	strv_release(&box->spec.volumes);
	strv_release(&box->spec.extra_hosts);
	strv_release(&box->spec.limits.ulimits);
	buf_release(&box->out);
	buf_release(&box->err);
	free(box);
}

static int take(void *arg, int stream, const char *bytes, size_t len)
{
	struct box *box = arg;
	struct buf *to = stream == 1 ? &box->out : &box->err;

	if (stream == SANDBOX_CREATED) {
		box->created++;
		return 0;
	}
	buf_add(to, bytes, len);
	return box->stop_at && strstr(to->data, box->stop_at);
}

void box_empty(struct box *box)
{
	const char *const dirs[] = { box->spec.upper, box->spec.work,
				     box->spec.scratch };

	for (size_t i = 0; i < 3; i++) {
		must(fs_remove_tree(AT_FDCWD, dirs[i], &box->error), dirs[i]);
		must(mkdir(dirs[i], 0755), dirs[i]);
	}
}

int box_run(struct box *box)
{
	box_empty(box);
	buf_clear(&box->out);
	buf_clear(&box->err);
	buf_adds(&box->out, "");
	buf_adds(&box->err, "");
	box->error = (struct err)ERR_INIT;
	box->created = 0;
	return sandbox_run(&box->spec, take, box, box->cancel_fd,
			   &box->result, &box->error);
}

void box_argv(struct box *box, const char *first, const char *second)
{
	strv_release(&box->spec.argv);
	strv_add(&box->spec.argv, first);
	if (second)
		strv_add(&box->spec.argv, second);
}

int box_sh(struct box *box, const char *script)
{
	box_argv(box, "/bin/sh", "-c");
	strv_add(&box->spec.argv, script);
	return box_run(box);
}

struct listing {
	struct buf *out;
	const char *path;
};

static int list_visit(void *arg, int dir, const char *name, struct err *err)
{
	struct listing *above = arg;
	AUTO_FREE char *path = mem_printf("%s%s%s", above->path,
					  *above->path ? "/" : "", name);
	struct listing here = { above->out, path };
	struct stat st;

	must(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), path);
	buf_addf(above->out, "%s%s\n", path, S_ISDIR(st.st_mode) ? "/" : "");
	return S_ISDIR(st.st_mode) ?
		fs_each(dir, name, list_visit, &here, err) : 0;
}

char *box_upper(const struct box *box)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	struct listing listing = { &out, "" };
	struct err err = ERR_INIT;

	must(fs_each(AT_FDCWD, box->spec.upper, list_visit, &listing, &err),
	     "upper");
	return buf_steal(&out);
}
