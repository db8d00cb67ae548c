/* CRC-32C by eight tables, eight bytes at a time (M. E. Kounavis and F. L. Berry, A Systematic Approach to Building
 * High Performance Software-based CRC Generators, 2005), or by the processor's own instruction.
 *
 * A checksum is linear: the entry of a byte is the sum without carry of the entries of its bits. So the compiler makes
 * the tables from the eight entries of single bits in each. */
#include "io/crc32c.h"

#include <string.h>

#define BIT(i, b, value) ((i) >> (b) & 1u ? (value) : 0u)
#define ENTRY(i, a, b, c, d, e, f, g, h)                                                                     \
  (BIT(i, 0, a) ^ BIT(i, 1, b) ^ BIT(i, 2, c) ^ BIT(i, 3, d) ^ BIT(i, 4, e) ^ BIT(i, 5, f) ^ BIT(i, 6, g) ^ \
   BIT(i, 7, h))
#define FOUR(i, ...) ENTRY(i, __VA_ARGS__), ENTRY(i + 1u, __VA_ARGS__), ENTRY(i + 2u, __VA_ARGS__), \
                     ENTRY(i + 3u, __VA_ARGS__)
#define SIXTEEN(i, ...) FOUR(i, __VA_ARGS__), FOUR(i + 4u, __VA_ARGS__), FOUR(i + 8u, __VA_ARGS__), \
                        FOUR(i + 12u, __VA_ARGS__)
#define SIXTY_FOUR(i, ...) SIXTEEN(i, __VA_ARGS__), SIXTEEN(i + 16u, __VA_ARGS__), SIXTEEN(i + 32u, __VA_ARGS__), \
                           SIXTEEN(i + 48u, __VA_ARGS__)
#define TABLE(...) SIXTY_FOUR(0u, __VA_ARGS__), SIXTY_FOUR(64u, __VA_ARGS__), SIXTY_FOUR(128u, __VA_ARGS__), \
                   SIXTY_FOUR(192u, __VA_ARGS__)

/* table[k][i]: what the byte i becomes when k bytes of zero follow it. */
static const uint32_t table[8][256] = {
    {TABLE(0xF26B8303, 0xE13B70F7, 0xC79A971F, 0x8AD958CF,
           0x105EC76F, 0x20BD8EDE, 0x417B1DBC, 0x82F63B78)},
    {TABLE(0x13A29877, 0x274530EE, 0x4E8A61DC, 0x9D14C3B8,
           0x3FC5F181, 0x7F8BE302, 0xFF17C604, 0xFBC3FAF9)},
    {TABLE(0xA541927E, 0x4F6F520D, 0x9EDEA41A, 0x38513EC5,
           0x70A27D8A, 0xE144FB14, 0xC76580D9, 0x8B277743)},
    {TABLE(0xDD45AAB8, 0xBF672381, 0x7B2231F3, 0xF64463E6,
           0xE964B13D, 0xD725148B, 0xABA65FE7, 0x52A0C93F)},
    {TABLE(0x38116FAC, 0x7022DF58, 0xE045BEB0, 0xC5670B91,
           0x8F2261D3, 0x1BA8B557, 0x37516AAE, 0x6EA2D55C)},
    {TABLE(0xEF306B19, 0xDB8CA0C3, 0xB2F53777, 0x6006181F,
           0xC00C303E, 0x85F4168D, 0x0E045BEB, 0x1C08B7D6)},
    {TABLE(0x68032CC8, 0xD0065990, 0xA5E0C5D1, 0x4E2DFD53,
           0x9C5BFAA6, 0x3D5B83BD, 0x7AB7077A, 0xF56E0EF4)},
    {TABLE(0x493C7D27, 0x9278FA4E, 0x211D826D, 0x423B04DA,
           0x847609B4, 0x0D006599, 0x1A00CB32, 0x34019664)}};

static uint32_t by_tables(uint32_t crc, const unsigned char *p, size_t size) {
  for (; size >= 8; p += 8, size -= 8) {
    crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    crc = table[7][crc & 255] ^ table[6][crc >> 8 & 255] ^ table[5][crc >> 16 & 255] ^ table[4][crc >> 24] ^
          table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
  }
  for (; size; p++, size--) crc = crc >> 8 ^ table[0][(crc ^ *p) & 255];
  return crc;
}

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_INSTRUCTION 1
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const unsigned char *p, size_t size) {
  uint64_t sum = crc;
  for (; size >= 8; p += 8, size -= 8) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    sum = __builtin_ia32_crc32di(sum, word);
  }
  crc = (uint32_t)sum;
  for (; size; p++, size--) crc = __builtin_ia32_crc32qi(crc, *p);
  return crc;
}
#endif

uint32_t clino__crc32c_tables(uint32_t crc, const void *bytes, size_t size) { return ~by_tables(~crc, bytes, size); }

uint32_t clino__crc32c(uint32_t crc, const void *bytes, size_t size) {
#ifdef HAS_INSTRUCTION
  if (__builtin_cpu_supports("sse4.2")) return ~by_instruction(~crc, bytes, size);
#endif
  return clino__crc32c_tables(crc, bytes, size);
}
