#include "support/comma.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool set(const char *name) { return setlocale(LC_ALL, name) && strcmp(localeconv()->decimal_point, ",") == 0; }

/* A locale is loaded as a whole, so that its folder need not stay. */
static bool make(void) {
  char folder[] = "/tmp/clino-locale-XXXXXX", command[160];
  if (!mkdtemp(folder)) return false;
  snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", folder);
  setenv("LOCPATH", folder, 1);
  bool made = system(command) == 0 && set("de_DE.UTF-8");
  unsetenv("LOCPATH");
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command) == 0 && made;
}

bool comma_enter(void) {
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "nl_NL.UTF-8", "de_DE", "fr_FR"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (set(names[i])) return true;
  if (make()) return true;
  comma_leave();
  printf("(skipped: no locale with a decimal comma) ");
  return false;
}

void comma_leave(void) { setlocale(LC_ALL, "C"); }
