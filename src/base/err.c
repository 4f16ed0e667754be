/* Knows how an error is made, wrapped and turned into an exit code. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum err_kind kind_of(int sys)
{
	switch (sys) {
	case ENOENT:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	case ENOSPC:
	case EDQUOT:
		return ERR_SPACE;
	case EINTR:
		return ERR_CANCELLED;
	default:
		return ERR_FAILED;
	}
}

static void __attribute__((format(printf, 2, 0)))
format_msg(char *msg, const char *fmt, va_list ap)
{
	vsnprintf(msg, ERR_MSG_MAX, fmt, ap);
}

static void append(char *msg, const char *text)
{
	size_t len = strlen(msg);

	snprintf(msg + len, ERR_MSG_MAX - len, ": %s", text);
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	err->kind = kind;
	err->sys = 0;
	err->status = 0;
	va_start(ap, fmt);
	format_msg(err->msg, fmt, ap);
	va_end(ap);
	return -1;
}

int err_sys(struct err *err, int sys, const char *fmt, ...)
{
	va_list ap;

	err->kind = kind_of(sys);
	err->sys = sys;
	err->status = 0;
	va_start(ap, fmt);
	format_msg(err->msg, fmt, ap);
	va_end(ap);
	append(err->msg, strerror(sys));
	return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	char inner[ERR_MSG_MAX];
	va_list ap;

	memcpy(inner, err->msg, sizeof(inner));
	va_start(ap, fmt);
	format_msg(err->msg, fmt, ap);
	va_end(ap);
	append(err->msg, inner);
	return -1;
}

int err_exit_code(const struct err *err)
{
	switch (err->kind) {
	case ERR_NONE:
		return 0;
	case ERR_USAGE:
		return 2;
	case ERR_COMMAND:
		return err->status ? err->status : 1;
	case ERR_CANCELLED:
		return 130;
	case ERR_FAILED:
	case ERR_INPUT:
	case ERR_NOT_FOUND:
	case ERR_CONFLICT:
	case ERR_DENIED:
	case ERR_CORRUPT:
	case ERR_SPACE:
	case ERR_UNSUPPORTED:
		return 1;
	}
	return 1;
}
