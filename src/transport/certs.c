/* Knows where docker keeps the certificates of a registry. */
#include "transport/certs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"

#define PEM_MAX ((size_t)1 << 20)

static bool ends_with(const char *name, const char *end)
{
	size_t a = strlen(name), b = strlen(end);

	return a > b && strcmp(name + a - b, end) == 0;
}

static int take_pair(const char *dir, const char *name,
		     const struct strv *names, struct http_tls *out,
		     struct err *err)
{
	size_t stem = strlen(name) - strlen(".cert");
	AUTO_FREE char *key = mem_printf("%.*s.key", (int)stem, name);

	if (!strv_has(names, key))
		return err_set(err, ERR_NOT_FOUND, "missing key %s for client "
			       "certificate %s. Note that CA certificates "
			       "should use the extension .crt", key, name);
	if (out->certificate)
		return 0;
	out->certificate = mem_printf("%s/%s", dir, name);
	out->key = mem_printf("%s/%s", dir, key);
	return 0;
}

static int take_name(const char *dir, int fd, const char *name,
		     const struct strv *names, struct http_tls *out,
		     struct err *err)
{
	AUTO_FREE char *pair = NULL;

	if (ends_with(name, ".crt")) {
		if (fs_read(fd, name, PEM_MAX, &out->authorities, err) < 0)
			return -1;
		buf_addc(&out->authorities, '\n');
		return 0;
	}
	if (ends_with(name, ".cert"))
		return take_pair(dir, name, names, out, err);
	if (!ends_with(name, ".key"))
		return 0;
	pair = mem_printf("%.*s.cert", (int)(strlen(name) - strlen(".key")),
			  name);
	return strv_has(names, pair) ? 0 :
	       err_set(err, ERR_NOT_FOUND, "missing client certificate %s for "
		       "key %s", pair, name);
}

int certs_load(const char *given, const char *host, struct http_tls *out,
	       struct err *err)
{
	AUTO_FREE char *dir = given ? mem_strdup(given) :
			      mem_printf(CERTS_DIR "/%s", host);
	AUTO(strv_release) struct strv names = { 0 };
	AUTO_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && !given)
		return 0;
	if (fd < 0)
		return err_sys(err, errno, "cannot open '%s'", dir);
	if (fs_list(fd, ".", &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (take_name(dir, fd, names.items[i], &names, out, err) < 0)
			return -1;
	return 0;
}
