/* Knows which capabilities the root of a container of Docker has. */
#include "sandbox/caps.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP(name) { name, #name }

const struct cap *caps_default(void)
{
	static const struct cap list[] = {
		CAP(CAP_CHOWN), CAP(CAP_DAC_OVERRIDE), CAP(CAP_FSETID),
		CAP(CAP_FOWNER), CAP(CAP_MKNOD), CAP(CAP_NET_RAW),
		CAP(CAP_SETGID), CAP(CAP_SETUID), CAP(CAP_SETFCAP),
		CAP(CAP_SETPCAP), CAP(CAP_NET_BIND_SERVICE),
		CAP(CAP_SYS_CHROOT), CAP(CAP_KILL), CAP(CAP_AUDIT_WRITE),
		{ -1, NULL },
	};

	return list;
}

static uint64_t default_mask(void)
{
	uint64_t mask = 0;

	for (const struct cap *cap = caps_default(); cap->name; cap++)
		mask |= (uint64_t)1 << cap->number;
	return mask;
}

static void drop_bounding(uint64_t keep)
{
	/* The first number that the kernel does not know ends it. */
	for (int cap = 0; cap < 64 && prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(keep >> cap & 1))
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static int set_sets(uint64_t mask, struct err *err)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	/* No more than we have: we may be in a container ourselves. */
	if (syscall(SYS_capget, &head, data) < 0)
		return err_sys(err, errno, "cannot read capabilities");
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(mask >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return err_sys(err, errno, "cannot set capabilities");
	return 0;
}

static int set_groups(const struct account *account, struct err *err)
{
	AUTO_FREE gid_t *groups = mem_array(account->group_count + 1,
					    sizeof(*groups));
	size_t n = 0;
	bool primary = false;

	/* Docker makes sure that the primary group is among them. */
	for (size_t i = 0; i < account->group_count; i++)
		primary |= account->groups[i] == account->gid;
	if (!primary)
		groups[n++] = (gid_t)account->gid;
	for (size_t i = 0; i < account->group_count; i++)
		groups[n++] = (gid_t)account->groups[i];
	if (setgroups(n, groups) < 0)
		return err_sys(err, errno, "cannot set the groups");
	return 0;
}

int caps_become(const struct account *account, struct err *err)
{
	uid_t uid = (uid_t)account->uid;
	gid_t gid = (gid_t)account->gid;

	drop_bounding(default_mask());
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (set_groups(account, err) < 0)
		return -1;
	if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_sys(err, errno, "cannot become %ld:%ld",
			       account->uid, account->gid);
	return set_sets(uid == 0 ? default_mask() : 0, err);
}
