/*
 * An ordinary user builds inside a user namespace with the subordinate ids of
 * /etc/subuid and /etc/subgid (newuidmap, newgidmap).
 */
#pragma once

#include "base/err.h"

/*
 * Called once, early, single-threaded, before a store is opened for writing.
 * As root: nothing. Else: enters a new user and mount namespace as its root.
 * 0 done; -1 no subordinate ids, no newuidmap, or the kernel says no.
 */
int userns_enter(struct err *err);
/* Whether this process is inside one (then overlays use user xattrs). */
int userns_inside(void);
