/* Knows config.json of the docker client, and how its helpers are asked. */
#include "transport/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "base/base64.h"
#include "base/capture.h"
#include "base/fs.h"

#define CONFIG_JSON_MAX ((size_t)4 << 20)
#define HELPER_MS 60000
#define HELPER_OUTPUT_MAX ((size_t)1 << 20)
#define HUB_KEY "https://index.docker.io/v1/"
#define NOT_FOUND "credentials not found in native keychain"

void credentials_release(struct credentials *credentials)
{
	free(credentials->username);
	free(credentials->password);
	free(credentials->identity_token);
	free(credentials->registry_token);
	*credentials = (struct credentials){ 0 };
}

const char *credentials_key(const char *host)
{
	return strcmp(host, "docker.io") == 0 ? HUB_KEY : host;
}

char *credentials_path(void)
{
	const char *dir = getenv("DOCKER_CONFIG");
	const char *home = getenv("HOME");

	return dir && *dir ? mem_printf("%s/config.json", dir) :
	       mem_printf("%s/.docker/config.json", home ? home : "");
}

/* The file as an object; an empty one if it is not there. */
static int load_config(json_t **out, struct err *err)
{
	AUTO_FREE char *path = credentials_path();
	AUTO(buf_release) struct buf text = BUF_INIT;
	json_error_t where;
	int found = fs_read(AT_FDCWD, path, CONFIG_JSON_MAX, &text, err);

	if (found < 0)
		return -1;
	*out = found ? json_loadb(text.data ? text.data : "", text.len, 0,
				  &where) : json_object();
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	return err_set(err, ERR_INPUT, "cannot read '%s': line %d: %s", path,
		       where.line, where.text);
}

static int save_config(const json_t *root, struct err *err)
{
	AUTO_FREE char *path = credentials_path();
	AUTO_FREE char *text = json_dumps(root, JSON_INDENT(4));
	AUTO_FREE char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') -
							 path));

	if (!text)
		return err_set(err, ERR_FAILED, "cannot write '%s'", path);
	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0)
		return -1;
	return fs_write_atomic(AT_FDCWD, path, text, strlen(text), 0600, true,
			       err);
}

/* ---- helpers ---- */

static char *helper_of(const json_t *root, const char *key)
{
	const char *name = json_string_value(json_object_get(
		json_object_get(root, "credHelpers"), key));

	if (!name)
		name = json_string_value(json_object_get(root, "credsStore"));
	return name && *name ? mem_printf("docker-credential-%s", name) : NULL;
}

/* 1 done, 0 it knows nothing, -1. */
static int ask_helper(const char *program, const char *verb,
		      struct span input, struct buf *out, struct err *err)
{
	const char *const argv[] = { program, verb, NULL };
	AUTO_FD int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int done = capture_fed(dir, argv, input, HELPER_MS, HELPER_OUTPUT_MAX,
			       out, err);

	if (done != 0)
		return done;
	if (out->data && strstr(out->data, NOT_FOUND))
		return 0;
	while (out->len && strchr("\r\n ", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
	return err_set(err, ERR_FAILED, "error getting credentials - err: "
		       "'%s %s' failed, out: `%s`", program, verb,
		       out->data ? out->data : "");
}

static int get_from_helper(const char *program, const char *key,
			   struct credentials *out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	const char *user, *secret;
	json_t *root;
	int found = ask_helper(program, "get", span_of(key), &text, err);

	if (found <= 0)
		return found;
	root = json_loadb(text.data ? text.data : "", text.len, 0, NULL);
	user = json_string_value(json_object_get(root, "Username"));
	secret = json_string_value(json_object_get(root, "Secret"));
	if (user && secret && strcmp(user, "<token>") == 0)
		out->identity_token = mem_strdup(secret);
	else if (user && secret) {
		out->username = mem_strdup(user);
		out->password = mem_strdup(secret);
	}
	json_decref(root);
	return user && secret ? 1 :
	       err_set(err, ERR_INPUT, "'%s get' gave no credentials", program);
}

/* ---- auths ---- */

static char *dup_text(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text && *text ? mem_strdup(text) : NULL;
}

static int read_auth(const json_t *entry, struct credentials *out,
		     struct err *err)
{
	const char *auth = json_string_value(json_object_get(entry, "auth"));
	AUTO(buf_release) struct buf plain = BUF_INIT;
	char *colon;

	out->identity_token = dup_text(entry, "identitytoken");
	out->registry_token = dup_text(entry, "registrytoken");
	out->username = dup_text(entry, "username");
	out->password = dup_text(entry, "password");
	if (!auth || !*auth)
		return out->username || out->identity_token ||
		       out->registry_token;
	if (!base64_decode(&plain, auth, strlen(auth)) ||
	    !(colon = memchr(plain.data, ':', plain.len)))
		return err_set(err, ERR_INPUT, "invalid auth configuration "
			       "file");
	free(out->username);
	free(out->password);
	out->username = mem_strndup(plain.data, (size_t)(colon - plain.data));
	/* Trailing NULs of the password are cut by its being a C string. */
	out->password = mem_strdup(colon + 1);
	return 1;
}

static struct span host_part(const char *key)
{
	const char *rest = strstr(key, "://");

	key = rest ? rest + strlen("://") : key;
	return (struct span){ key, strcspn(key, "/") };
}

static const json_t *find_auth(json_t *auths, const char *key)
{
	const json_t *exact = json_object_get(auths, key);
	struct span wanted = host_part(key);
	const char *name;
	json_t *entry;

	if (exact)
		return exact;
	json_object_foreach(auths, name, entry) {
		struct span host = host_part(name);

		if (host.len == wanted.len &&
		    memcmp(host.ptr, wanted.ptr, host.len) == 0)
			return entry;
	}
	return NULL;
}

int credentials_get(const char *host, struct credentials *out,
		    struct err *err)
{
	const char *key = credentials_key(host);
	AUTO_FREE char *helper = NULL;
	const json_t *entry;
	json_t *root;
	int found = 0;

	if (load_config(&root, err) < 0)
		return -1;
	helper = helper_of(root, key);
	if (helper) {
		found = get_from_helper(helper, key, out, err);
	} else {
		entry = find_auth(json_object_get(root, "auths"), key);
		found = entry ? read_auth(entry, out, err) : 0;
	}
	json_decref(root);
	return found;
}

/* ---- all of them ---- */

/* The names in an object, beside those that are there. */
static void add_keys(struct strv *keys, json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
		if (!strv_has(keys, name))
			strv_add(keys, name);
}

static void add_stored(struct strv *keys, const json_t *root)
{
	const char *store =
		json_string_value(json_object_get(root, "credsStore"));
	AUTO_FREE char *program = mem_printf("docker-credential-%s",
					     store ? store : "");
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err ignored = ERR_INIT;
	json_t *listed;

	if (!store || !*store ||
	    ask_helper(program, "list", span_of(""), &text, &ignored) <= 0)
		return;
	listed = json_loadb(text.data ? text.data : "", text.len, 0, NULL);
	add_keys(keys, listed);
	json_decref(listed);
}

static void set_text(json_t *object, const char *key, const char *value)
{
	if (value && *value)
		json_object_set_new(object, key, json_string(value));
}

/* api/types.AuthConfig; address: where they are for, or NULL. */
static json_t *auth_config(const struct credentials *c, const char *address)
{
	json_t *entry = json_object();

	set_text(entry, "username", c->username);
	set_text(entry, "password", c->password);
	set_text(entry, "identitytoken", c->identity_token);
	set_text(entry, "registrytoken", c->registry_token);
	set_text(entry, "serveraddress", address);
	return entry;
}

int credentials_all(struct buf *out, struct err *err)
{
	AUTO(strv_release) struct strv keys = { 0 };
	AUTO_FREE char *text = NULL;
	json_t *root, *all;

	if (load_config(&root, err) < 0)
		return -1;
	add_keys(&keys, json_object_get(root, "auths"));
	add_keys(&keys, json_object_get(root, "credHelpers"));
	add_stored(&keys, root);
	all = json_object();
	for (size_t i = 0; i < keys.count; i++) {
		AUTO(credentials_release) struct credentials found = { 0 };
		const char *key = keys.items[i];
		AUTO_FREE char *helper = helper_of(root, key);
		struct err ignored = ERR_INIT;

		/* A helper's go without their address, as docker's do. */
		if (credentials_get(key, &found, &ignored) == 1)
			json_object_set_new(all, key, auth_config(
				&found, helper ? NULL : key));
	}
	json_decref(root);
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	buf_adds(out, text ? text : "{}");
	return 0;
}

/* ---- writing ---- */

static json_t *entry_of(const struct credentials *c)
{
	AUTO(buf_release) struct buf auth = BUF_INIT;
	AUTO_FREE char *plain = mem_printf("%s:%s", c->username,
					   c->identity_token ? "" :
					   c->password ? c->password : "");
	json_t *entry = json_object();

	base64_encode(&auth, plain, strlen(plain));
	json_object_set_new(entry, "auth", json_string(auth.data));
	if (c->identity_token)
		json_object_set_new(entry, "identitytoken",
				    json_string(c->identity_token));
	return entry;
}

static json_t *auths_of(json_t *root)
{
	json_t *auths = json_object_get(root, "auths");

	if (!json_is_object(auths)) {
		auths = json_object();
		json_object_set_new(root, "auths", auths);
	}
	return auths;
}

static int store_in_helper(const char *program, const char *key,
			   const struct credentials *c, struct err *err)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	AUTO_FREE char *text = NULL;
	json_t *entry = json_pack(
		"{s:s,s:s,s:s}", "ServerURL", key, "Username",
		c->identity_token ? "<token>" : c->username, "Secret",
		c->identity_token ? c->identity_token : c->password);
	int done;

	text = json_dumps(entry, JSON_COMPACT);
	json_decref(entry);
	if (!text)
		return err_set(err, ERR_INPUT, "credentials are not UTF-8");
	done = ask_helper(program, "store", span_of(text), &out, err);
	return done < 0 ? err_wrap(err, "error storing credentials") : 0;
}

int credentials_store(const char *host, const struct credentials *c,
		      bool *plain, struct err *err)
{
	const char *key = credentials_key(host);
	AUTO_FREE char *helper = NULL;
	json_t *root;
	int rc;

	if (load_config(&root, err) < 0)
		return -1;
	helper = helper_of(root, key);
	*plain = !helper;
	json_object_set_new(auths_of(root), key,
			    helper ? json_object() : entry_of(c));
	rc = helper ? store_in_helper(helper, key, c, err) : 0;
	if (rc == 0)
		rc = save_config(root, err);
	json_decref(root);
	return rc;
}

int credentials_erase(const char *host, struct err *err)
{
	const char *key = credentials_key(host);
	AUTO(buf_release) struct buf out = BUF_INIT;
	AUTO_FREE char *helper = NULL;
	json_t *root;
	int rc = 0;

	if (load_config(&root, err) < 0)
		return -1;
	helper = helper_of(root, key);
	if (helper)
		rc = ask_helper(helper, "erase", span_of(key), &out, err);
	if (rc >= 0 && json_object_del(json_object_get(root, "auths"),
				       key) == 0)
		rc = save_config(root, err) < 0 ? -1 : 1;
	json_decref(root);
	return rc;
}
