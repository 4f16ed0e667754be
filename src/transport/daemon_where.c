/* Knows how the docker client chooses its daemon, and by which keys the two
 * know each other. */
#include "transport/daemon_where.h"

#include <fcntl.h>
#include <string.h>

#include <jansson.h>

#include "base/fs.h"
#include "spec/digest.h"
#include "transport/credentials.h"

#define USUAL_HOST "unix:///var/run/docker.sock"
#define META_MAX ((size_t)1 << 20)
#define PEM_MAX ((size_t)1 << 20)
#define PLAIN_PORT "2375"
#define TLS_PORT "2376"

void daemon_where_release(struct daemon_where *where)
{
	free(where->host);
	free(where->socket);
	free(where->url);
	http_tls_release(&where->tls);
	*where = (struct daemon_where){ 0 };
}

static const char *set_in(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* "~/.docker", or what stands for it; owned. */
static char *config_dir(void)
{
	char *path = credentials_path();

	*strrchr(path, '/') = '\0';
	return path;
}

/* ---- TLS ---- */

static char *file_in(const char *dir, const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/%s", dir, name);

	return access(path, F_OK) == 0 ? STEAL(path) : NULL;
}

/* dir: with ca.pem, cert.pem and key.pem, as far as they are there. */
static int take_keys(struct daemon_where *where, const char *dir,
		     struct err *err)
{
	AUTO_FREE char *authority = file_in(dir, "ca.pem");

	where->tls.certificate = file_in(dir, "cert.pem");
	where->tls.key = file_in(dir, "key.pem");
	if (!authority)
		return 0;
	where->tls.only_these = true;
	return fs_read(AT_FDCWD, authority, PEM_MAX, &where->tls.authorities,
		       err) < 0 ? -1 : 0;
}

/* DOCKER_TLS_VERIFY without ca.pem is a mistake: docker says so, too. */
static int take_environment(struct daemon_where *where, bool *tls,
			    struct err *err)
{
	const char *path = set_in("DOCKER_CERT_PATH");
	AUTO_FREE char *dir = path ? mem_strdup(path) : config_dir();

	*tls = set_in("DOCKER_TLS_VERIFY") != NULL;
	if (!*tls)
		return 0;
	if (take_keys(where, dir, err) < 0)
		return -1;
	return where->tls.only_these ? 0 :
	       err_set(err, ERR_NOT_FOUND, "unable to resolve docker "
		       "endpoint: DOCKER_TLS_VERIFY is set, and there is no "
		       "'%s/ca.pem'", dir);
}

/* ---- the address ---- */

static bool has_port(const char *host)
{
	const char *end = *host == '[' ? strchr(host, ']') : host;

	return end && strchr(end, ':');
}

static int take_tcp(struct daemon_where *where, bool tls, struct err *err)
{
	const char *rest = strstr(where->host, "://") + strlen("://");
	AUTO_FREE char *peer = mem_strndup(rest, strcspn(rest, "/"));
	const char *path = rest + strlen(peer);
	size_t len = strlen(path);

	if (!*peer)
		return err_set(err, ERR_INPUT, "'%s' names no host",
			       where->host);
	while (len && path[len - 1] == '/')
		len--;
	where->url = mem_printf("%s://%s%s%s%.*s", tls ? "https" : "http",
				peer, has_port(peer) ? "" : ":",
				has_port(peer) ? "" :
				tls ? TLS_PORT : PLAIN_PORT, (int)len, path);
	return 0;
}

static int take_host(struct daemon_where *where, const char *host, bool tls,
		     struct err *err)
{
	where->host = mem_strdup(host);
	if (strncmp(host, "unix://", strlen("unix://")) == 0) {
		where->socket = mem_strdup(host + strlen("unix://"));
		where->url = mem_strdup("http://localhost");
		return *where->socket ? 0 :
		       err_set(err, ERR_INPUT, "'%s' names no socket", host);
	}
	if (strncmp(host, "tcp://", strlen("tcp://")) == 0 ||
	    strncmp(host, "http://", strlen("http://")) == 0)
		return take_tcp(where, tls, err);
	if (strncmp(host, "https://", strlen("https://")) == 0)
		return take_tcp(where, true, err);
	if (strncmp(host, "ssh://", strlen("ssh://")) == 0)
		return err_set(err, ERR_UNSUPPORTED, "cannot speak to the "
			       "docker daemon at '%s': varve does not use ssh; "
			       "forward its socket (ssh -L) and name that in "
			       "DOCKER_HOST", host);
	return err_set(err, ERR_INPUT, "unable to parse docker host `%s`",
		       host);
}

/* ---- contexts ---- */

static char *string_in(const json_t *object, const char *name)
{
	return mem_strdup(json_string_value(json_object_get(object, name)));
}

static int load(const char *path, json_t **out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	json_error_t where;
	int found = fs_read(AT_FDCWD, path, META_MAX, &text, err);

	if (found <= 0)
		return found;
	*out = json_loadb(text.data ? text.data : "", text.len, 0, &where);
	return *out ? 1 : err_set(err, ERR_INPUT, "cannot read '%s': line %d: "
				  "%s", path, where.line, where.text);
}

static int current_context(char **out, struct err *err)
{
	AUTO_FREE char *path = credentials_path();
	json_t *config = NULL;
	int found = load(path, &config, err);

	if (found > 0)
		*out = string_in(config, "currentContext");
	json_decref(config);
	return found < 0 ? -1 : 0;
}

static int take_endpoint(struct daemon_where *where, const json_t *meta,
			 const char *keys, const char *name, struct err *err)
{
	const json_t *endpoint = json_object_get(
		json_object_get(meta, "Endpoints"), "docker");
	const char *host =
		json_string_value(json_object_get(endpoint, "Host"));

	if (!host)
		return err_set(err, ERR_INPUT, "docker endpoint configuration "
			       "is missing in context \"%s\"", name);
	if (take_keys(where, keys, err) < 0)
		return -1;
	where->tls.unverified = json_is_true(
		json_object_get(endpoint, "SkipTLSVerify"));
	return take_host(where, host, where->tls.unverified ||
			 where->tls.only_these || where->tls.certificate, err);
}

static int take_context(struct daemon_where *where, const char *name,
			struct err *err)
{
	AUTO_FREE char *dir = config_dir();
	AUTO_FREE char *meta_path = NULL;
	AUTO_FREE char *keys = NULL;
	struct digest sum;
	json_t *meta = NULL;
	int found;

	digest_make(name, strlen(name), &sum);
	meta_path = mem_printf("%s/contexts/meta/%s/meta.json", dir,
			       DIGEST_HEX(&sum));
	keys = mem_printf("%s/contexts/tls/%s/docker", dir, DIGEST_HEX(&sum));
	found = load(meta_path, &meta, err);
	if (found == 0)
		err_set(err, ERR_NOT_FOUND, "docker context \"%s\" is not "
			"found: there is no '%s'", name, meta_path);
	else if (found > 0 && take_endpoint(where, meta, keys, name, err) < 0)
		found = -1;
	json_decref(meta);
	return found > 0 ? 0 : -1;
}

int daemon_where_find(struct daemon_where *where, struct err *err)
{
	const char *host = set_in("DOCKER_HOST");
	const char *name = set_in("DOCKER_CONTEXT");
	AUTO_FREE char *current = NULL;
	bool tls;

	if (!host && !name && current_context(&current, err) < 0)
		return -1;
	name = host ? NULL : name ? name : current;
	if (name && *name && strcmp(name, "default") != 0)
		return take_context(where, name, err);
	if (take_environment(where, &tls, err) < 0)
		return -1;
	return take_host(where, host ? host : USUAL_HOST, tls, err);
}
