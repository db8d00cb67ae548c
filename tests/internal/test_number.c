/* Numbers from text, against strtod of the C library: the same bits, for random digits, ties, subnormals and the ends
 * of the range. The tests run in the C locale. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/rng.h"
#include "support/suite.h"

static size_t wrong;

static uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static void check(const char *text) {
  double value = -7;
  size_t n = strlen(text);
  bool ok = clino__number_parse(text, n, &value) && bits_of(value) == bits_of(strtod(text, NULL)) &&
            clino__number_scan(text, text + n, &value) == text + n && bits_of(value) == bits_of(strtod(text, NULL));
  if (!ok && wrong++ < 5) printf("\n    '%s' gave %a, not %a ", text, value, strtod(text, NULL));
}

static void random_digits(void) {
  clino__rng random = clino__rng_new(20240607);
  char text[64];
  wrong = 0;
  for (size_t i = 0; i < 1500000; i++) {
    uint64_t r = clino__rng_bits(&random), m = clino__rng_bits(&random) >> (r % 60);
    int exponent = (int)((r >> 8) % 700) - 350;
    switch ((r >> 32) % 4) {
      case 0: snprintf(text, sizeof text, "%llue%d", (unsigned long long)m, exponent); break;
      case 1: snprintf(text, sizeof text, "-0.%020llu", (unsigned long long)m); break;
      case 2: snprintf(text, sizeof text, "%u.%06u", (unsigned)(m >> 44), (unsigned)(r >> 44)); break;
      default: snprintf(text, sizeof text, "%llu%llue%d", (unsigned long long)m, (unsigned long long)r, exponent);
    }
    check(text);
  }
  CU_ASSERT_EQUAL(wrong, 0);
}

/* Every kind of double printed and read again, with the digits that logs have. */
static void doubles_read_back(void) {
  clino__rng random = clino__rng_new(7);
  char text[64];
  wrong = 0;
  for (size_t i = 0; i < 500000; i++) {
    uint64_t bits = clino__rng_bits(&random);
    double x;
    if (i % 8 == 0) bits &= UINT64_C(0x800FFFFFFFFFFFFF); /* subnormal */
    memcpy(&x, &bits, sizeof x);
    if (!isfinite(x)) continue;
    snprintf(text, sizeof text, "%.*g", (int)(i % 18) + 3, x);
    check(text);
  }
  CU_ASSERT_EQUAL(wrong, 0);
}

/* Halfway between two doubles, exactly, and a digit to either side. */
static void ties(void) {
  clino__rng random = clino__rng_new(99);
  char text[1200];
  wrong = 0;
  for (size_t i = 0; i < 30000; i++) {
    uint64_t m = (clino__rng_bits(&random) >> 11) | UINT64_C(1) << 52;
    int e = (int)(clino__rng_bits(&random) % 120) - 60;
    long double half = ldexpl((long double)m + 0.5L, e);
    if (i % 3 == 0) half = ldexpl((long double)(m >> (i % 50)) + 0.5L, -1074);
    size_t n = (size_t)snprintf(text, sizeof text, "%.1100Lf", half);
    while (n && text[n - 1] == '0') text[--n] = '\0';
    check(text);
    strcpy(text + n, "1");
    check(text);
    strcpy(text + n, "000000000000000000000000000001");
    check(text);
    text[n] = '\0';
    if (n && text[n - 1] > '1') text[n - 1]--;
    check(text);
  }
  CU_ASSERT_EQUAL(wrong, 0);
}

static void awkward_numbers(void) {
  static const char *const texts[] = {
      "0", "-0", "0.0e99999", "1e-400", "1e400", "-1e400", "4.9e-324", "2.4703282292062327e-324",
      "2.4703282292062328e-324",
      "2.2250738585072011e-308", "2.2250738585072014e-308", "1.7976931348623157e308", "1.7976931348623158e308",
      "1.7976931348623159e308", "9007199254740993", "9007199254740992.9999999999999999999", "1e22", "1e23", "8.5e22",
      "18446744073709551615", "18446744073709551616", "0.000000000000000000000000000000000000000000000000001",
      "100000000000000000000000000000000000000000", "1e0000000000000000000000005", "1.e5", ".5", "+3",
      "7.0420557077594588669468784357561207962098443483187940792729600000e+59", "9223372036854775807e-323",
      "5708990770823839524233143877797980545530986496e0", "1448997445238699", "12345678901234567890123e-10"};
  double v;
  wrong = 0;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) check(texts[i]);
  CU_ASSERT_EQUAL(wrong, 0);
  static const char nan[] = "nan", sign[] = "-";
  CU_ASSERT_PTR_NULL(clino__number_scan(nan, nan + 3, &v));
  CU_ASSERT_PTR_NULL(clino__number_scan(sign, sign + 1, &v));
  static const char cut[] = "1.5e+x";
  CU_ASSERT_PTR_EQUAL(clino__number_scan(cut, cut + 6, &v), cut + 3);
  CU_ASSERT_EQUAL(v, 1.5);
  CU_ASSERT_FALSE(clino__number_parse("1.5e", 4, &v) || clino__number_parse("infinit", 7, &v) ||
                  clino__number_parse("1,5", 3, &v) || clino__number_parse("0x", 2, &v));
  CU_ASSERT_TRUE(clino__number_parse(" -NaN ", 6, &v) && isnan(v));
  CU_ASSERT_TRUE(clino__number_parse("0x1.8p1", 7, &v) && v == 3);
}

void suite_number(CU_pSuite suite) {
  TEST(suite, random_digits);
  TEST(suite, doubles_read_back);
  TEST(suite, ties);
  TEST(suite, awkward_numbers);
}
