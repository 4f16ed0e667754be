/* CRC-64/GO-ISO, as tar-split keeps it of each file (store.md section 3). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Start with 0; feed it on: crc = crc64(crc, more, len). */
uint64_t crc64(uint64_t crc, const void *bytes, size_t len);
