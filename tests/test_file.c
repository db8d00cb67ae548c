/* Files that are written whole or not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clino/io.h"
#include "support/suite.h"

static char folder[64], path[128], link_path[128];

static void make_folder(void) {
  snprintf(folder, sizeof folder, "%s", "/tmp/clino-file-XXXXXX");
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/report", folder);
  snprintf(link_path, sizeof link_path, "%s/link", folder);
}

/* Also says that no other file was left: a folder that is not empty is not removed. */
static void remove_folder(void) {
  unlink(path);
  unlink(link_path);
  CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static void assert_content(const char *expected) {
  char bytes[64] = "";
  FILE *file = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  size_t n = fread(bytes, 1, sizeof bytes - 1, file);
  fclose(file);
  CU_ASSERT_EQUAL(n, strlen(expected));
  CU_ASSERT_STRING_EQUAL(bytes, expected);
}

static void files_are_made_and_replaced(void) {
  struct stat info;
  make_folder();
  CU_ASSERT_EQUAL(clino_file_write(path, "one\n", 4, NULL), CLINO_OK);
  assert_content("one\n");
  CU_ASSERT_EQUAL(chmod(path, 0640), 0);
  CU_ASSERT_EQUAL(symlink("report", link_path), 0);
  CU_ASSERT_EQUAL(clino_file_write(link_path, "longer than before", 18, NULL), CLINO_OK);
  assert_content("longer than before");
  CU_ASSERT_EQUAL(lstat(link_path, &info), 0);
  CU_ASSERT_TRUE(S_ISLNK(info.st_mode));
  CU_ASSERT_EQUAL(stat(path, &info), 0);
  CU_ASSERT_EQUAL(info.st_mode & 0777, 0640);
  CU_ASSERT_EQUAL(clino_file_write(path, NULL, 0, NULL), CLINO_OK);
  assert_content("");
  CU_ASSERT_EQUAL(clino_file_write("/dev/null", "x", 1, NULL), CLINO_OK);
  remove_folder();
}

static void failures_leave_what_was_there(void) {
  clino_error error;
  char inside[160];
  make_folder();
  CU_ASSERT_EQUAL(clino_file_write(path, "kept", 4, NULL), CLINO_OK);
  snprintf(inside, sizeof inside, "%s/inside", path);
  CU_ASSERT_EQUAL(clino_file_write(inside, "x", 1, &error), CLINO_ERR_IO);
  CU_ASSERT_STRING_EQUAL(error.file, inside);
  CU_ASSERT_EQUAL(clino_file_write(folder, "x", 1, &error), CLINO_ERR_IO);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "irectory"));
  CU_ASSERT_EQUAL(clino_file_write(NULL, "x", 1, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_file_write(path, NULL, 1, &error), CLINO_ERR_RANGE);
  if (access("/dev/full", W_OK) == 0) CU_ASSERT_EQUAL(clino_file_write("/dev/full", "x", 1, &error), CLINO_ERR_IO);
  assert_content("kept");
  remove_folder();
}

void suite_file(CU_pSuite suite) {
  TEST(suite, files_are_made_and_replaced);
  TEST(suite, failures_leave_what_was_there);
}
