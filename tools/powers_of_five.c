/* Writes lib/base/powers_of_five.h: the first 128 bits of 5^q for q in -342 to 308, which the conversion of decimal
 * numbers multiplies by (D. Lemire, "Number parsing at a gigabyte per second", 2021, section 5): truncated; for -27 <=
 * q < 0 rounded up, so that exact quotients are seen as such. Whole numbers of any size are arrays of 32-bit digits,
 * lowest first.
 *
 *   cc -o build/powers_of_five tools/powers_of_five.c && build/powers_of_five > lib/base/powers_of_five.h */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define DIGITS 64
#define BITS (32 * DIGITS)

typedef struct big {
  uint32_t digit[DIGITS];
} big;

static void multiply(big *x, uint32_t by) {
  uint64_t carry = 0;
  for (int i = 0; i < DIGITS; i++) {
    carry += (uint64_t)x->digit[i] * by;
    x->digit[i] = (uint32_t)carry;
    carry >>= 32;
  }
}

static void divide(big *x, uint32_t by) {
  uint64_t rest = 0;
  for (int i = DIGITS; i-- > 0;) {
    rest = rest << 32 | x->digit[i];
    x->digit[i] = (uint32_t)(rest / by);
    rest %= by;
  }
}

static int bit(const big *x, int i) { return i >= 0 && x->digit[i / 32] >> (i % 32) & 1; }

static int length(const big *x) {
  int n = BITS;
  while (n && !bit(x, n - 1)) n--;
  return n;
}

static void print(const big *x, int round_up) {
  uint64_t high = 0, low = 0;
  int n = length(x);
  for (int i = 1; i <= 64; i++) high = high << 1 | (uint64_t)bit(x, n - i);
  for (int i = 65; i <= 128; i++) low = low << 1 | (uint64_t)bit(x, n - i);
  if (round_up && ++low == 0) high++;
  printf("    {UINT64_C(0x%016" PRIx64 "), UINT64_C(0x%016" PRIx64 ")},\n", high, low);
}

int main(void) {
  puts("/* Made by tools/powers_of_five.c: do not edit. 5^q for q from -342: 64 bits, and 64 more. */");
  puts("#ifndef CLINO_BASE_POWERS_OF_FIVE_H\n#define CLINO_BASE_POWERS_OF_FIVE_H\n\n#include <stdint.h>\n");
  puts("#define CLINO__POWER_OF_FIVE_MIN (-342)\n#define CLINO__POWER_OF_FIVE_MAX 308\n");
  puts("static const uint64_t clino__powers_of_five[][2] = {");
  for (int q = -342; q <= 308; q++) {
    big x = {{0}};
    if (q < 0) x.digit[DIGITS - 1] = UINT32_C(1) << 31; /* 2^2047 / 5^-q has more than 128 bits throughout */
    else x.digit[0] = 1;
    for (int i = 0; i < (q < 0 ? -q : q); i++) {
      if (q < 0) divide(&x, 5);
      else multiply(&x, 5);
    }
    print(&x, q < 0 && q >= -27); /* below that, what is cut off is beyond the bits that decide */
  }
  puts("};\n\n#endif");
  return 0;
}
