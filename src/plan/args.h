/*
 * Build arguments: what was given, what is declared where, what a word or a
 * RUN sees of them (classic-builder.md 4.3 to 4.5).
 */
#pragma once

#include "plan/plan.h"

struct arg_value {
	char *name, *value; /* value NULL: declared without one */
};
struct arg_list {
	struct arg_value *items;
	size_t count;
};

struct args {
	const struct build_arg *given; /* borrowed */
	size_t given_count;
	struct arg_list meta;  /* before the first FROM */
	struct arg_list stage; /* declared in the stage so far */
	struct strv consumed;  /* every name that any ARG declared */
};
void args_init(struct args *args, const struct build_arg *given, size_t count);
void args_release(struct args *args);
void args_begin_stage(struct args *args);
void args_declare_meta(struct args *args, const char *name, const char *value);
void args_declare(struct args *args, const char *name, const char *value);

/* What a word sees: the environment first, then arguments. */
struct args_scope {
	const struct args *args;
	const struct strv *env; /* NULL: global scope, of FROM and its ARGs */
};
/* An expand_lookup; arg is a struct args_scope. */
const char *args_lookup(void *scope, const char *name, size_t len);

/* "K=V" of each argument that env does not shadow: a RUN's environment. */
void args_visible(const struct args *args, const struct strv *env,
		  struct strv *out);
/* The "|N", "K=V"… that stand before a RUN's command; nothing if none is
 * visible. */
void args_prefix(const struct args *args, const struct strv *env,
		 struct strv *out);
/* Names given and never declared; proxies do not count. */
void args_unused(const struct args *args, struct strv *out);
/* "K=V" is split at its "="; the value of key in env, or NULL. */
const char *args_env_value(const struct strv *env, const char *name,
			   size_t len);
