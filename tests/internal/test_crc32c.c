/* CRC-32C: known sums, both ways of computing, any cut. */
#include "io/crc32c.h"

#include "support/suite.h"

/* RFC 3720, appendix B.4, and the check value of the algorithm. */
static void known_sums(void) {
  unsigned char bytes[32] = {0};
  CU_ASSERT_EQUAL(clino__crc32c(0, "123456789", 9), 0xE3069283);
  CU_ASSERT_EQUAL(clino__crc32c(0, bytes, 32), 0x8A9136AA);
  for (int i = 0; i < 32; i++) bytes[i] = 0xFF;
  CU_ASSERT_EQUAL(clino__crc32c(0, bytes, 32), 0x62A8AB43);
  for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
  CU_ASSERT_EQUAL(clino__crc32c(0, bytes, 32), 0x46DD794E);
  CU_ASSERT_EQUAL(clino__crc32c(7, bytes, 0), 7);
}

static void tables_and_instruction_agree_for_any_cut(void) {
  unsigned char bytes[1031];
  uint32_t x = 12345;
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)((x = x * 1103515245 + 12345) >> 16);
  uint32_t whole = clino__crc32c_tables(0, bytes, sizeof bytes);
  CU_ASSERT_EQUAL(clino__crc32c(0, bytes, sizeof bytes), whole);
  int wrong = 0;
  for (size_t cut = 0; cut <= sizeof bytes; cut++) {
    uint32_t a = clino__crc32c(clino__crc32c_tables(0, bytes, cut), bytes + cut, sizeof bytes - cut);
    uint32_t b = clino__crc32c_tables(clino__crc32c(0, bytes, cut), bytes + cut, sizeof bytes - cut);
    wrong += a != whole || b != whole;
  }
  CU_ASSERT_EQUAL(wrong, 0);
}

void suite_crc32c(CU_pSuite suite);
void suite_crc32c(CU_pSuite suite) {
  TEST(suite, known_sums);
  TEST(suite, tables_and_instruction_agree_for_any_cut);
}
