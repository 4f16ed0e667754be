/* Knows the grammars of EXPOSE, STOPSIGNAL and --platform. */
#include "spec/names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "spec/gofmt.h"

/* A port or a range of ports, 0 to 65535. Text after a second "-" is
 * ignored, as the daemon does. */
static bool read_port(const char **at, unsigned *out)
{
	const char *start = *at;
	unsigned value = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++) {
		value = value * 10 + (unsigned)(**at - '0');
		if (value > 65535)
			return false;
	}
	*out = value;
	return *at > start;
}

static bool read_range(const char *text, unsigned *first, unsigned *last)
{
	const char *at = text;

	if (!read_port(&at, first))
		return false;
	*last = *first;
	if (*at == '\0')
		return true;
	if (*at++ != '-' || !read_port(&at, last))
		return false;
	return (*at == '\0' || *at == '-') && *last >= *first;
}

/* net.SplitHostPort of "<ip>:", then net.ParseIP. */
static int check_ip(const char *ip, struct err *err)
{
	size_t len = strlen(ip);
	bool bracketed = len >= 2 && ip[0] == '[' && ip[len - 1] == ']';
	AUTO_FREE char *bare = mem_strndup(ip + bracketed,
					   len - 2 * (size_t)bracketed);
	unsigned char address[sizeof(struct in6_addr)];

	if (!bracketed && strchr(ip, ':') && ip[0] != '[')
		return err_set(err, ERR_INPUT,
			       "Invalid ip address %s: address %s:: too many "
			       "colons in address",
			       ip, ip);
	if (!bracketed && ip[0] == '[')
		return err_set(err, ERR_INPUT,
			       "Invalid ip address %s: address %s:: missing "
			       "']' in address",
			       ip, ip);
	if (bare[0] && inet_pton(AF_INET, bare, address) != 1 &&
	    inet_pton(AF_INET6, bare, address) != 1)
		return err_set(err, ERR_INPUT, "Invalid ip address: %s", bare);
	return 0;
}

/* "[ip:][host:]container" in place: the colons become NULs. */
struct port_spec {
	char *text; /* owned */
	const char *ip, *host, *container, *proto;
};

static void port_spec_release(struct port_spec *spec)
{
	free(spec->text);
}
AUTO_DEFINE_IN_PLACE(struct port_spec, port_spec_release)

static char *cut_last(char *text, char sep)
{
	char *at = strrchr(text, sep);

	if (!at)
		return NULL;
	*at = '\0';
	return at + 1;
}

static void split_port(const char *raw, struct port_spec *out)
{
	char *text = out->text = mem_strdup(raw);
	char *container = cut_last(text, ':');
	char *host = container ? cut_last(text, ':') : NULL;
	char *slash;

	out->container = container ? container : text;
	out->host = host ? host : container ? text : "";
	out->ip = host ? text : "";
	out->proto = "tcp";
	slash = strchr(out->container, '/');
	if (!slash)
		return;
	*slash++ = '\0';
	slash[strcspn(slash, "/")] = '\0';
	if (*slash)
		out->proto = slash;
}

int names_expose(const char *text, struct map *ports, struct err *err)
{
	static const char *const protos[] = { "tcp", "udp", "sctp" };
	AUTO(port_spec_release) struct port_spec spec = { 0 };
	unsigned first, last, host_first, host_last;
	const char *proto = NULL;
	char key[32];

	split_port(text, &spec);
	if (check_ip(spec.ip, err) < 0)
		return -1;
	if (spec.container[0] == '\0')
		return err_set(err, ERR_INPUT, "No port specified: %s<empty>",
			       text);
	if (!read_range(spec.container, &first, &last))
		return err_set(err, ERR_INPUT, "Invalid containerPort: %s",
			       spec.container);
	if (spec.host[0] && !read_range(spec.host, &host_first, &host_last))
		return err_set(err, ERR_INPUT, "Invalid hostPort: %s",
			       spec.host);
	if (spec.host[0] && first != last &&
	    last - first != host_last - host_first)
		return err_set(err, ERR_INPUT,
			       "Invalid ranges specified for container and "
			       "host Ports: %s and %s",
			       spec.container, spec.host);
	for (size_t i = 0; i < sizeof(protos) / sizeof(*protos); i++)
		if (strcasecmp(spec.proto, protos[i]) == 0)
			proto = protos[i];
	if (!proto)
		return err_set(err, ERR_INPUT, "Invalid proto: %s",
			       spec.proto);
	for (unsigned port = first; port <= last; port++) {
		snprintf(key, sizeof(key), "%u/%s", port, proto);
		map_put(ports, key, "");
	}
	return 0;
}

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "ABRT", 6 },	 { "ALRM", 14 },  { "BUS", 7 },	   { "CHLD", 17 },
	{ "CLD", 17 },	 { "CONT", 18 },  { "FPE", 8 },	   { "HUP", 1 },
	{ "ILL", 4 },	 { "INT", 2 },	  { "IO", 29 },	   { "IOT", 6 },
	{ "KILL", 9 },	 { "PIPE", 13 },  { "POLL", 29 },  { "PROF", 27 },
	{ "PWR", 30 },	 { "QUIT", 3 },	  { "SEGV", 11 },  { "STKFLT", 16 },
	{ "STOP", 19 },	 { "SYS", 31 },	  { "TERM", 15 },  { "TRAP", 5 },
	{ "TSTP", 20 },	 { "TTIN", 21 },  { "TTOU", 22 },  { "URG", 23 },
	{ "USR1", 10 },	 { "USR2", 12 },  { "VTALRM", 26 }, { "WINCH", 28 },
	{ "XCPU", 24 },	 { "XFSZ", 25 },  { "RTMIN", 34 }, { "RTMAX", 64 },
};

/* "RTMIN+1" to "RTMIN+15" and "RTMAX-1" to "RTMAX-14", nothing else. */
static int realtime_signal(const char *name)
{
	bool up = strncasecmp(name, "RTMIN+", 6) == 0;
	int offset = 0;

	if (!up && strncasecmp(name, "RTMAX-", 6) != 0)
		return 0;
	for (const char *at = name + 6; *at; at++) {
		if (*at < (at == name + 6 ? '1' : '0') || *at > '9' ||
		    offset > 9)
			return 0;
		offset = offset * 10 + (*at - '0');
	}
	if (offset == 0 || offset > (up ? 15 : 14))
		return 0;
	return up ? 34 + offset : 64 - offset;
}

int names_signal_number(const char *text)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	long number;

	if (gofmt_atoi(text, &number))
		return number > INT32_MAX || number < INT32_MIN ? 0
								: (int)number;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (strcasecmp(name, signals[i].name) == 0)
			return signals[i].number;
	return realtime_signal(name);
}

int names_signal(const char *text, struct err *err)
{
	long number = 0;

	if (gofmt_atoi(text, &number) ? number != 0
				      : names_signal_number(text) != 0)
		return 0;
	return err_set(err, ERR_INPUT, "Invalid signal: %s", text);
}

#if defined(__x86_64__)
#define HOST_ARCH "amd64"
#elif defined(__aarch64__)
#define HOST_ARCH "arm64"
#elif defined(__i386__)
#define HOST_ARCH "386"
#elif defined(__arm__)
#define HOST_ARCH "arm"
#elif defined(__riscv) && __riscv_xlen == 64
#define HOST_ARCH "riscv64"
#elif defined(__s390x__)
#define HOST_ARCH "s390x"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define HOST_ARCH "ppc64le"
#elif defined(__mips64)
#define HOST_ARCH "mips64le"
#else
#error "the name of this architecture in image configurations is not known"
#endif

const struct platform *names_host_platform(void)
{
	static const struct platform host = { "linux", HOST_ARCH, "" };

	return &host;
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static bool is_known_os(const char *os)
{
	static const char *const known[] = {
		"aix", "android", "darwin", "dragonfly", "freebsd", "hurd",
		"illumos", "js", "linux", "nacl", "netbsd", "openbsd",
		"plan9", "solaris", "windows", "zos", NULL,
	};

	return is_one_of(os, known);
}

static bool is_known_arch(const char *arch)
{
	static const char *const known[] = {
		"386", "amd64", "amd64p32", "arm", "armbe", "arm64",
		"arm64be", "ppc64", "ppc64le", "mips", "mipsle", "mips64",
		"mips64le", "mips64p32", "mips64p32le", "ppc", "riscv",
		"riscv64", "s390", "s390x", "sparc", "sparc64", NULL,
	};

	return is_one_of(arch, known);
}

/* containerd, platforms.normalizeArch; "*" stands for any variant, which
 * then goes. */
static void normalize_arch(struct platform *p)
{
	static const struct {
		const char *arch, *variant, *to_arch, *to_variant;
	} rules[] = {
		{ "i386", "*", "386", "" },
		{ "x86_64", "*", "amd64", "" },
		{ "x86-64", "*", "amd64", "" },
		{ "aarch64", "8", "arm64", "" },
		{ "aarch64", "v8", "arm64", "" },
		{ "arm64", "8", "arm64", "" },
		{ "arm64", "v8", "arm64", "" },
		{ "armhf", "*", "arm", "v7" },
		{ "armel", "*", "arm", "v6" },
		{ "arm", "", "arm", "v7" },
		{ "arm", "7", "arm", "v7" },
		{ "arm", "5", "arm", "v5" },
		{ "arm", "6", "arm", "v6" },
		{ "arm", "8", "arm", "v8" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (strcmp(p->architecture, rules[i].arch) != 0 ||
		    (strcmp(rules[i].variant, "*") != 0 &&
		     strcmp(p->variant, rules[i].variant) != 0))
			continue;
		strcpy(p->architecture, rules[i].to_arch);
		strcpy(p->variant, rules[i].to_variant);
		return;
	}
	if (strcmp(p->architecture, "aarch64") == 0)
		strcpy(p->architecture, "arm64");
}

/* One part of "os/arch/variant", lower-cased, into a fixed field. */
static int platform_part(const char *text, const char *part, size_t len,
			 char out[32], struct err *err)
{
	bool fine = len > 0;

	for (size_t i = 0; i < len; i++)
		fine = fine && (isalnum((unsigned char)part[i]) ||
				part[i] == '_' || part[i] == '-');
	if (!fine)
		return err_set(err, ERR_INPUT,
			       "\"%.*s\" is an invalid component of \"%s\": "
			       "platform specifier component must match "
			       "\"^[A-Za-z0-9_-]+$\": invalid argument",
			       (int)len, part, text);
	if (len > 31)
		return err_set(err, ERR_INPUT,
			       "\"%s\": cannot parse platform specifier: "
			       "invalid argument",
			       text);
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)part[i]);
	out[len] = '\0';
	return 0;
}

/* "linux" alone or "arm64" alone: the host says the other half. */
static int complete_platform(const char *text, struct platform *p,
			     struct err *err)
{
	const struct platform *host = names_host_platform();

	if (is_known_os(p->os)) {
		strcpy(p->architecture, host->architecture);
		return 0;
	}
	strcpy(p->architecture, p->os);
	normalize_arch(p);
	if (!is_known_arch(p->architecture))
		return err_set(err, ERR_INPUT,
			       "\"%s\": unknown operating system or "
			       "architecture: invalid argument",
			       text);
	strcpy(p->os, host->os);
	if (strcmp(p->architecture, "arm") == 0 &&
	    strcmp(p->variant, "v7") == 0)
		p->variant[0] = '\0';
	return 0;
}

int names_platform(const char *text, struct platform *out, struct err *err)
{
	struct platform p = { "", "", "" };
	char *const fields[] = { p.os, p.architecture, p.variant };
	const char *at = text;
	size_t count = 0;

	if (strchr(text, '*'))
		return err_set(err, ERR_INPUT,
			       "\"%s\": wildcards not yet supported: "
			       "invalid argument",
			       text);
	for (;; at++) {
		size_t len = strcspn(at, "/");
		char ignored[32];

		if (platform_part(text, at, len,
				  count < 3 ? fields[count] : ignored, err) < 0)
			return -1;
		count++;
		at += len;
		if (*at == '\0')
			break;
	}
	if (count > 3)
		return err_set(err, ERR_INPUT,
			       "\"%s\": cannot parse platform specifier: "
			       "invalid argument",
			       text);
	if (strcmp(p.os, "macos") == 0)
		strcpy(p.os, "darwin");
	if (count == 1 && complete_platform(text, &p, err) < 0)
		return -1;
	if (count > 1)
		normalize_arch(&p);
	if (count == 2 && strcmp(p.architecture, "arm") == 0 &&
	    strcmp(p.variant, "v7") == 0)
		p.variant[0] = '\0';
	if (count == 3 && strcmp(p.architecture, "arm64") == 0 && !p.variant[0])
		strcpy(p.variant, "v8");
	*out = p;
	return 0;
}
