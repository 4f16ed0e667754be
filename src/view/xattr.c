/* Knows how extended attributes read: text as text, capabilities by name. */
#include "view/files.h"

#include <ctype.h>
#include <string.h>

#define CAPABILITY "security.capability"
#define CAP_EFFECTIVE 1u /* linux/capability.h, VFS_CAP_FLAGS_EFFECTIVE */

/* By number, as capabilities(7) has them. */
static const char *const caps[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill",
	"setgid", "setuid", "setpcap", "linux_immutable", "net_bind_service",
	"net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
	"sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
	"sys_tty_config", "mknod", "lease", "audit_write", "audit_control",
	"setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm",
	"block_suspend", "audit_read", "perfmon", "bpf",
	"checkpoint_restore",
};

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' :
					   tolower((unsigned char)c) - 'a' + 10;
}

static size_t unhex(const char *hex, unsigned char *out, size_t most)
{
	size_t n = 0;

	for (; hex[0] && hex[1] && n < most; hex += 2)
		out[n++] = (unsigned char)(digit(hex[0]) << 4 | digit(hex[1]));
	return n;
}

static uint32_t little(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 |
	       (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void add_set(struct buf *out, uint64_t bits, const char *flags)
{
	const char *before = out->len ? " cap_" : "cap_";

	if (!bits)
		return;
	for (unsigned n = 0; n < 64; n++) {
		if (!(bits >> n & 1))
			continue;
		if (n < sizeof(caps) / sizeof(*caps))
			buf_addf(out, "%s%s", before, caps[n]);
		else
			buf_addf(out, "%s%u", before, n);
		before = ",cap_";
	}
	buf_addf(out, "=%s", flags);
}

/* As getcap(8) writes it: what is permitted, and what is inheritable. NULL:
 * it is none of the versions 2 and 3. */
static char *capability(const char *hex)
{
	unsigned char bytes[24];
	size_t n = unhex(hex, bytes, sizeof(bytes));
	uint32_t head = n >= 4 ? little(bytes) : 0;
	uint64_t permitted, inheritable;
	bool effective = head & CAP_EFFECTIVE;
	struct buf out = BUF_INIT;

	if (!(head >> 24 == 2 && n == 20) && !(head >> 24 == 3 && n == 24))
		return NULL;
	permitted = little(bytes + 4) | (uint64_t)little(bytes + 12) << 32;
	inheritable = little(bytes + 8) | (uint64_t)little(bytes + 16) << 32;
	add_set(&out, permitted & ~inheritable, effective ? "ep" : "p");
	add_set(&out, permitted & inheritable, effective ? "eip" : "ip");
	add_set(&out, inheritable & ~permitted, effective ? "ei" : "i");
	if (n == 24)
		buf_addf(&out, " [rootid=%u]", little(bytes + 20));
	buf_adds(&out, "");
	return buf_steal(&out);
}

/* NULL: it is no line of printable characters. */
static char *text(const char *hex)
{
	size_t len = strlen(hex) / 2;
	AUTO_FREE unsigned char *bytes = mem_array(len + 1, 1);

	unhex(hex, bytes, len);
	while (len && !bytes[len - 1]) /* of labels, the end of the string */
		bytes[--len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < ' ' || bytes[i] == 0x7f)
			return NULL;
	return mem_printf("\"%s\"", (const char *)bytes);
}

char *xattr_words(const char *attribute)
{
	const char *hex = strchr(attribute, '=');
	AUTO_FREE char *name = NULL, *value = NULL;

	if (!hex)
		return mem_strdup(attribute);
	name = mem_strndup(attribute, (size_t)(hex++ - attribute));
	value = strcmp(name, CAPABILITY) == 0 ? capability(hex) : text(hex);
	return mem_printf("%s=%s%s", name, value ? "" : "0x",
			  value ? value : hex);
}

char *xattr_names(const struct files *files, uint32_t at)
{
	AUTO(strv_release) struct strv all = { 0 };
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	buf_adds(&out, "");
	if (files->names_only || files->items[at].state == FILE_REMOVED ||
	    files_xattrs(files, at, files->items[at].layer, &all, &err) < 0)
		return buf_steal(&out);
	for (size_t i = 0; i < all.count; i++) {
		int len = (int)strcspn(all.items[i], "=");

		/* The machine's, not the image's. */
		if (strncmp(all.items[i], "security.selinux=", 17) != 0)
			buf_addf(&out, "%s%.*s", out.len ? " " : "", len,
				 all.items[i]);
	}
	return buf_steal(&out);
}
