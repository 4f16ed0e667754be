/* varve login, varve logout: who we are to a registry, kept where docker
 * keeps it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "base/fs.h"
#include "cli/registry_flags.h"

#define SECRET_MAX ((size_t)65536)

static const struct opt login_opts[] = {
	REGISTRY_FLAG('u', "username", OPT_STRING, username, "NAME",
		      "Username"),
	REGISTRY_FLAG('p', "password", OPT_STRING, password, "SECRET",
		      "Password"),
	REGISTRY_FLAG(0, "password-stdin", OPT_BOOL, password_stdin, NULL,
		      "Take the password from stdin"),
	REGISTRY_ROWS,
	OPT_END,
};
static const struct opt logout_opts[] = { OPT_END };

/* A server as docker takes it: without scheme and path. Owned. */
static char *server_of(const char *text)
{
	const char *rest = text ? strstr(text, "://") : NULL;

	if (!text || strcmp(text, "https://index.docker.io/v1/") == 0 ||
	    strcmp(text, "index.docker.io") == 0)
		return mem_strdup("docker.io");
	rest = rest ? rest + strlen("://") : text;
	return mem_strndup(rest, strcspn(rest, "/"));
}

static int read_stdin(char **out, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (fs_read_fd(0, SECRET_MAX, &text, err) < 0)
		return -1;
	while (text.len && strchr("\r\n", text.data[text.len - 1]))
		text.data[--text.len] = '\0';
	*out = buf_steal(&text);
	return 0;
}

/* A line of the terminal, a secret one unseen. NULL at its end. */
static char *ask(const char *prompt, bool secret)
{
	struct termios old, silent;
	char line[1024];
	bool got;

	printf("%s: ", prompt);
	fflush(stdout);
	if (secret && tcgetattr(0, &old) == 0) {
		silent = old;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(0, TCSANOW, &silent);
	}
	got = fgets(line, sizeof(line), stdin);
	if (secret) {
		tcsetattr(0, TCSANOW, &old);
		putchar('\n');
	}
	if (!got)
		return NULL;
	line[strcspn(line, "\r\n")] = '\0';
	return mem_strdup(line);
}

static int read_who(const struct registry_flags *flags,
		    struct credentials *who, struct err *err)
{
	who->username = mem_strdup(flags->username);
	who->password = mem_strdup(flags->password);
	if (flags->password_stdin)
		return read_stdin(&who->password, err);
	if (who->username && who->password)
		return 0;
	if (!isatty(0))
		return err_set(err, ERR_USAGE, "Cannot perform an interactive "
			       "login from a non TTY device");
	if (!who->username)
		who->username = ask("Username", false);
	if (!who->username || !*who->username)
		return err_set(err, ERR_USAGE, "username is empty");
	if (!who->password)
		who->password = ask("Password", true);
	if (!who->password || !*who->password)
		return err_set(err, ERR_USAGE, "password is empty");
	return 0;
}

static int check_words(const struct verb *verb,
		       const struct registry_flags *flags)
{
	if (flags->password && flags->password_stdin)
		return usage_error(verb, "--password and --password-stdin are "
					 "mutually exclusive");
	if (flags->password_stdin && !flags->username)
		return usage_error(verb, "Must provide --username with "
					 "--password-stdin");
	if (flags->password)
		fputs("WARNING! Using --password via the CLI is insecure. Use "
		      "--password-stdin.\n", stderr);
	return 0;
}

static int login(const struct registry_flags *flags, const char *host,
		 struct err *err)
{
	AUTO(credentials_release) struct credentials who = { 0 };
	struct registry_options options;
	bool plain = false;

	registry_flags_fill(flags, host, &options);
	if (read_who(flags, &who, err) < 0)
		return -1;
	if (registry_login(&options, &who, err) < 0 ||
	    credentials_store(host, &who, &plain, err) < 0)
		return -1;
	if (plain) {
		AUTO_FREE char *path = credentials_path();

		fprintf(stderr, "WARNING! Your password will be stored "
			"unencrypted in %s.\nConfigure a credential helper to "
			"remove this warning. See\nhttps://docs.docker.com/"
			"engine/reference/commandline/login/#credentials-store"
			"\n\n", path);
	}
	puts("Login Succeeded");
	return 0;
}

static int run_login(const struct verb *verb, int argc, char **argv)
{
	AUTO(registry_flags_release) struct registry_flags flags =
		REGISTRY_FLAGS_INIT;
	AUTO_FREE char *host = NULL;
	struct err err = ERR_INIT;
	int rest, rc = opts_parse(verb, argc, argv, &flags, &rest);

	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (argc - rest > 1)
		return usage_error(verb, "\"varve login\" takes at most 1 "
					 "argument");
	rc = check_words(verb, &flags);
	if (rc)
		return rc;
	host = server_of(argc > rest ? argv[rest] : NULL);
	return login(&flags, host, &err) < 0 ? fail(&err) : 0;
}

static int run_logout(const struct verb *verb, int argc, char **argv)
{
	AUTO_FREE char *host = NULL;
	struct err err = ERR_INIT;
	char none;
	int rest, rc = opts_parse(verb, argc, argv, &none, &rest);
	int found;

	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (argc - rest > 1)
		return usage_error(verb, "\"varve logout\" takes at most 1 "
					 "argument");
	host = server_of(argc > rest ? argv[rest] : NULL);
	found = credentials_erase(host, &err);
	if (found < 0)
		return fail(&err);
	if (found)
		printf("Removing login credentials for %s\n",
		       credentials_key(host));
	else
		printf("Not logged in to %s\n", credentials_key(host));
	return 0;
}

const struct verb verb_login = {
	"login", "[OPTIONS] [SERVER]",
	"Log in to a registry.", login_opts, run_login,
};
const struct verb verb_logout = {
	"logout", "[SERVER]",
	"Forget the credentials of a registry.", logout_opts, run_logout,
};
