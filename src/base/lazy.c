/* Knows how a library is loaded while the program runs. */
#include "base/lazy.h"

#include <dlfcn.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int load(struct lazy *library, struct err *err)
{
	void *handle = dlopen(library->soname, RTLD_LAZY | RTLD_LOCAL |
						       RTLD_NODELETE);

	if (!handle)
		return err_set(err, ERR_UNSUPPORTED,
			       "cannot load the library '%s': %s",
			       library->soname, dlerror());
	for (size_t i = 0; i < library->count; i++) {
		const struct lazy_symbol *symbol = &library->symbols[i];

		*symbol->at = dlsym(handle, symbol->name);
		if (!*symbol->at)
			return err_set(err, ERR_UNSUPPORTED, "the library "
				       "'%s' has no '%s'", library->soname,
				       symbol->name);
	}
	return 0;
}

int lazy_load(struct lazy *library, struct err *err)
{
	int rc = 0;

	pthread_mutex_lock(&lock);
	if (!library->loaded)
		rc = load(library, err);
	library->loaded = rc == 0;
	pthread_mutex_unlock(&lock);
	return rc;
}
