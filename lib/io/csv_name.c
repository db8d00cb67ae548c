#include "io/csv_name.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

void clino__csv_add_name(clino__text *text, const char *name) {
  size_t size = strlen(name);
  bool plain = size && !strpbrk(name, ",;\t\"\r\n") && name[0] != ' ' && name[size - 1] != ' ' && name[0] != '#';
  if (plain) {
    clino__text_add(text, name);
    return;
  }
  size_t room = csv_write(NULL, 0, name, size);
  char *quoted = malloc(room);
  if (quoted) clino__text_add_bytes(text, quoted, csv_write(quoted, room, name, size));
  else text->failed = true;
  free(quoted);
}
