/*
 * Errors are values on the caller's stack, passed as the last argument.
 *
 * A function that can fail returns -1 and has set *err, or 0 (or a count, or
 * 1 for found / 0 for not there). Set once where it happens, wrap on the way
 * up with what only that level knows, print once in a front end.
 */
#pragma once

enum err_kind {
	ERR_NONE = 0,
	ERR_FAILED,      /* it could not be done: I/O, a system call */
	ERR_USAGE,       /* the command line is wrong */
	ERR_INPUT,       /* a Dockerfile, context, archive or name is wrong */
	ERR_NOT_FOUND,   /* something named by the user is not there */
	ERR_CONFLICT,    /* in use, exists already, locked by another */
	ERR_DENIED,      /* not permitted, not our store, read-only */
	ERR_CORRUPT,     /* what is stored is damaged */
	ERR_SPACE,       /* the disk is full */
	ERR_UNSUPPORTED, /* known, and not done by varve */
	ERR_CANCELLED,   /* stopped by a signal or by the user */
	ERR_COMMAND,     /* a RUN command failed; status holds its exit code */
};

#define ERR_MSG_MAX 4096

struct err {
	enum err_kind kind;
	int sys;    /* errno behind it, or 0 */
	int status; /* exit code of a failed RUN (1..255), or 0 */
	char msg[ERR_MSG_MAX];
};

#define ERR_INIT { .kind = ERR_NONE }

/* Each sets *err and returns -1. A message longer than the field is cut. */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "<message>: <strerror(sys)>"; the kind follows from sys. */
int err_sys(struct err *err, int sys, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "<message>: " before the text that is there; keeps the kind. */
int err_wrap(struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* 0 done, 1 failed, 2 usage; a failed RUN gives its own status. */
int err_exit_code(const struct err *err);
