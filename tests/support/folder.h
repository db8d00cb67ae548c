/* A temporary folder for the files of a test. */
#ifndef TESTS_SUPPORT_FOLDER_H
#define TESTS_SUPPORT_FOLDER_H

#include <stdbool.h>

/* The path of a file in the folder, which is made when it is first asked for; the folder's own for "". Valid until the
 * fourth call from here. */
const char *in_folder(const char *name);

/* Removes the folder; true only if nothing was left in it. */
bool folder_remove(void);

#endif
