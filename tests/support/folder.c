#include "support/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static void remove_at_exit(void) { folder_remove(); }

const char *in_folder(const char *name) {
  static char paths[4][256];
  static unsigned next;
  static bool registered;
  char *path = paths[next++ % 4];
  if (!folder[0]) {
    strcpy(folder, "/tmp/clino-test-XXXXXX");
    if (!mkdtemp(folder)) abort();
    if (!registered) atexit(remove_at_exit);
    registered = true;
  }
  snprintf(path, sizeof paths[0], "%s%s%s", folder, *name ? "/" : "", name);
  return path;
}

bool folder_remove(void) {
  bool empty = folder[0] && rmdir(folder) == 0;
  folder[0] = '\0';
  return empty;
}
