/* Decimal to double: Clinger's fast path (W. D. Clinger, "How to read floating point numbers accurately", 1990): a
 * significand below 2^53 and a power of ten up to 10^22 are both exact in double, so one multiplication or division
 * rounds correctly. What it does not cover goes to strtod in the C locale. */
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

/* Digits with an optional point, starting at *p: significand, decimal exponent, false where more than 19 digits. */
static bool parse_significand(const char **p, const char *end, uint64_t *significand, int *exponent, int *digits) {
  uint64_t m = 0;
  int seen = 0, significant = 0, point = 0, scale = 0;
  const char *s = *p;
  for (; s < end; s++) {
    if (*s == '.' && !point) {
      point = 1;
    } else if (clino__is_digit(*s)) {
      seen++;
      if (m || *s != '0') significant++;
      if (significant > 19) return false;
      m = m * 10 + (uint64_t)(*s - '0');
      scale -= point;
    } else {
      break;
    }
  }
  *p = s;
  *significand = m;
  *exponent = scale;
  *digits = seen;
  return true;
}

bool clino__number_parse(const char *bytes, size_t size, double *value) {
  static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  while (size && (*bytes == ' ' || *bytes == '\t')) bytes++, size--;
  while (size && (bytes[size - 1] == ' ' || bytes[size - 1] == '\t' || bytes[size - 1] == '\r')) size--;
  if (!size || memchr(bytes, '\0', size)) return false;
  const char *p = bytes, *end = bytes + size;
  bool negative = *p == '-';
  if (*p == '-' || *p == '+') p++;
  uint64_t m;
  int exponent, digits, extra = 0;
  if (!parse_significand(&p, end, &m, &exponent, &digits) || !digits) return parse_slow(bytes, size, value);
  if (p < end && (*p == 'e' || *p == 'E')) {
    const char *q = p + 1;
    bool minus = q < end && *q == '-';
    if (q < end && (*q == '-' || *q == '+')) q++;
    if (q == end) return false;
    for (; q < end && clino__is_digit(*q) && extra < 10000; q++) extra = extra * 10 + (*q - '0');
    if (minus) extra = -extra;
    p = q;
  }
  if (p != end) return parse_slow(bytes, size, value);
  exponent += extra;
  if (FLT_EVAL_METHOD != 0 || m > (UINT64_C(1) << 53) || exponent < -22 || exponent > 22)
    return parse_slow(bytes, size, value);
  double v = (double)m;
  v = exponent < 0 ? v / power[-exponent] : v * power[exponent];
  *value = negative ? -v : v;
  return true;
}
