/* A locale whose decimal point is a comma, under which nothing may change. */
#ifndef TESTS_SUPPORT_COMMA_H
#define TESTS_SUPPORT_COMMA_H

#include <stdbool.h>

/* Enters such a locale, an installed one or one that localedef makes; false, and said so, where there is none. */
bool comma_enter(void);

/* Back to the C locale. */
void comma_leave(void);

#endif
