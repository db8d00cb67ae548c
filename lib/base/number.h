/* Numbers as text in C form ('.' as the decimal point), whatever setlocale says. */
#ifndef CLINO_BASE_NUMBER_H
#define CLINO_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#define CLINO__NUMBER_SIZE 40

/* The shortest of %.15g, %.16g and %.17g that reads back to the same bits; "nan", "inf", "-inf". */
void clino__number_text(char out[CLINO__NUMBER_SIZE], double value);

/* As printf's %.*g with significant in 1 to 17. */
void clino__number_digits(char out[CLINO__NUMBER_SIZE], double value, int significant);

/* Reads all size bytes as one number, correctly rounded: decimal with optional sign, point and exponent, "nan", "inf",
 * "infinity" in any case (with a sign, and "nan(...)" too), hexadecimal. Surrounding blanks are allowed. False, and
 * *value untouched, where the bytes are anything else, or more than 4096. */
bool clino__number_parse(const char *bytes, size_t size, double *value);

/* Reads the longest decimal number that starts at p and ends by end, correctly rounded: sign, digits with an optional
 * point, exponent. The byte behind it, NULL where there is none; blanks, "nan" and the like are none. */
const char *clino__number_scan(const char *p, const char *end, double *value);

#endif
