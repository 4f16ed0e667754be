/* Knows /etc/subuid and /etc/subgid: who lends what ("user:100000:65536"). */
#include "base/subids.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"

#define FILE_MAX ((size_t)16 * 1024 * 1024)

static bool is_mine(const char *line, const char *name, uid_t uid)
{
	size_t len = strcspn(line, ":");
	char number[24];

	snprintf(number, sizeof(number), "%u", (unsigned int)uid);
	return (name && strlen(name) == len &&
		strncmp(line, name, len) == 0) ||
	       (strlen(number) == len && strncmp(line, number, len) == 0);
}

int subids_read(const char *file, unsigned long own, struct subids *out,
		struct err *err)
{
	const struct passwd *user = getpwuid(getuid());
	const char *name = user ? user->pw_name : NULL;
	AUTO(buf_release) struct buf text = BUF_INIT;
	const char *line;

	*out = (struct subids){ .own = own };
	if (fs_read(AT_FDCWD, file, FILE_MAX, &text, err) < 0)
		return -1;
	for (line = text.data; line && *line && out->count < SUBIDS_MAX;) {
		unsigned long first, count;
		size_t len = strcspn(line, "\n");

		if (is_mine(line, name, getuid()) &&
		    sscanf(line + strcspn(line, ":"), ":%lu:%lu",
			   &first, &count) == 2 && count > 0) {
			out->ranges[out->count].first = first;
			out->ranges[out->count++].count = count;
		}
		line += len + (line[len] == '\n');
	}
	if (out->count == 0)
		return err_set(err, ERR_UNSUPPORTED,
			       "no subordinate ids for user '%s' in %s "
			       "(run as root, or add a range with usermod)",
			       name ? name : "?", file);
	return 0;
}

unsigned long subids_inside(const struct subids *ids, unsigned long outside)
{
	unsigned long next = 1;

	if (outside == ids->own)
		return 0;
	for (size_t i = 0; i < ids->count; i++) {
		if (outside >= ids->ranges[i].first &&
		    outside - ids->ranges[i].first < ids->ranges[i].count)
			return next + outside - ids->ranges[i].first;
		next += ids->ranges[i].count;
	}
	return outside;
}
