/*
 * The flags of `docker build`, shared by build, plan and why: what is taken,
 * checked, or refused with a word (classic-builder.md section 11).
 */
#pragma once

#include <stdint.h>

#include "cli/verb.h"
#include "plan/whatif.h"
#include "plan/workspace.h"

struct build_flags {
	const char *root, *file, *target, *platform, *iidfile, *network;
	const char *runtime, *progress, *format, *color, *isolation;
	const char *against;
	const char *cgroup_parent, *cpuset_cpus, *cpuset_mems, *client_mode;
	struct strv tags, args, labels, cache_from, hosts, ulimits;
	struct strv cache_to;
	struct strv security, secrets, ssh, outputs;
	bool no_cache, quiet, remove, force_remove, pull, squash, compress;
	bool content_trust, stream, strict, show_args, detailed, fail_on_miss;
	bool diff, diff_only, resolve;
	bool serve;
	/* Set before the check: a docker daemon builds; and only a plan is
	 * wanted, which knows more than that can be asked for. */
	bool in_daemon, only_plan;
	int64_t no_cache_from; /* line, 0: not given */
	int64_t expect_hits; /* -1: nothing is expected */
	struct whatif whatif;
	int64_t memory, memory_swap, shm_size;
	int64_t cpu_shares, cpu_period, cpu_quota;
	/* made by build_flags_check */
	struct build_arg *build_args;
	struct map label_map;
	struct strv familiar_tags;
	struct strv cache_refs;        /* of --cache-from type=registry */
	struct cache_target *cache_targets; /* their refs lie in cache_to */
	size_t cache_target_count;
};

#define FLAG(l, n, k, field, a, h)                                             \
	{ l, n, k, offsetof(struct build_flags, field), a, h }

/* What plan, why and build have in common. */
#define PLAN_FLAG_ROWS                                                         \
	FLAG(0, "root", OPT_STRING, root, "DIR", "Root of the store"),         \
	FLAG('f', "file", OPT_STRING, file, "FILE",                            \
	     "Dockerfile (default CONTEXT/Dockerfile; - for standard input)"), \
	FLAG(0, "build-arg", OPT_LIST, args, "K[=V]",                          \
	     "Set a build-time variable"),                                     \
	FLAG(0, "cache-from", OPT_COMMAS, cache_from,                          \
	     "IMAGE|type=registry,ref=REF",                                    \
	     "Images, or a shared cache, to take cache steps from"),           \
	FLAG(0, "label", OPT_LIST, labels, "K=V", "Set metadata of the image"),\
	FLAG(0, "no-cache", OPT_BOOL, no_cache, NULL, "Do not use the cache"), \
	FLAG(0, "no-cache-from", OPT_NUMBER, no_cache_from, "LINE",            \
	     "Not from this line of the Dockerfile to the end of its stage"),  \
	FLAG(0, "target", OPT_STRING, target, "STAGE", "Stop after this stage"),\
	FLAG(0, "platform", OPT_STRING, platform, "OS/ARCH", "Platform"),      \
	FLAG(0, "network", OPT_STRING, network, "MODE",                        \
	     "Network of RUN: host (default) or none"),                        \
	FLAG(0, "client-mode", OPT_STRING, client_mode, "20.10|28",            \
	     "Whose file modes enter the COPY keys (default 20.10)"),          \
	FLAG(0, "strict", OPT_BOOL, strict, NULL,                              \
	     "Treat a hit although bytes changed as a miss"),                  \
	FLAG(0, "show-args", OPT_BOOL, show_args, NULL,                        \
	     "Show values that look like secrets"),                            \
	FLAG('t', "tag", OPT_LIST, tags, "NAME[:TAG]", "Name of the result")

/* Of those that look at a context as if. */
#define WHATIF_IGNORE_ROWS                                                     \
	FLAG(0, "ignore", OPT_LIST, whatif.ignore, "PATTERN",                  \
	     "As if .dockerignore ended with this line"),                      \
	FLAG(0, "unignore", OPT_LIST, whatif.unignore, "LINE",                 \
	     "As if this line of .dockerignore were not there")

void build_flags_init(struct build_flags *flags);
void build_flags_release(struct build_flags *flags);
/* 0: --format is text or json; 2, and said how the verb is called. */
int build_flags_format(const struct verb *verb,
		       const struct build_flags *flags);
bool build_flags_json(const struct build_flags *flags);
/* Checks and prepares; ERR_USAGE with docker's words where it has them. */
int build_flags_check(struct build_flags *flags, struct err *err);
void build_flags_workspace(const struct build_flags *flags,
			   const char *context,
			   struct workspace_options *out);
AUTO_DEFINE_IN_PLACE(struct build_flags, build_flags_release)

/* cache_flags.c: parts of build_flags_check and _release */
int cache_flags_check(struct build_flags *flags, struct err *err);
void cache_flags_release(struct build_flags *flags);
struct cache_source;
/* What failed with a shared cache, on stderr. */
void cache_flags_warn(const struct cache_source *cache);
/*
 * Opens the shared caches of --cache-from, and sets input->shared; none: *out
 * is NULL. store: NULL if images are not to be brought. What cannot be used is
 * said on stderr.
 */
int build_flags_caches(const struct build_flags *flags, struct store *store,
		       int cancel_fd, struct plan_input *input,
		       struct cache_source **out, struct err *err);
