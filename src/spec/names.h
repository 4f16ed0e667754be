/*
 * Small grammars from outside: ports, signals, platforms, passwd and group.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "spec/config.h"

/* EXPOSE (classic-builder.md end of section 2): adds "80/tcp"… to ports. */
int names_expose(const char *spec, struct map *ports, struct err *err);
/* STOPSIGNAL: -1 with `Invalid signal: X`. */
int names_signal(const char *text, struct err *err);
/* The number of a signal that names_signal accepts (for kill), or 0. */
int names_signal_number(const char *text);

struct platform {
	char os[32], architecture[32], variant[32];
};
/* As containerd reads it; text without "failed to parse platform X: ". */
int names_platform(const char *text, struct platform *out, struct err *err);
const struct platform *names_host_platform(void);

/*
 * One user "name|uid[:group|gid]" looked up in the text of /etc/passwd and
 * /etc/group (either may be NULL = absent file).
 */
struct account {
	long uid, gid;
	char *home;      /* owned; "" if unknown */
	long *groups;    /* supplementary, owned */
	size_t group_count;
};
void account_release(struct account *account);
AUTO_DEFINE_IN_PLACE(struct account, account_release)
/* For RUN (libcontainer's rules): `unable to find user X: no matching
 * entries in passwd file`. user "" is root. */
int names_run_user(const char *user, const char *passwd, const char *group,
		   struct account *out, struct err *err);
/* For --chown (classic-builder.md 7.2, 5.3): texts without prefix. */
int names_chown(const char *spec, const char *passwd, const char *group,
		long *uid, long *gid, struct err *err);
