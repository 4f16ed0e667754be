/* Knows what the registry options of the command line mean. */
#include "cli/registry_flags.h"

#include <stdio.h>

#include "sandbox/userns.h"

void registry_flags_release(struct registry_flags *flags)
{
	strv_release(&flags->insecure);
}

int registry_flags_name(const struct registry_flags *flags, const char *text,
			struct reference *ref, struct err *err)
{
	if (!flags->content_trust)
		return err_set(err, ERR_UNSUPPORTED,
			       "--disable-content-trust=false: varve does not "
			       "check signatures");
	if (reference_parse(text, ref, err) < 0)
		return -1;
	if (flags->all || ref->tag || digest_is_set(&ref->digest))
		return 0;
	reference_default_tag(ref);
	if (!flags->quiet)
		printf("Using default tag: %s\n", ref->tag);
	return 0;
}

int registry_flags_store(const struct registry_flags *flags,
			 struct store **store, struct err *err)
{
	AUTO_FREE char *root = flags->root ? mem_strdup(flags->root) :
					     store_default_root();

	return userns_enter(err) < 0 ? -1 :
	       store_open(root, STORE_WRITE, store, err);
}

void registry_flags_fill(const struct registry_flags *flags, const char *host,
			 struct registry_options *out)
{
	*out = (struct registry_options){
		.host = host,
		.cert_dir = flags->cert_dir,
		.insecure = strv_has(&flags->insecure, host),
		.attempts = flags->retry < 0 ? 0 : flags->retry > 100 ? 100 :
			    flags->retry ? (int)flags->retry : 1,
		.delay_ms = flags->retry_delay < 0 ? REGISTRY_DELAY_MS :
			    flags->retry_delay > 3600 ? 3600000 :
			    (int)flags->retry_delay * 1000,
		.timeouts.stall = flags->timeout <= 0 ? 0 :
				  flags->timeout > 86400 ? 86400 :
				  (int)flags->timeout,
		.cancel_fd = -1,
	};
}
