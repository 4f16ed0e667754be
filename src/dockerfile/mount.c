/* Knows the syntax of RUN --mount, which Docker checks before it refuses. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "dockerfile/check.h"
#include "dockerfile/csv.h"
#include "spec/gofmt.h"

enum mount_id { MOUNT_MODE, MOUNT_UID, MOUNT_GID, MOUNT_IDS };

struct mount {
	struct buf type; /* lower case */
	bool from, source, target, id;
	struct buf sharing;
	bool given[MOUNT_IDS];
};

static void mount_release(struct mount *mount)
{
	buf_release(&mount->type);
	buf_release(&mount->sharing);
}
AUTO_DEFINE_IN_PLACE(struct mount, mount_release)

static bool one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(text, *list) == 0)
			return true;
	return false;
}

static bool is_type(const struct mount *mount, const char *type)
{
	return strcmp(mount->type.data, type) == 0;
}

static bool is_bool(const char *text)
{
	static const char *const bools[] = {
		"1", "t", "T", "TRUE", "true", "True",
		"0", "f", "F", "FALSE", "false", "False", NULL,
	};

	return one_of(text, bools);
}

/* strconv.ParseUint with 32 bits. */
static bool is_number(const char *text, int base)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text >= '0' + base)
			return false;
		n = n * (uint64_t)base + (uint64_t)(*text - '0');
		if (n > UINT32_MAX)
			return false;
	}
	return true;
}

static void lower_of(struct buf *out, const char *text)
{
	buf_clear(out);
	utf8_lower(out, span_of(text));
}

static int bad_quoted(struct buf *why, const char *what, const char *value)
{
	buf_adds(why, what);
	gofmt_quote(why, value, strlen(value));
	return -1;
}

static int set_type(struct mount *mount, const char *value, struct buf *why)
{
	static const char *const types[] = { "bind", "cache", "tmpfs",
					     "secret", "ssh", NULL };
	AUTO(buf_release) struct buf lower = BUF_INIT;

	lower_of(&lower, value);
	if (!one_of(lower.data, types))
		return bad_quoted(why, "unsupported mount type ", value);
	lower_of(&mount->type, value);
	return 0;
}

static int set_sharing(struct mount *mount, const char *value,
		       struct buf *why)
{
	static const char *const modes[] = { "shared", "private", "locked",
					     NULL };

	lower_of(&mount->sharing, value);
	if (!one_of(mount->sharing.data, modes))
		return bad_quoted(why, "unsupported sharing value ", value);
	return 0;
}

static int set_number(struct mount *mount, enum mount_id id, const char *value,
		      struct buf *why)
{
	static const char *const names[] = { "mode", "uid", "gid" };

	if (!is_number(value, id == MOUNT_MODE ? 8 : 10)) {
		buf_addf(why, "invalid value %s for %s", value, names[id]);
		return -1;
	}
	mount->given[id] = true;
	return 0;
}

static int set_bool(const char *key, const char *value, struct buf *why)
{
	if (is_bool(value))
		return 0;
	buf_addf(why, "invalid value for %s: %s", key, value);
	return -1;
}

static int set_required(const struct mount *mount, const char *key,
			const char *value, struct buf *why)
{
	if (is_type(mount, "secret") || is_type(mount, "ssh"))
		return value ? set_bool(key, value, why) : 0;
	buf_addf(why, "unexpected key '%s' for mount type '%s'", key,
		 mount->type.data);
	return -1;
}

enum mount_key {
	KEY_TYPE, KEY_FROM, KEY_SOURCE, KEY_TARGET, KEY_BOOL, KEY_REQUIRED,
	KEY_ID, KEY_SHARING, KEY_MODE, KEY_UID, KEY_GID, KEY_UNKNOWN,
};

static enum mount_key find_key(const char *name)
{
	static const struct {
		const char *name;
		enum mount_key key;
	} keys[] = {
		{ "type", KEY_TYPE }, { "from", KEY_FROM },
		{ "source", KEY_SOURCE }, { "src", KEY_SOURCE },
		{ "target", KEY_TARGET }, { "dst", KEY_TARGET },
		{ "destination", KEY_TARGET }, { "readonly", KEY_BOOL },
		{ "ro", KEY_BOOL }, { "readwrite", KEY_BOOL },
		{ "rw", KEY_BOOL }, { "required", KEY_REQUIRED },
		{ "id", KEY_ID }, { "sharing", KEY_SHARING },
		{ "mode", KEY_MODE }, { "uid", KEY_UID }, { "gid", KEY_GID },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return keys[i].key;
	return KEY_UNKNOWN;
}

/* field is "key=value"; value is NULL where there is no "=". */
static int set_field(struct mount *mount, const char *field, const char *key,
		     const char *value, struct buf *why)
{
	enum mount_key known = find_key(key);

	if (!value && known == KEY_BOOL)
		return 0;
	if (known == KEY_REQUIRED)
		return set_required(mount, key, value, why);
	if (!value) {
		buf_addf(why, "invalid field '%s' must be a key=value pair",
			 field);
		return -1;
	}
	switch (known) {
	case KEY_TYPE:
		return set_type(mount, value, why);
	case KEY_FROM:
		mount->from = *value;
		return 0;
	case KEY_SOURCE:
		mount->source = *value;
		return 0;
	case KEY_TARGET:
		mount->target = *value;
		return 0;
	case KEY_ID:
		mount->id = *value;
		return 0;
	case KEY_BOOL:
		return set_bool(key, value, why);
	case KEY_SHARING:
		return set_sharing(mount, value, why);
	case KEY_MODE:
		return set_number(mount, MOUNT_MODE, value, why);
	case KEY_UID:
		return set_number(mount, MOUNT_UID, value, why);
	case KEY_GID:
		return set_number(mount, MOUNT_GID, value, why);
	case KEY_REQUIRED:
	case KEY_UNKNOWN:
		break;
	}
	buf_addf(why, "unexpected key '%s' in '%s'", key, field);
	return -1;
}

static int read_field(struct mount *mount, const char *field, struct buf *why)
{
	AUTO(buf_release) struct buf key = BUF_INIT;
	const char *equals = strchr(field, '=');
	struct span name = span_of(field);

	if (equals)
		name.len = (size_t)(equals - field);
	utf8_lower(&key, name);
	return set_field(mount, field, key.data, equals ? equals + 1 : NULL,
			 why);
}

static int check_secret(const struct mount *mount, struct buf *why)
{
	if (!is_type(mount, "secret"))
		return 0;
	if (mount->from)
		buf_adds(why, "secret mount should not have a from");
	else if (!mount->source && !mount->target && !mount->id)
		buf_adds(why, "invalid secret mount. one of source, target "
			 "required");
	else if (mount->source && mount->id)
		buf_adds(why, "both source and id can't be set");
	return why->len ? -1 : 0;
}

/* What only all fields together tell. */
static int check_whole(const struct mount *mount, struct buf *why)
{
	static const char *const names[] = { "mode", "uid", "gid" };
	bool ids = is_type(mount, "secret") || is_type(mount, "ssh") ||
		   is_type(mount, "cache");

	for (int i = 0; i < MOUNT_IDS; i++)
		if (mount->given[i] && !ids) {
			buf_addf(why, "%s not allowed for \"%s\" type mounts",
				 names[i], mount->type.data);
			return -1;
		}
	if (mount->sharing.len && !is_type(mount, "cache")) {
		buf_addf(why, "invalid cache sharing set for %s mount",
			 mount->type.data);
		return -1;
	}
	return check_secret(mount, why);
}

static int check_mount(const char *value, struct buf *why)
{
	AUTO(strv_release) struct strv fields = { 0 };
	AUTO(mount_release) struct mount mount = { 0 };

	buf_adds(&mount.type, "bind");
	if (csv_split(value, &fields, why) < 0)
		return -1;
	for (size_t i = 0; i < fields.count; i++)
		if (read_field(&mount, fields.items[i], why) < 0)
			return -1;
	return check_whole(&mount, why);
}

void check_mounts(struct checker *checker, struct instr *instr)
{
	for (size_t i = 0; i < instr->flag_count; i++) {
		const struct instr_flag *flag = &instr->flags[i];
		AUTO(buf_release) struct buf why = BUF_INIT;

		if (strcmp(flag->name, "mount") == 0 && flag->value &&
		    check_mount(flag->value, &why) < 0)
			check_fail(checker, flag->at, "%s", why.data);
	}
}
