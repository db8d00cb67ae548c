/* CRC-32C (Castagnoli): polynomial 0x1EDC6F41, reflected, as in RFC 3720, appendix B.4. */
#ifndef CLINO_IO_CRC32C_H
#define CLINO_IO_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what was summed up to crc (0 at first) followed by size bytes. The same number on every machine, and
 * faster on x86 with SSE 4.2. */
uint32_t clino__crc32c(uint32_t crc, const void *bytes, size_t size);

/* The same by tables alone, for any machine. */
uint32_t clino__crc32c_tables(uint32_t crc, const void *bytes, size_t size);

#endif
