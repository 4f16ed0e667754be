/* Knows how the profile becomes a BPF program: a search tree over ranges of
 * numbers per architecture, made in well under a millisecond, which the
 * library's own generator is not. The library knows the numbers. */
#include "sandbox/seccomp.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

#define X32_BIT 0x40000000u
#define DENY (SECCOMP_RET_ERRNO | EPERM)
#define ABSENT (SECCOMP_RET_ERRNO | ENOSYS)
#define BIG (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#define ARGUMENT_LOW (offsetof(struct seccomp_data, args) + (BIG ? 4 : 0))
#define ARGUMENT_HIGH (offsetof(struct seccomp_data, args) + (BIG ? 0 : 4))

struct program {
	struct sock_filter *code;
	size_t count;
};

/* One numbering of system calls. */
struct abi {
	uint32_t arch;          /* for the library */
	enum seccomp_when when; /* besides SECCOMP_ALWAYS */
	bool wide;              /* arguments of 64 bits */
};

struct numbers {
	uint32_t *items;
	size_t count;
};

static void program_release(struct program *program)
{
	free(program->code);
}
AUTO_DEFINE_IN_PLACE(struct program, program_release)

static void numbers_release(struct numbers *numbers)
{
	free(numbers->items);
}
AUTO_DEFINE_IN_PLACE(struct numbers, numbers_release)

static void emit(struct program *program, uint16_t code, uint32_t k,
		 size_t yes, size_t no)
{
	MEM_PUSH(program->code, program->count) = (struct sock_filter){
		.code = code, .k = k, .jt = (uint8_t)yes, .jf = (uint8_t)no,
	};
}

static void load(struct program *program, size_t offset)
{
	emit(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void give(struct program *program, uint32_t verdict)
{
	emit(program, BPF_RET | BPF_K, verdict, 0, 0);
}

/* ---- numbers ---- */

/*
 * i386 reached sockets and System V IPC through one call each before it got
 * direct ones; the library has names for the former only.
 */
static uint32_t direct_i386(int pseudo)
{
	static const struct {
		int16_t pseudo, number;
	} calls[] = {
		{ -101, 359 }, { -102, 361 }, { -103, 362 }, { -104, 363 },
		{ -106, 367 }, { -107, 368 }, { -108, 360 }, { -111, 369 },
		{ -112, 371 }, { -113, 373 }, { -114, 366 }, { -115, 365 },
		{ -116, 370 }, { -117, 372 }, { -118, 364 }, { -119, 337 },
		{ -120, 345 }, { -202, 393 }, { -203, 394 }, { -211, 400 },
		{ -212, 401 }, { -213, 399 }, { -214, 402 }, { -221, 397 },
		{ -222, 398 }, { -223, 395 }, { -224, 396 },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i].pseudo == pseudo)
			return (uint32_t)calls[i].number;
	return UINT32_MAX;
}

/* UINT32_MAX: no such call there. */
static uint32_t number_of(const struct abi *abi, const char *name)
{
	int number = seccomp_syscall_resolve_name_arch(abi->arch, name);

	if (number >= 0)
		return (uint32_t)number;
	return abi->arch == SCMP_ARCH_X86 ? direct_i386(number) : UINT32_MAX;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void collect(const struct abi *abi, struct numbers *out)
{
	const struct seccomp_group *group = seccomp_allowed();

	for (; group->names; group++) {
		if (group->when != SECCOMP_ALWAYS && group->when != abi->when)
			continue;
		for (size_t i = 0; group->names[i]; i++) {
			uint32_t n = number_of(abi, group->names[i]);

			if (n != UINT32_MAX)
				MEM_PUSH(out->items, out->count) = n;
		}
	}
	qsort(out->items, out->count, sizeof(*out->items), compare_numbers);
}

/* ---- the tree ---- */

/* A range goes from first to before the next one's. */
struct range {
	uint32_t first, verdict;
};

static struct range *ranges_make(const struct numbers *numbers, size_t *count)
{
	struct range *ranges = mem_array(2 * numbers->count + 1,
					 sizeof(*ranges));
	size_t n = 1;

	ranges[0] = (struct range){ 0, DENY };
	for (size_t i = 0; i < numbers->count; i++) {
		uint32_t number = numbers->items[i];

		if (ranges[n - 1].first == number) /* starts here */
			ranges[n - 1].verdict = SECCOMP_RET_ALLOW;
		else if (number + 1 == ranges[n - 1].first)
			continue; /* twice in the list */
		else
			ranges[n++] = (struct range){ number,
						      SECCOMP_RET_ALLOW };
		ranges[n++] = (struct range){ number + 1, DENY };
	}
	*count = n;
	return ranges;
}

/* Neighbours of one verdict become one range. */
static size_t ranges_merge(struct range *ranges, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (n == 0 || ranges[n - 1].verdict != ranges[i].verdict)
			ranges[n++] = ranges[i];
	return n;
}

static void tree(struct program *program, const struct range *ranges,
		 size_t count)
{
	size_t middle = count / 2, jump = program->count;

	if (count == 1) {
		give(program, ranges[0].verdict);
		return;
	}
	emit(program, BPF_JMP | BPF_JGE | BPF_K, ranges[middle].first, 0, 0);
	tree(program, ranges, middle);
	assert(program->count - jump - 1 <= UINT8_MAX);
	program->code[jump].jt = (uint8_t)(program->count - jump - 1);
	tree(program, ranges + middle, count - middle);
}

/* ---- one architecture ---- */

/* With the number loaded; falls through if it is another call. */
static void compare_argument(struct program *program, const struct abi *abi,
			     const struct seccomp_compare *rule)
{
	uint32_t number = number_of(abi, rule->name);
	size_t jump = program->count, high = 0;

	if (number == UINT32_MAX)
		return;
	emit(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 0);
	if (abi->wide && rule->mask >> 32) {
		load(program, ARGUMENT_HIGH);
		high = program->count;
		emit(program, BPF_JMP | BPF_JEQ | BPF_K,
		     (uint32_t)(rule->value >> 32), 0, 3);
	}
	load(program, ARGUMENT_LOW);
	if ((uint32_t)rule->mask != UINT32_MAX) {
		emit(program, BPF_ALU | BPF_AND | BPF_K, (uint32_t)rule->mask,
		     0, 0);
		if (high)
			program->code[high].jf++;
	}
	emit(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)rule->value, 0, 1);
	give(program, SECCOMP_RET_ALLOW);
	load(program, offsetof(struct seccomp_data, nr));
	program->code[jump].jf = (uint8_t)(program->count - jump - 1);
}

static uint32_t largest(const struct abi *abi, const struct numbers *numbers)
{
	uint32_t max = number_of(abi, SECCOMP_ABSENT);

	if (max == UINT32_MAX)
		max = 0;
	if (numbers->count && numbers->items[numbers->count - 1] > max)
		max = numbers->items[numbers->count - 1];
	return max;
}

/* With the number loaded; always ends in a verdict. */
static void emit_abi(struct program *program, const struct abi *abi)
{
	AUTO(numbers_release) struct numbers numbers = { NULL, 0 };
	const struct seccomp_compare *rule = seccomp_compared();
	AUTO_FREE struct range *ranges = NULL;
	size_t count;
	uint32_t absent = number_of(abi, SECCOMP_ABSENT);

	collect(abi, &numbers);
	/* What is newer than the profile does not exist, as with runc. */
	emit(program, BPF_JMP | BPF_JGT | BPF_K, largest(abi, &numbers), 0,
	     1);
	give(program, ABSENT);
	if (absent != UINT32_MAX) {
		emit(program, BPF_JMP | BPF_JEQ | BPF_K, absent, 0, 1);
		give(program, ABSENT);
	}
	for (; rule->name; rule++)
		compare_argument(program, abi, rule);
	ranges = ranges_make(&numbers, &count);
	tree(program, ranges, ranges_merge(ranges, count));
}

/* ---- the whole ---- */

/* Skips what body emits if the accumulator fails the test. */
static void emit_if(struct program *program, uint16_t test, uint32_t k,
		    const struct abi *abi)
{
	size_t jump = program->count;

	/* A conditional jump reaches 255 only. */
	emit(program, BPF_JMP | test | BPF_K, k, 1, 0);
	emit(program, BPF_JMP | BPF_JA, 0, 0, 0);
	emit_abi(program, abi);
	program->code[jump + 1].k = (uint32_t)(program->count - jump - 2);
}

static void emit_amd64(struct program *program)
{
	static const struct abi native = { SCMP_ARCH_X86_64, SECCOMP_AMD64,
					   true };
	static const struct abi x32 = { SCMP_ARCH_X32, SECCOMP_AMD64, false };
	static const struct abi i386 = { SCMP_ARCH_X86, SECCOMP_AMD64, false };
	size_t jump = program->count;

	emit(program, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	emit(program, BPF_JMP | BPF_JA, 0, 0, 0);
	load(program, offsetof(struct seccomp_data, nr));
	emit_if(program, BPF_JGE, X32_BIT, &x32);
	emit_abi(program, &native);
	program->code[jump + 1].k = (uint32_t)(program->count - jump - 2);
	emit(program, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 1, 0);
	give(program, SECCOMP_RET_KILL_PROCESS);
	load(program, offsetof(struct seccomp_data, nr));
	emit_abi(program, &i386);
}

/* Other architectures: the native one, and the 32-bit one of arm64. */
static void emit_plain(struct program *program, uint32_t arch,
		       enum seccomp_when when, bool last)
{
	const struct abi abi = { arch, when,
				 sizeof(long) == 8 && arch != SCMP_ARCH_ARM };
	size_t jump = program->count;

	emit(program, BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0);
	emit(program, BPF_JMP | BPF_JA, 0, 0, 0);
	load(program, offsetof(struct seccomp_data, nr));
	emit_abi(program, &abi);
	program->code[jump + 1].k = (uint32_t)(program->count - jump - 2);
	if (last)
		give(program, SECCOMP_RET_KILL_PROCESS);
}

static void program_make(struct program *program)
{
	uint32_t arch = seccomp_arch_native();

	load(program, offsetof(struct seccomp_data, arch));
	if (arch == SCMP_ARCH_X86_64) {
		emit_amd64(program);
	} else if (arch == SCMP_ARCH_AARCH64) {
		emit_plain(program, arch, SECCOMP_ARM, false);
		emit_plain(program, SCMP_ARCH_ARM, SECCOMP_ARM, true);
	} else {
		emit_plain(program, arch, SECCOMP_ALWAYS, true);
	}
}

int seccomp_apply(struct err *err)
{
	AUTO(program_release) struct program program = { NULL, 0 };
	struct sock_fprog filter;

	program_make(&program);
	filter.len = (unsigned short)program.count;
	filter.filter = program.code;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0)
		return err_sys(err, errno, "cannot load the system call "
			       "filter");
	return 0;
}
