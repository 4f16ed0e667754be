/* Knows how ADD unpacks an archive over an image: which entry goes where
 * through the links that are there already (classic-builder.md 7.3). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "spec/archive.h"
#include "spec/hasher.h"
#include "spec/untar.h"

#define CHUNK ((size_t)128 * 1024)
#define LINKS_MAX 40    /* symlinks in one path, as the kernel counts */

/* An archive that is read once: for its entries and for its sum. */
struct tap {
	int fd;
	struct hasher *hasher; /* NULL: the sum is known or not wanted */
};

struct dir_time {
	char *path;
	time_t mtime;
};

struct unpack {
	const struct add_archive *add;
	struct untar *untar;
	struct dir_time *times; /* set when all is unpacked */
	size_t time_count;
};

int add_is_archive(struct tree *tree, const struct node *node,
		   struct err *err)
{
	AUTO_FD int fd = tree_open(tree, node, err);

	return fd < 0 ? -1 : archive_is_tar(fd, err);
}

/* ---- where an entry goes ---- */

static char *join(const char *dir, const char *name)
{
	if (!name[0])
		return mem_strdup(dir);
	return dir[0] ? mem_printf("%s/%s", dir, name) : mem_strdup(name);
}

/* Cleaned as in a chroot of the destination: never above it. */
static char *clean_name(const char *name)
{
	AUTO_FREE char *rooted = mem_printf("/%s", name);
	AUTO_FREE char *clean = fs_clean_path(rooted);

	return mem_strdup(clean + 1);
}

/* What no disk takes is refused before a path of a million parts is looked
 * up part by part. */
static int check_length(const char *path, struct err *err)
{
	if (strlen(path) < PATH_MAX)
		return 0;
	return err_set(err, ERR_INPUT, "open /%.80s...: file name too long",
		       path);
}

/*
 * Follows the links in a directory's path below the destination, whose root
 * they cannot leave. What does not exist is taken as it is.
 */
static int follow(const struct unpack *unpack, const char *name, char **out,
		  struct err *err)
{
	const char *dest = unpack->add->dest->path;
	AUTO_FREE char *rest = clean_name(name);
	AUTO_FREE char *done = mem_strdup("");
	int links = 0;

	while (rest[0]) {
		size_t len = strcspn(rest, "/");
		AUTO_FREE char *part = mem_strndup(rest, len);
		AUTO_FREE char *after =
			mem_strdup(rest[len] ? rest + len + 1 : "");
		AUTO_FREE char *here = join(done, part);
		AUTO_FREE char *path = join(dest, here);
		struct upper_view view;
		int found = upper_look(unpack->add->upper, path, &view, err);

		if (found < 0)
			return -1;
		free(rest);
		if (found && S_ISLNK(view.mode) && view.link) {
			AUTO_FREE char *to = mem_printf(
				"%s/%s/%s",
				view.link[0] == '/' ? "" : done, view.link,
				after);

			rest = clean_name(to);
			done[0] = '\0';
			if (++links > LINKS_MAX)
				return err_sys(err, ELOOP, "mkdir /%s", path);
			if (check_length(rest, err) < 0)
				return -1;
			continue;
		}
		rest = STEAL(after);
		free(done);
		done = STEAL(here);
	}
	*out = join(dest, done);
	return 0;
}

/* The directory of the entry, made if it is missing, and its last name. */
static int place(const struct unpack *unpack, const char *name,
		 struct upper_node **dir, const char **base, struct err *err)
{
	const char *slash = strrchr(name, '/');
	AUTO_FREE char *parent =
		mem_strndup(name, slash ? (size_t)(slash - name) : 0);
	AUTO_FREE char *path = NULL;

	*base = slash ? slash + 1 : name;
	if (follow(unpack, parent, &path, err) < 0)
		return -1;
	return upper_mkdirs(unpack->add->upper, path, 0, 0, dir, NULL, err);
}

/* ---- one entry ---- */

static int stage_content(const struct unpack *unpack, struct upper_node *to,
			 int64_t size, struct err *err)
{
	struct upper *upper = unpack->add->upper;
	AUTO_FD int fd = upper_stage(upper, unpack->add->diff_fd, err);
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	struct upper_inode *inode;
	int64_t total = 0;
	ssize_t got;

	if (fd < 0)
		return -1;
	while ((got = untar_read(unpack->untar, chunk, CHUNK, err)) > 0) {
		if (fs_write_all(fd, chunk, (size_t)got, err) < 0 ||
		    build_check(unpack->add->build, err) < 0)
			return -1;
		total += got;
	}
	if (got < 0)
		return -1;
	if (total != size)
		return err_set(err, ERR_INPUT, "unexpected EOF");
	inode = upper_inode_new();
	inode->staged = upper->staged;
	inode->size = size;
	upper_give(to, inode);
	return 0;
}

static struct span capability_of(const struct tar_entry *entry)
{
	for (size_t i = entry->xattr_count; i-- > 0;)
		if (strcmp(entry->xattrs[i].name, "security.capability") == 0)
			return (struct span){ entry->xattrs[i].value.data,
					      entry->xattrs[i].value.len };
	return (struct span){ NULL, 0 };
}

/* The entry's owner, mode and time are set on the link, and so on the file. */
static int put_hard_link(const struct unpack *unpack, struct upper_node *dir,
			 const char *name, const struct tar_entry *entry,
			 const struct upper_attr *attr, struct err *err)
{
	const char *last = strrchr(name, '/'), *base = last ? last + 1 : name;
	const char *linkname = entry->linkname ? entry->linkname : "";
	AUTO_FREE char *clean = clean_name(linkname);
	const char *slash = strrchr(clean, '/');
	AUTO_FREE char *parent =
		mem_strndup(clean, slash ? (size_t)(slash - clean) : 0);
	AUTO_FREE char *resolved = NULL, *path = NULL, *text = NULL;
	struct upper_node *target, *to;
	struct upper_node was;
	int put;

	if (follow(unpack, parent, &resolved, err) < 0)
		return -1;
	path = join(resolved, slash ? slash + 1 : clean);
	if (upper_link_target(unpack->add->upper, path, &target, err) < 0)
		return err_wrap(err, "link /%s /%s", clean, name);
	/* Putting the link may take the target away, if it replaces it. */
	was = *target;
	text = mem_strdup(was.link);
	if (was.inode)
		was.inode->links++;
	put = upper_put(unpack->add->upper, dir, base, &was.attr, &to, err);
	if (put == 0) {
		to->rdev = was.rdev;
		to->link = STEAL(text);
		if (was.inode) {
			upper_give(to, was.inode);
			upper_inode_set(was.inode, attr, capability_of(entry));
		}
	}
	upper_inode_drop(was.inode);
	return put;
}

static mode_t type_of(char typeflag)
{
	static const struct {
		char flag;
		mode_t type;
	} types[] = {
		{ '0', S_IFREG }, { '\0', S_IFREG }, { '7', S_IFREG },
		{ '2', S_IFLNK }, { '3', S_IFCHR },  { '4', S_IFBLK },
		{ '5', S_IFDIR }, { '6', S_IFIFO },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].flag == typeflag)
			return types[i].type;
	return 0;
}

static int put_entry(struct unpack *unpack, const struct tar_entry *entry,
		     const char *name, struct err *err)
{
	struct upper_attr attr = {
		.mode = type_of(entry->typeflag) | (entry->mode & 07777),
		.uid = (uid_t)entry->uid,
		.gid = (gid_t)entry->gid,
		.mtime = entry->mtime.tv_sec < 0 ? 0 : entry->mtime.tv_sec,
	};
	struct span capability = capability_of(entry);
	struct upper_node *dir, *to;
	const char *base;

	if (place(unpack, name, &dir, &base, err) < 0)
		return -1;
	if (entry->typeflag == '1') {
		attr.mode |= S_IFREG;
		return put_hard_link(unpack, dir, name, entry, &attr, err);
	}
	if (!(attr.mode & S_IFMT))
		return err_set(err, ERR_INPUT, "unhandled tar header type %d",
			       entry->typeflag);
	if (S_ISLNK(attr.mode))
		attr.mode = S_IFLNK | 0777;
	if (upper_put(unpack->add->upper, dir, base, &attr, &to, err) < 0)
		return -1;
	buf_clear(&to->capability);
	buf_add(&to->capability, capability.ptr, capability.len);
	if (upper_set_device(to, makedev((unsigned)entry->devmajor,
					 (unsigned)entry->devminor), err) < 0)
		return -1;
	free(to->link);
	to->link = S_ISLNK(attr.mode) ? mem_strdup(entry->linkname) : NULL;
	if (S_ISDIR(attr.mode))
		MEM_PUSH(unpack->times, unpack->time_count) =
			(struct dir_time){ mem_strdup(to->path), attr.mtime };
	return S_ISREG(attr.mode) ?
		       stage_content(unpack, to, entry->size, err) : 0;
}

static int put_entries(struct unpack *unpack, struct err *err)
{
	const struct tar_entry *entry;
	int more;

	while ((more = untar_next(unpack->untar, &entry, err)) == 1) {
		AUTO_FREE char *name = clean_name(entry->name ? entry->name :
								"");

		if (!name[0])
			continue;
		if (check_length(name, err) < 0 ||
		    check_length(entry->linkname ? entry->linkname : "",
				 err) < 0 ||
		    put_entry(unpack, entry, name, err) < 0)
			return -1;
	}
	return more;
}

static void set_times(struct unpack *unpack)
{
	for (size_t i = 0; i < unpack->time_count; i++) {
		struct dir_time *at = &unpack->times[i];
		struct upper_node *node;

		HASH_FIND(hh, unpack->add->upper->by_path, at->path,
			  strlen(at->path), node);
		if (node && S_ISDIR(node->attr.mode))
			node->attr.mtime = at->mtime;
		free(at->path);
	}
	free(unpack->times);
}

/* ---- the archive's own sum ---- */

static ssize_t pull(void *arg, void *bytes, size_t len, struct err *err)
{
	struct tap *tap = arg;
	ssize_t got;

	do
		got = read(tap->fd, bytes, len);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(err, errno, "cannot read the archive");
	if (tap->hasher)
		hasher_add(tap->hasher, bytes, (size_t)got);
	return got;
}

static int start_sum(const struct add_archive *add, struct hasher **hasher,
		     struct err *err)
{
	AUTO(buf_release) struct buf header = BUF_INIT;
	struct digest known;
	int made;

	if (!add->tree->ops->learn_sum ||
	    (add->node->hardlink && !add->tree->is_image) ||
	    add->tree->ops->known_sum(add->tree, add->node, &known) == 1)
		return 0;
	made = add->tree->ops->sum_header(add->tree, add->node, &header, err);
	if (made != 1)
		return made;
	*hasher = hasher_new();
	hasher_begin(*hasher, NULL);
	hasher_add(*hasher, header.data, header.len);
	return 0;
}

static int end_sum(const struct add_archive *add, struct tap *tap,
		   struct err *err)
{
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	struct digest sum;
	ssize_t got;
	void *tag;

	if (!tap->hasher)
		return 0;
	/* What follows the archive counts as well. */
	while ((got = pull(tap, chunk, CHUNK, err)) > 0)
		;
	if (got < 0)
		return -1;
	hasher_end(tap->hasher);
	hasher_finish(tap->hasher);
	if (hasher_next(tap->hasher, &tag, &sum))
		add->tree->ops->learn_sum(add->tree, add->node, &sum);
	return 0;
}

/* Docker unpacks in a process of its own, which only sees that a damaged
 * stream ends; where it is content with what it got, the process that
 * decompresses says what the damage was. What follows the archive's end is
 * read for that as well. */
static int drain(struct archive_source *source, struct err *err)
{
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	const char *complaint, *damage;
	ssize_t got;

	while ((got = archive_source_read(source, chunk, CHUNK, err)) > 0)
		;
	damage = archive_source_damage(source);
	if (got < 0 || !damage)
		return (int)got;
	complaint = archive_source_complaint(source);
	return complaint ?
		err_set(err, ERR_INPUT, "Error processing tar file"
			"(exit status 1: %s\n): ", complaint) :
		err_set(err, ERR_INPUT, "Error processing tar file(%s): ",
			damage);
}

int add_archive(const struct add_archive *add, struct err *err)
{
	AUTO_FD int fd = tree_open(add->tree, add->node, err);
	AUTO(hasher_free) struct hasher *hasher = NULL;
	AUTO(archive_source_free) struct archive_source *source = NULL;
	AUTO(untar_free) struct untar *untar = NULL;
	struct unpack unpack = { .add = add };
	struct tap tap;
	int done;

	if (fd < 0 || start_sum(add, &hasher, err) < 0)
		return -1;
	tap = (struct tap){ fd, hasher };
	source = archive_source_pull(pull, &tap, err);
	if (!source)
		return -1;
	archive_source_forgive(source);
	unpack.untar = untar = untar_new(source, UNTAR_NO_SUMS);
	done = put_entries(&unpack, err);
	upper_touch(add->upper, add->dest);
	set_times(&unpack);
	if (done < 0)
		return err->kind == ERR_CANCELLED ? -1 :
		       err_wrap(err, "Error processing tar file"
				"(exit status 1)");
	if (drain(source, err) < 0)
		return -1;
	return end_sum(add, &tap, err);
}
