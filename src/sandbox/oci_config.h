/*
 * The OCI runtime configuration that a container of Docker has.
 * (runtime-spec, config.md and config-linux.md.)
 */
#pragma once

#include "sandbox/run.h"

/* config.json as text, owned. The root file system is "root" beside it. */
int oci_config_format(const struct run *run, char **out, struct err *err);
