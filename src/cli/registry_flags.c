/* Knows what the registry options of the command line mean. */
#include "cli/registry_flags.h"

void registry_flags_release(struct registry_flags *flags)
{
	strv_release(&flags->insecure);
}

int registry_flags_trust(const struct registry_flags *flags, struct err *err)
{
	return flags->content_trust ? 0 :
	       err_set(err, ERR_UNSUPPORTED, "--disable-content-trust=false: "
		       "varve does not check signatures");
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
