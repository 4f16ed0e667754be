/* Knows which flags of `docker build` are honoured, checked or refused. */
#include "cli/build_flags.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/sandbox.h"
#include "spec/gofmt.h"
#include "spec/names.h"
#include "spec/reference.h"

void build_flags_init(struct build_flags *flags)
{
	*flags = (struct build_flags){ .remove = true, .content_trust = true,
				      .expect_hits = -1 };
}

void build_flags_release(struct build_flags *flags)
{
	struct strv *const lists[] = {
		&flags->tags, &flags->args, &flags->labels, &flags->cache_from,
		&flags->hosts, &flags->ulimits, &flags->security,
		&flags->secrets, &flags->ssh, &flags->outputs,
		&flags->familiar_tags,
	};

	for (size_t i = 0; i < flags->args.count && flags->build_args; i++) {
		free(flags->build_args[i].name);
		free(flags->build_args[i].value);
	}
	free(flags->build_args);
	cache_flags_release(flags);
	map_release(&flags->label_map);
	whatif_release(&flags->whatif);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		strv_release(lists[i]);
}

static int check_tags(struct build_flags *flags, struct err *err)
{
	for (size_t i = 0; i < flags->tags.count; i++) {
		AUTO(reference_release) struct reference ref = { 0 };
		AUTO_FREE char *familiar = NULL;
		struct err inner = ERR_INIT;

		if (reference_parse(flags->tags.items[i], &ref, &inner) < 0)
			return err_set(err, ERR_USAGE,
				       "invalid argument \"%s\" for \"-t, "
				       "--tag\" flag: %s",
				       flags->tags.items[i], inner.msg);
		if (digest_is_set(&ref.digest))
			return err_set(err, ERR_INPUT,
				       "build tag cannot contain a digest");
		reference_default_tag(&ref);
		familiar = reference_familiar(&ref);
		if (!strv_has(&flags->familiar_tags, familiar))
			strv_add(&flags->familiar_tags, familiar);
	}
	return 0;
}

/* `--build-arg K` takes K from the environment; not there: no value. */
static int make_args(struct build_flags *flags, struct err *err)
{
	flags->build_args = mem_array(flags->args.count,
				      sizeof(*flags->build_args));
	for (size_t i = 0; i < flags->args.count; i++) {
		const char *text = flags->args.items[i];
		const char *eq = strchr(text, '=');
		size_t len = eq ? (size_t)(eq - text) : strlen(text);

		if (len == 0)
			return err_set(err, ERR_USAGE,
				       "invalid argument \"%s\" for "
				       "\"--build-arg\" flag: invalid "
				       "environment variable: %s", text, text);
		flags->build_args[i].name = mem_strndup(text, len);
		flags->build_args[i].value =
			mem_strdup(eq ? eq + 1 : getenv(text));
	}
	return 0;
}

static void make_labels(struct build_flags *flags)
{
	for (size_t i = 0; i < flags->labels.count; i++) {
		const char *text = flags->labels.items[i];
		size_t len = strcspn(text, "=");
		AUTO_FREE char *key = mem_strndup(text, len);

		map_put(&flags->label_map, key, text[len] ? text + len + 1 : "");
	}
}

static int check_ip(const struct build_flags *flags, const char *host,
		    const char *ip, struct err *err)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	if (strcmp(ip, "host-gateway") == 0)
		return flags->in_daemon ? 0 : err_set(err, ERR_UNSUPPORTED,
			       "--add-host %s: host-gateway is not supported",
			       host);
	if (inet_pton(AF_INET, ip, bytes) == 1 ||
	    inet_pton(AF_INET6, ip, bytes) == 1)
		return 0;
	return err_set(err, ERR_USAGE,
		       "invalid argument \"%s\" for \"--add-host\" flag: "
		       "invalid IP address in add-host: \"%s\"", host, ip);
}

static int check_hosts(const struct build_flags *flags, struct err *err)
{
	for (size_t i = 0; i < flags->hosts.count; i++) {
		const char *text = flags->hosts.items[i];
		const char *colon = strchr(text, ':');

		if (!colon || colon == text || !colon[1])
			return err_set(err, ERR_USAGE,
				       "invalid argument \"%s\" for "
				       "\"--add-host\" flag: bad format for "
				       "add-host: \"%s\"", text, text);
		if (check_ip(flags, text, colon + 1, err) < 0)
			return -1;
	}
	return 0;
}

static int bad_ulimit(struct err *err, const char *text, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int bad_ulimit(struct err *err, const char *text, const char *fmt, ...)
{
	AUTO_FREE char *why = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&why, fmt, args) < 0)
		why = NULL;
	va_end(args);
	return err_set(err, ERR_USAGE, "invalid argument \"%s\" for "
		       "\"--ulimit\" flag: %s", text, why ? why : "");
}

/* NAME=SOFT[:HARD] */
static int check_ulimit(const char *text, struct err *err)
{
	size_t len = strcspn(text, "=");
	AUTO_FREE char *name = mem_strndup(text, len);
	const char *value = text[len] ? text + len + 1 : "";
	const char *colon = strchr(value, ':');
	AUTO_FREE char *first = colon ? mem_strndup(value, (size_t)(colon - value))
				      : mem_strdup(value);
	long soft, hard;

	if (!text[len])
		return bad_ulimit(err, text, "invalid ulimit argument: %s",
				  text);
	if (!sandbox_is_ulimit(name))
		return bad_ulimit(err, text, "invalid ulimit type: %s", name);
	if (colon && strchr(colon + 1, ':'))
		return bad_ulimit(err, text, "too many limit value arguments "
				  "- %s, can only have up to two, "
				  "`soft[:hard]`", value);
	if (!gofmt_atoi(first, &soft))
		return bad_ulimit(err, text, "strconv.ParseInt: parsing "
				  "\"%s\": invalid syntax", first);
	if (!colon)
		return 0;
	if (!gofmt_atoi(colon + 1, &hard))
		return bad_ulimit(err, text, "strconv.ParseInt: parsing "
				  "\"%s\": invalid syntax", colon + 1);
	if (hard != -1 && (soft == -1 || soft > hard))
		return bad_ulimit(err, text, "ulimit soft limit must be less "
				  "than or equal to hard limit: %s > %s",
				  first, colon + 1);
	return 0;
}

static int check_labels(const struct build_flags *flags, struct err *err)
{
	for (size_t i = 0; i < flags->labels.count; i++) {
		const char *text = flags->labels.items[i];

		if (!*text || *text == '=')
			return err_set(err, ERR_USAGE,
				       "invalid argument \"%s\" for "
				       "\"--label\" flag: invalid label "
				       "'%s': empty name", text, text);
	}
	return 0;
}

static int check_ulimits(const struct build_flags *flags, struct err *err)
{
	for (size_t i = 0; i < flags->ulimits.count; i++)
		if (check_ulimit(flags->ulimits.items[i], err) < 0)
			return -1;
	return 0;
}

static bool one_of(const char *text, const char *a, const char *b)
{
	return !text || !*text || strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

/* What a daemon decides for itself. */
static int refuse_here(const struct build_flags *flags, struct err *err)
{
	if (flags->security.count)
		return err_set(err, ERR_UNSUPPORTED,
			       "The daemon on this platform does not support "
			       "setting security options on build");
	if (flags->squash)
		return err_set(err, ERR_UNSUPPORTED,
			       "\"--squash\" is only supported on a Docker "
			       "daemon with experimental features enabled");
	if (!one_of(flags->isolation, "default", "default"))
		return err_set(err, ERR_UNSUPPORTED,
			       "Unsupported isolation: \"%s\"",
			       flags->isolation);
	if (flags->cgroup_parent && *flags->cgroup_parent)
		return err_set(err, ERR_UNSUPPORTED,
			       "--cgroup-parent is not supported");
	if (!one_of(flags->network, "host", "none") &&
	    strcmp(flags->network, "default") != 0)
		return err_set(err, ERR_UNSUPPORTED,
			       "--network %s: only host and none are supported",
			       flags->network);
	return 0;
}

/* What a daemon cannot be asked for. */
static int refuse_there(const struct build_flags *flags, struct err *err)
{
	const char *name = flags->strict ? "--strict" :
			   flags->no_cache_from ? "--no-cache-from" :
			   flags->runtime ? "--runtime" :
			   flags->cache_refs.count ?
				   "--cache-from type=registry" :
			   flags->cache_target_count ? "--cache-to" : NULL;

	return name ? err_set(err, ERR_UNSUPPORTED, "%s is varve's own: a "
			      "docker daemon cannot be asked for it", name) :
		      0;
}

static int refuse(const struct build_flags *flags, struct err *err)
{
	if (!flags->in_daemon && refuse_here(flags, err) < 0)
		return -1;
	if (!flags->content_trust)
		return err_set(err, ERR_UNSUPPORTED,
			       "--disable-content-trust=false: varve does not "
			       "check signatures");
	if (!one_of(flags->progress, "plain", "json") &&
	    !one_of(flags->progress, "auto", "tty"))
		return err_set(err, ERR_USAGE,
			       "invalid value '%s' for --progress: plain or "
			       "json", flags->progress);
	if (!one_of(flags->client_mode, "20.10", "28"))
		return err_set(err, ERR_USAGE,
			       "invalid value '%s' for --client-mode: 20.10 or "
			       "28", flags->client_mode);
	if (flags->no_cache_from < 0 || flags->no_cache_from > INT_MAX)
		return err_set(err, ERR_USAGE, "--no-cache-from takes a line "
			       "of the Dockerfile");
	return 0;
}

bool build_flags_json(const struct build_flags *flags)
{
	return flags->format && strcmp(flags->format, "json") == 0;
}

int build_flags_format(const struct verb *verb,
		       const struct build_flags *flags)
{
	return one_of(flags->format, "text", "json") ? 0 :
	       usage_error(verb, "--format is text or json, not '%s'",
			   flags->format);
}

int build_flags_check(struct build_flags *flags, struct err *err)
{
	struct platform platform;

	if (refuse(flags, err) < 0 || check_tags(flags, err) < 0 ||
	    make_args(flags, err) < 0 || check_hosts(flags, err) < 0 ||
	    check_labels(flags, err) < 0 || check_ulimits(flags, err) < 0)
		return -1;
	if (flags->platform && *flags->platform &&
	    names_platform(flags->platform, &platform, err) < 0)
		return -1;
	make_labels(flags);
	if (cache_flags_check(flags, err) < 0)
		return -1;
	return flags->in_daemon && !flags->only_plan ?
	       refuse_there(flags, err) : 0;
}

void build_flags_workspace(const struct build_flags *flags,
			   const char *context,
			   struct workspace_options *out)
{
	*out = (struct workspace_options){
		.root = flags->root,
		.mode = STORE_READ,
		.context = context,
		.file = flags->file && *flags->file ? flags->file : NULL,
		.args = flags->build_args,
		.arg_count = flags->args.count,
		.labels = &flags->label_map,
		.target = flags->target && *flags->target ? flags->target : NULL,
		.platform = flags->platform && *flags->platform
				    ? flags->platform : NULL,
		.no_cache = flags->no_cache,
		.no_cache_from = (int)flags->no_cache_from,
		.strict = flags->strict,
		.show_args = flags->show_args,
		.no_type_bits = flags->client_mode &&
				strcmp(flags->client_mode, "28") == 0,
		.network_none = flags->network &&
				strcmp(flags->network, "none") == 0,
		.cache_from = &flags->cache_from,
		.against = flags->against,
	};
}
