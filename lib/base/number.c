/* Decimal to double: Clinger's fast path (W. D. Clinger, "How to read floating point numbers accurately", 1990): a
 * significand up to 2^53 and a power of ten up to 10^22 are both exact in double, so one multiplication or division
 * rounds correctly. Other numbers of up to 19 digits are multiplied by a power of five of 128 bits (Eisel and Lemire),
 * as are longer ones, cut, where the digits beyond cannot decide. What is left goes to strtod in the C locale. */
#include "base/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

#include "base/ascii.h"
#include "base/powers_of_five.h"

/* Switches this thread to the C locale and back; newlocale of "C" allocates nothing in the C libraries that we know. */
typedef struct c_locale {
  locale_t c, before;
} c_locale;

static c_locale enter_c(void) {
  c_locale l;
  l.c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  l.before = l.c ? uselocale(l.c) : (locale_t)0;
  return l;
}

static void leave_c(c_locale l) {
  if (!l.c) return;
  uselocale(l.before);
  freelocale(l.c);
}

static bool special_text(char *out, double value) {
  if (isfinite(value)) return false;
  strcpy(out, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
  return true;
}

void clino__number_digits(char out[CLINO__NUMBER_SIZE], double value, int significant) {
  if (special_text(out, value)) return;
  c_locale l = enter_c();
  snprintf(out, CLINO__NUMBER_SIZE, "%.*g", significant, value);
  leave_c(l);
}

void clino__number_text(char out[CLINO__NUMBER_SIZE], double value) {
  if (special_text(out, value)) return;
  if (fabs(value) < 1e15 && value == (double)(int64_t)value && !(value == 0 && signbit(value))) {
    snprintf(out, CLINO__NUMBER_SIZE, "%lld", (long long)value);
    return;
  }
  char text[CLINO__NUMBER_SIZE]; /* not out: under its sanitizers gcc warns of a path on which that is NULL */
  c_locale l = enter_c();
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (digits == 17 || strtod(text, NULL) == value) break;
  }
  leave_c(l);
  strcpy(out, text);
}

/* Longer ones are no numbers that anyone logs; a copy on the heap might fail, and then a number would be text. */
#define MAX_BYTES 4096

static bool parse_slow(const char *bytes, size_t size, double *value) {
  char copy[MAX_BYTES + 1];
  if (size > MAX_BYTES) return false;
  memcpy(copy, bytes, size);
  copy[size] = '\0';
  char *end;
  c_locale l = enter_c();
  double v = strtod(copy, &end);
  leave_c(l);
  bool ok = end == copy + size;
  if (ok) *value = v;
  return ok;
}

/* ---- decimal to double ---- */

#if defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 uint128;
static inline uint64_t multiply(uint64_t a, uint64_t b, uint64_t *low) {
  uint128 product = (uint128)a * b;
  *low = (uint64_t)product;
  return (uint64_t)(product >> 64);
}
#else
static inline uint64_t multiply(uint64_t a, uint64_t b, uint64_t *low) {
  uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
  uint64_t middle = a1 * b0 + (a0 * b0 >> 32), rest = a0 * b1 + (uint32_t)middle;
  *low = a * b;
  return a1 * b1 + (middle >> 32) + (rest >> 32);
}
#endif

static inline int leading_zeros(uint64_t x) {
#if defined(__GNUC__)
  return __builtin_clzll(x);
#else
  int n = 0;
  for (; !(x >> 63); x <<= 1) n++;
  return n;
#endif
}

/* w 10^q, w > 0, correctly rounded: Eisel and Lemire's algorithm (D. Lemire, "Number parsing at a gigabyte per second",
 * Software: Practice and Experience 51, 2021, algorithm 1; that no fallback is needed: N. Mushtak and D. Lemire, "Fast
 * number parsing without fallback", 2023). The product of w and a 128-bit power of five is exact enough to round by,
 * save for ties, which only exponents from -4 to 23 can have. */
static uint64_t eisel_lemire(uint64_t w, int q) {
  if (q < CLINO__POWER_OF_FIVE_MIN) return 0;
  if (q > CLINO__POWER_OF_FIVE_MAX) return UINT64_C(0x7FF) << 52;
  int zeros = leading_zeros(w);
  w <<= zeros;
  const uint64_t *power = clino__powers_of_five[q - CLINO__POWER_OF_FIVE_MIN];
  uint64_t low, high = multiply(w, power[0], &low), unused;
  if ((high & 0x1FF) == 0x1FF) { /* the second half of the power may carry into the bits that matter */
    uint64_t more = multiply(w, power[1], &unused);
    low += more;
    high += low < more;
  }
  int upper = (int)(high >> 63), shift = upper + 64 - 52 - 3;
  uint64_t mantissa = high >> shift;
  int exponent = ((217706 * q) >> 16) + 63 + upper - zeros + 1023; /* 217706 / 2^16: log2(10), near enough here */
  if (exponent <= 0) {
    if (exponent <= -63) return 0;
    mantissa >>= 1 - exponent;
    return (mantissa + (mantissa & 1)) >> 1; /* what rounds up to 2^52 is the smallest normal number by itself */
  }
  bool tie = low <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 && mantissa << shift == high;
  if (tie) mantissa--; /* to even */
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  if (mantissa >> 53) {
    mantissa >>= 1;
    exponent++;
  }
  if (exponent >= 0x7FF) return UINT64_C(0x7FF) << 52;
  return (mantissa & ~(UINT64_C(1) << 52)) | (uint64_t)exponent << 52;
}

/* A decimal number as it was written: m 10^exponent, where m holds the first 19 significant digits. */
typedef struct decimal {
  uint64_t m;
  int64_t exponent;
  bool negative, cut; /* cut: digits that are not 0 did not fit into m */
} decimal;

/* Digits, after up to 19 significant ones; point: whether they stand behind the decimal point. */
static const char *scan_digits(const char *p, const char *end, decimal *d, int *significant, bool point) {
  for (; p < end && clino__is_digit(*p); p++) {
    unsigned digit = (unsigned)(*p - '0');
    if (*significant < 19) {
      d->m = d->m * 10 + digit;
      *significant += d->m != 0;
      d->exponent -= point;
    } else {
      d->cut = d->cut || digit;
      d->exponent += !point;
    }
  }
  return p;
}

/* The same for digits that may be too many: wraps around beyond 19. */
static inline const char *scan_plain(const char *p, const char *end, uint64_t *m) {
  uint64_t value = *m;
  for (; p < end; p++) {
    unsigned digit = (unsigned)(unsigned char)*p - '0';
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  *m = value;
  return p;
}

/* "e-12" where digits follow; else p. */
static const char *scan_exponent(const char *p, const char *end, int64_t *exponent) {
  const char *q = p + 1;
  bool minus = q < end && *q == '-';
  int64_t e = 0;
  if (q < end && (*q == '-' || *q == '+')) q++;
  if (q >= end || !clino__is_digit(*q)) return p;
  for (; q < end && clino__is_digit(*q); q++)
    if (e < 100000) e = e * 10 + (*q - '0');
  *exponent += minus ? -e : e;
  return q;
}

static double to_double(uint64_t bits, bool negative) {
  double value;
  bits |= (uint64_t)negative << 63;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* The value of a decimal; false where its digits beyond the 19th decide. */
static inline bool convert(const decimal *d, double *value) {
  static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (FLT_EVAL_METHOD == 0 && !d->cut && d->m <= UINT64_C(1) << 53 && d->exponent >= -22 && d->exponent <= 22) {
    double v = (double)d->m;
    v = d->exponent < 0 ? v / power[-d->exponent] : v * power[d->exponent];
    *value = d->negative ? -v : v;
    return true;
  }
  int q = d->exponent < -400 ? -400 : d->exponent > 400 ? 400 : (int)d->exponent;
  uint64_t bits = d->m ? eisel_lemire(d->m, q) : 0;
  if (d->cut && bits != eisel_lemire(d->m + 1, q)) return false;
  *value = to_double(bits, d->negative);
  return true;
}

/* Digits with a point from p on, once they turned out to be more than 19. */
static void scan_long(const char *p, const char *end, decimal *d) {
  int significant = 0;
  d->m = 0;
  d->exponent = 0;
  p = scan_digits(p, end, d, &significant, false);
  if (p < end && *p == '.') scan_digits(p + 1, end, d, &significant, true);
}

const char *clino__number_scan(const char *p, const char *end, double *value) {
  const char *start = p;
  decimal d = {0, 0, false, false};
  if (p < end && (*p == '-' || *p == '+')) d.negative = *p++ == '-';
  const char *digits = p;
  p = scan_plain(p, end, &d.m);
  ptrdiff_t n = p - digits;
  if (p < end && *p == '.') {
    const char *fraction = ++p;
    p = scan_plain(p, end, &d.m);
    d.exponent = fraction - p;
    n -= d.exponent;
  }
  if (!n) return NULL;
  if (n > 19) scan_long(digits, end, &d);
  if (p < end && (*p == 'e' || *p == 'E')) p = scan_exponent(p, end, &d.exponent);
  return convert(&d, value) || parse_slow(start, (size_t)(p - start), value) ? p : NULL;
}

bool clino__number_parse(const char *bytes, size_t size, double *value) {
  while (size && (*bytes == ' ' || *bytes == '\t')) bytes++, size--;
  while (size && (bytes[size - 1] == ' ' || bytes[size - 1] == '\t' || bytes[size - 1] == '\r')) size--;
  if (!size || size > MAX_BYTES) return false;
  double v;
  if (clino__number_scan(bytes, bytes + size, &v) == bytes + size) {
    *value = v;
    return true;
  }
  /* What strtod knows beside decimal numbers begins with one of these: "nan", "inf", "0x1p-3". */
  bool sign = *bytes == '-' || *bytes == '+';
  char first = size > sign ? clino__to_lower(bytes[sign]) : '\0', second = size > sign + 1u ? bytes[sign + 1] : '\0';
  if (first != 'n' && first != 'i' && !(first == '0' && clino__to_lower(second) == 'x')) return false;
  return !memchr(bytes, '\0', size) && parse_slow(bytes, size, value);
}
