/*
 * Container and image configuration, read from JSON (jansson) and written as
 * the very bytes that Docker 20.10 writes. (classic-builder.md section 8;
 * image-spec, config.md.)
 *
 * Every list keeps the difference between null and empty: strv.set, map.set.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "spec/digest.h"

/* A string map with owned entries, sorted bytewise by key. */
struct map_entry {
	char *key, *value; /* value is "" in a set such as Volumes */
};
struct map {
	struct map_entry *items;
	size_t count;
	bool set;
};
void map_release(struct map *map);
void map_put(struct map *map, const char *key, const char *value);
const char *map_get(const struct map *map, const char *key); /* or NULL */
void map_copy(struct map *to, const struct map *from); /* releases to */
bool map_equal(const struct map *a, const struct map *b); /* set ignored */

struct healthcheck {
	struct strv test;
	int64_t interval, timeout, start_period; /* nanoseconds */
	int64_t retries;
};
void healthcheck_free(struct healthcheck *check);
struct healthcheck *healthcheck_dup(const struct healthcheck *check);

/* "config" and "container_config" of an image. Strings are never NULL after
 * run_config_init; "" stands for absent. */
struct run_config {
	char *hostname, *domainname, *user;
	bool attach_stdin, attach_stdout, attach_stderr;
	struct map exposed_ports; /* keys "80/tcp" */
	bool tty, open_stdin, stdin_once;
	struct strv env, cmd;
	struct healthcheck *healthcheck; /* or NULL */
	bool args_escaped;
	char *image; /* "sha256:…" or "" */
	struct map volumes;
	char *working_dir;
	struct strv entrypoint;
	bool network_disabled;
	char *mac_address;
	struct strv on_build;
	struct map labels;
	char *stop_signal;
	int64_t stop_timeout;
	bool stop_timeout_set;
	struct strv shell;
};
void run_config_init(struct run_config *config);
void run_config_release(struct run_config *config);
void run_config_copy(struct run_config *to, const struct run_config *from);
/* Replaces one string field: run_config_set(&c->user, "bob"). */
void run_config_set(char **field, const char *value);
/* Appends the JSON object. */
void run_config_format(const struct run_config *config, struct buf *out);

/* Which fields the cache compares (classic-builder.md 1.3). */
enum run_config_field {
	CONFIG_SAME = 0,
	CONFIG_STDIN, CONFIG_ATTACH, CONFIG_TTY, CONFIG_USER, CONFIG_CMD,
	CONFIG_ENV, CONFIG_ENTRYPOINT, CONFIG_LABELS, CONFIG_PORTS,
	CONFIG_VOLUMES,
};
/* CONFIG_SAME if the cache calls them equal, else the first that differs
 * (CMD is tested last, so that it is only named when all else is equal). */
enum run_config_field run_config_differs(const struct run_config *a,
					 const struct run_config *b);

struct history {
	char *created; /* RFC 3339 text, "" if absent */
	char *author, *created_by, *comment;
	bool empty_layer;
};

/* A point in time; unset has set = false. */
struct moment {
	int64_t sec;
	int32_t nsec;
	bool set;
};

/* One image configuration. Strings are never NULL after image_config_init. */
struct image_config {
	char *architecture, *variant, *os, *os_version;
	struct strv os_features;
	char *author, *comment, *container, *docker_version;
	struct run_config config, container_config;
	bool has_config, has_container_config;
	struct moment created;
	struct history *history;
	size_t history_count;
	struct digest *diff_ids;
	size_t diff_id_count;
};
void image_config_init(struct image_config *config);
void image_config_release(struct image_config *config);
void image_config_copy(struct image_config *to,
		       const struct image_config *from);
/* json is untrusted; -1 with ERR_INPUT and place. "rootfs" is required. out
 * must be zeroed or hold a configuration, which is released. */
int image_config_parse(const char *json, size_t len, struct image_config *out,
		       struct err *err);
/* The exact bytes 20.10 writes; their SHA-256 is the image ID. */
void image_config_format(const struct image_config *config, struct buf *out);
/* history entry index i owns this diff ID, or NULL for an empty layer */
const struct digest *image_config_diff_of(const struct image_config *config,
					  size_t history_index);
/* The chain ID of all its layers; unset for none. */
void image_config_chain(const struct image_config *config,
			struct digest *out);
void image_config_add_history(struct image_config *config,
			      const struct history *entry); /* copies */
void image_config_add_diff(struct image_config *config,
			   const struct digest *diff);

AUTO_DEFINE_IN_PLACE(struct map, map_release)
AUTO_DEFINE_IN_PLACE(struct run_config, run_config_release)
AUTO_DEFINE_IN_PLACE(struct image_config, image_config_release)

/* Go's JSON string escapes (classic-builder.md section 8), with quotes. */
void config_format_string(struct buf *out, const char *text, size_t len);
