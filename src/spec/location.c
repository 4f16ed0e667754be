/* Knows how skopeo writes down where an image is. */
#include "spec/location.h"

#include <string.h>

enum shape {
	SHAPE_REF,  /* docker-daemon:ref */
	SHAPE_NET,  /* docker://ref */
	SHAPE_PATH, /* oci:path[:ref] */
};

static const struct transport {
	const char *name;
	enum location_kind kind;
	enum shape shape;
} transports[] = {
	{ "docker", LOCATION_REGISTRY, SHAPE_NET },
	{ "docker-archive", LOCATION_DOCKER_ARCHIVE, SHAPE_PATH },
	{ "oci", LOCATION_OCI, SHAPE_PATH },
	{ "oci-archive", LOCATION_OCI_ARCHIVE, SHAPE_PATH },
	{ "docker-daemon", LOCATION_DAEMON, SHAPE_REF },
	{ "containers-storage", LOCATION_CONTAINERS, SHAPE_REF },
	{ "docker-root", LOCATION_DOCKER_ROOT, SHAPE_PATH },
};
#define TRANSPORT_COUNT (sizeof(transports) / sizeof(*transports))

void location_release(struct location *location)
{
	free(location->path);
	free(location->ref);
	*location = (struct location){ .kind = LOCATION_STORE };
}

/* "docker:1" is an image of that name: only "docker://" is a registry. */
static const struct transport *transport_of(const char *text)
{
	for (size_t i = 0; i < TRANSPORT_COUNT; i++) {
		const struct transport *at = &transports[i];
		size_t len = strlen(at->name);

		if (strncmp(text, at->name, len) != 0 || text[len] != ':')
			continue;
		if (at->shape != SHAPE_NET ||
		    strncmp(text + len, "://", 3) == 0)
			return at;
	}
	return NULL;
}

bool location_is_transport(const char *text)
{
	return transport_of(text) != NULL;
}

const char *location_name(enum location_kind kind)
{
	for (size_t i = 0; i < TRANSPORT_COUNT; i++)
		if (transports[i].kind == kind)
			return transports[i].name;
	return "";
}

static int parse_path(const struct transport *transport, const char *rest,
		      const char *text, struct location *out, struct err *err)
{
	const char *colon = strchr(rest, ':');

	if (!*rest || colon == rest)
		return err_set(err, ERR_USAGE, "'%s' names no path", text);
	*out = (struct location){
		.kind = transport->kind,
		.path = colon ? mem_strndup(rest, (size_t)(colon - rest)) :
				mem_strdup(rest),
		.ref = colon && colon[1] ? mem_strdup(colon + 1) : NULL,
	};
	return 0;
}

/* containers-storage:[driver@root]ref names another store than the user's. */
static int parse_root(const char *rest, const char *text, struct location *out,
		      struct err *err)
{
	const char *end = strchr(rest, ']'), *from = rest + 1;
	const char *at = end ? memchr(from, '@', (size_t)(end - from)) : NULL;
	const char *stop = end;

	if (!end)
		return err_set(err, ERR_USAGE, "'%s' has no ']'", text);
	if (at)
		from = at + 1;
	if (memchr(from, '+', (size_t)(end - from)))
		stop = memchr(from, '+', (size_t)(end - from));
	*out = (struct location){
		.kind = LOCATION_CONTAINERS,
		.path = mem_strndup(from, (size_t)(stop - from)),
		.ref = end[1] ? mem_strdup(end + 1) : NULL,
	};
	return 0;
}

int location_parse(const char *text, struct location *out, struct err *err)
{
	const struct transport *transport = transport_of(text);
	const char *rest;

	if (!transport) {
		*out = (struct location){ .ref = mem_strdup(text) };
		return 0;
	}
	rest = text + strlen(transport->name) + 1;
	if (transport->shape == SHAPE_PATH)
		return parse_path(transport, rest, text, out, err);
	if (transport->kind == LOCATION_CONTAINERS && *rest == '[')
		return parse_root(rest, text, out, err);
	rest += transport->shape == SHAPE_NET ? 2 : 0;
	if (transport->shape == SHAPE_NET && !*rest)
		return err_set(err, ERR_USAGE, "'%s' names no image", text);
	*out = (struct location){
		.kind = transport->kind,
		.ref = *rest ? mem_strdup(rest) : NULL,
	};
	return 0;
}
