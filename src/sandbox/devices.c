/* Knows which devices a container of Docker may open, as a BPF program for
 * cgroup v2 and as text for v1. */
#include "sandbox/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

#define ANY -1

/* Character devices to read, write and make. */
static const struct {
	int major, minor;
} allowed[] = {
	{ 1, 3 },    /* null */
	{ 1, 5 },    /* zero */
	{ 1, 7 },    /* full */
	{ 1, 8 },    /* random */
	{ 1, 9 },    /* urandom */
	{ 5, 0 },    /* tty */
	{ 5, 1 },    /* console */
	{ 5, 2 },    /* ptmx */
	{ 10, 200 }, /* tun */
	{ 136, ANY },/* pts */
};
#define ALLOWED (sizeof(allowed) / sizeof(*allowed))
#define PROGRAM_MAX (16 + 4 * ALLOWED)

#define LOAD(reg, field)                                                       \
	{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (reg),                 \
	  .src_reg = BPF_REG_1,                                                \
	  .off = offsetof(struct bpf_cgroup_dev_ctx, field) }
#define AND(reg, value)                                                        \
	{ .code = BPF_ALU | BPF_AND | BPF_K, .dst_reg = (reg), .imm = (value) }
#define SKIP_UNLESS(reg, value, n)                                             \
	{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = (reg),                 \
	  .imm = (value), .off = (n) }
#define MOVE(reg, from)                                                        \
	{ .code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = (reg),                 \
	  .src_reg = (from) }
#define RETURN(value)                                                          \
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,           \
	  .imm = (value) },                                                    \
	{ .code = BPF_JMP | BPF_EXIT }

static size_t program_make(struct bpf_insn *out)
{
	/* r2 access << 16 | type, r3 type, r4 major, r5 minor */
	static const struct bpf_insn head[] = {
		LOAD(BPF_REG_2, access_type), MOVE(BPF_REG_3, BPF_REG_2),
		AND(BPF_REG_3, 0xffff), LOAD(BPF_REG_4, major),
		LOAD(BPF_REG_5, minor),
		{ .code = BPF_ALU | BPF_RSH | BPF_K, .dst_reg = BPF_REG_2,
		  .imm = 16 },
		SKIP_UNLESS(BPF_REG_2, BPF_DEVCG_ACC_MKNOD, 2), RETURN(1),
		SKIP_UNLESS(BPF_REG_3, BPF_DEVCG_DEV_CHAR, 4 * ALLOWED),
	};
	static const struct bpf_insn tail[] = { RETURN(0) };
	size_t n = sizeof(head) / sizeof(*head);

	memcpy(out, head, sizeof(head));
	for (size_t i = 0; i < ALLOWED; i++) {
		const struct bpf_insn rule[] = {
			SKIP_UNLESS(BPF_REG_4, allowed[i].major, 3),
			SKIP_UNLESS(BPF_REG_5, allowed[i].minor, 2),
			RETURN(1),
		};
		bool any = allowed[i].minor == ANY;

		memcpy(out + n, rule, sizeof(rule));
		if (any) /* never jumps: r5 == r5 */
			out[n + 1] = (struct bpf_insn)MOVE(BPF_REG_5,
							   BPF_REG_5);
		n += 4;
	}
	memcpy(out + n, tail, sizeof(tail));
	return n + 2;
}

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static bool is_attached(int cgroup_fd)
{
	union bpf_attr attr = { 0 };

	attr.query.target_fd = (uint32_t)cgroup_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	return bpf(BPF_PROG_QUERY, &attr) == 0 && attr.query.prog_cnt > 0;
}

int devices_attach(int cgroup_fd)
{
	struct bpf_insn program[PROGRAM_MAX];
	union bpf_attr attr = { 0 };
	AUTO_FD int fd = -1;

	if (is_attached(cgroup_fd))
		return 0;
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uintptr_t)program;
	attr.insn_cnt = (uint32_t)program_make(program);
	attr.license = (uintptr_t) "Apache";
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		return -1;
	attr = (union bpf_attr){ 0 };
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	/* An OCI runtime adds its own below. */
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	return bpf(BPF_PROG_ATTACH, &attr) < 0 ? -1 : 0;
}

/* Each rule is one write. */
static int write_rule(int dir, const char *file, const char *rule)
{
	AUTO_FD int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, rule, strlen(rule)) < 0 ? -1 : 0;
}

/* A new directory allows all; one that a run made before is done. */
static bool allows_all(int dir)
{
	AUTO_FD int fd = openat(dir, "devices.list", O_RDONLY | O_CLOEXEC);
	char first = 'a';

	return fd < 0 || (read(fd, &first, 1) >= 0 && first == 'a');
}

int devices_write(const char *dir)
{
	AUTO_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char rule[64];

	if (fd >= 0 && !allows_all(fd))
		return 0;
	if (fd < 0 || write_rule(fd, "devices.deny", "a") < 0 ||
	    write_rule(fd, "devices.allow", "c *:* m") < 0 ||
	    write_rule(fd, "devices.allow", "b *:* m") < 0)
		return -1;
	for (size_t i = 0; i < ALLOWED; i++) {
		if (allowed[i].minor == ANY)
			snprintf(rule, sizeof(rule), "c %d:* rwm",
				 allowed[i].major);
		else
			snprintf(rule, sizeof(rule), "c %d:%d rwm",
				 allowed[i].major, allowed[i].minor);
		if (write_rule(fd, "devices.allow", rule) < 0)
			return -1;
	}
	return 0;
}
