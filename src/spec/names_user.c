/* Knows how USER and --chown are looked up in passwd and group. */
#include <limits.h>
#include <string.h>

#include "base/utf8.h"
#include "spec/gofmt.h"
#include "spec/names.h"

#define ID_MAX 2147483647L

void account_release(struct account *account)
{
	free(account->home);
	free(account->groups);
	*account = (struct account){ 0 };
}

/* One line of either file; parts that are not there are empty. */
struct record {
	struct span name, uid, gid, home, members;
};

enum record_kind { RECORD_PASSWD, RECORD_GROUP };

static void split_record(struct span line, enum record_kind kind,
			 struct record *out)
{
	struct span part[7] = { { NULL, 0 } };

	for (size_t i = 0; i < 7 && line.ptr; i++) {
		const char *colon = memchr(line.ptr, ':', line.len);

		part[i].ptr = line.ptr;
		part[i].len = colon ? (size_t)(colon - line.ptr) : line.len;
		line.len -= part[i].len + (colon != NULL);
		line.ptr = colon ? colon + 1 : NULL;
	}
	*out = (struct record){ .name = part[0] };
	if (kind == RECORD_PASSWD) {
		out->uid = part[2];
		out->gid = part[3];
		out->home = part[5];
	} else {
		out->gid = part[2];
		out->members = part[3];
	}
}

/* The next line that is not blank. */
static bool next_record(const char **at, enum record_kind kind,
			struct record *out)
{
	while (*at && **at) {
		size_t len = strcspn(*at, "\n");
		struct span line = utf8_trim((struct span){ *at, len });

		*at += len + ((*at)[len] == '\n');
		if (line.len == 0)
			continue;
		split_record(line, kind, out);
		return true;
	}
	return false;
}

/* What is no number counts as 0, as in libcontainer. */
static long number_of(struct span text)
{
	AUTO_FREE char *copy = mem_strndup(text.ptr ? text.ptr : "", text.len);
	long value;

	return gofmt_atoi(copy, &value) ? value : 0;
}

static bool has_member(struct span list, const char *name)
{
	while (list.len > 0) {
		const char *comma = memchr(list.ptr, ',', list.len);
		size_t n = comma ? (size_t)(comma - list.ptr) : list.len;

		if (span_equal((struct span){ list.ptr, n }, name))
			return true;
		n += comma != NULL;
		list.ptr += n;
		list.len -= n;
	}
	return false;
}

static int out_of_range(struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "uids and gids must be in range 0-%ld", ID_MAX);
}

/* *name gets the matched account's name (owned), or stays NULL. */
static int find_user(const char *user, const char *passwd,
		     struct account *out, char **name, struct err *err)
{
	long uid = 0;
	bool numeric = user[0] == '\0' || gofmt_atoi(user, &uid);
	struct record record;

	while (next_record(&passwd, RECORD_PASSWD, &record)) {
		if (numeric ? number_of(record.uid) != uid
			    : !span_equal(record.name, user))
			continue;
		*name = mem_strndup(record.name.ptr, record.name.len);
		out->uid = number_of(record.uid);
		out->gid = number_of(record.gid);
		out->home = mem_strndup(record.home.ptr ? record.home.ptr : "",
					record.home.len);
		return 0;
	}
	if (!numeric)
		return err_set(err, ERR_INPUT,
			       "unable to find user %s: no matching entries "
			       "in passwd file",
			       user);
	if (uid < 0 || uid > ID_MAX)
		return out_of_range(err);
	out->uid = uid;
	return 0;
}

static int find_group(const char *spec, const char *group,
		      struct account *out, struct err *err)
{
	long gid = 0;
	bool numeric = gofmt_atoi(spec, &gid);
	struct record record;

	while (next_record(&group, RECORD_GROUP, &record))
		if (numeric ? number_of(record.gid) == gid
			    : span_equal(record.name, spec)) {
			out->gid = number_of(record.gid);
			return 0;
		}
	if (!numeric)
		return err_set(err, ERR_INPUT,
			       "unable to find group %s: no matching entries "
			       "in group file",
			       spec);
	if (gid < 0 || gid > ID_MAX)
		return out_of_range(err);
	out->gid = gid;
	return 0;
}

static void add_memberships(const char *name, const char *group,
			    struct account *out)
{
	struct record record;

	while (next_record(&group, RECORD_GROUP, &record))
		if (has_member(record.members, name))
			MEM_PUSH(out->groups, out->group_count) =
				number_of(record.gid);
}

int names_run_user(const char *user, const char *passwd, const char *group,
		   struct account *out, struct err *err)
{
	AUTO(account_release) struct account account = { 0 };
	AUTO_FREE char *spec = mem_strdup(user);
	AUTO_FREE char *name = NULL;
	char *group_spec = strchr(spec, ':');

	if (group_spec) {
		*group_spec++ = '\0';
		group_spec[strcspn(group_spec, ":")] = '\0';
	}
	if (find_user(spec, passwd, &account, &name, err) < 0)
		return -1;
	if (group_spec && group_spec[0]) {
		if (find_group(group_spec, group, &account, err) < 0)
			return -1;
	} else if (name && name[0]) {
		add_memberships(name, group, &account);
	}
	if (!account.home)
		account.home = mem_strdup("");
	*out = account;
	account = (struct account){ 0 };
	return 0;
}

/* kind says which file text is: a user in passwd or a group in group. */
static int find_owner(const char *spec, const char *text,
		      enum record_kind kind, long *out, struct err *err)
{
	bool user = kind == RECORD_PASSWD;
	struct record record;
	const char *at = text;

	if (gofmt_atoi(spec, out))
		return 0;
	if (!text)
		return err_set(err, ERR_INPUT,
			       "can't find %s %s: open /etc/%s: no such file "
			       "or directory",
			       user ? "uid for user" : "gid for group", spec,
			       user ? "passwd" : "group");
	while (next_record(&at, kind, &record))
		if (span_equal(record.name, spec)) {
			*out = number_of(user ? record.uid : record.gid);
			return 0;
		}
	return err_set(err, ERR_INPUT, "can't find %s %s: no such %s: %s",
		       user ? "uid for user" : "gid for group", spec,
		       user ? "user" : "group", spec);
}

int names_chown(const char *spec, const char *passwd, const char *group,
		long *uid, long *gid, struct err *err)
{
	const char *colon = strchr(spec, ':');
	AUTO_FREE char *user = mem_strndup(
		spec, colon ? (size_t)(colon - spec) : strlen(spec));
	const char *group_spec = colon ? colon + 1 : user;
	long found_uid, found_gid;

	if (strchr(group_spec, ':'))
		return err_set(err, ERR_INPUT,
			       "invalid chown string format: %s", spec);
	if (find_owner(user, passwd, RECORD_PASSWD, &found_uid, err) < 0 ||
	    find_owner(group_spec, group, RECORD_GROUP, &found_gid, err) < 0)
		return -1;
	*uid = found_uid;
	*gid = found_gid;
	return 0;
}
