/* Files that are written whole or not at all. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clino/io.h"
#include "support/folder.h"
#include "support/suite.h"

static void assert_content(const char *path, const char *expected) {
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
  const char *path = in_folder("report"), *link_path = in_folder("link");
  CU_ASSERT_EQUAL(clino_file_write(path, "one\n", 4, NULL), CLINO_OK);
  assert_content(path, "one\n");
  CU_ASSERT_EQUAL(chmod(path, 0640), 0);
  CU_ASSERT_EQUAL(symlink("report", link_path), 0);
  CU_ASSERT_EQUAL(clino_file_write(link_path, "longer than before", 18, NULL), CLINO_OK);
  assert_content(path, "longer than before");
  CU_ASSERT_EQUAL(lstat(link_path, &info), 0);
  CU_ASSERT_TRUE(S_ISLNK(info.st_mode));
  CU_ASSERT_EQUAL(stat(path, &info), 0);
  CU_ASSERT_EQUAL(info.st_mode & 0777, 0640);
  CU_ASSERT_EQUAL(clino_file_write(path, NULL, 0, NULL), CLINO_OK);
  assert_content(path, "");
  CU_ASSERT_EQUAL(clino_file_write("/dev/null", "x", 1, NULL), CLINO_OK);
  CU_ASSERT_TRUE(unlink(path) == 0 && unlink(link_path) == 0);
  CU_ASSERT_TRUE(folder_remove());
}

static void failures_leave_what_was_there(void) {
  clino_error error;
  const char *path = in_folder("report"), *inside = in_folder("report/inside"), *folder = in_folder("");
  CU_ASSERT_EQUAL(clino_file_write(path, "kept", 4, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_file_write(inside, "x", 1, &error), CLINO_ERR_IO);
  CU_ASSERT_STRING_EQUAL(error.file, inside);
  CU_ASSERT_EQUAL(clino_file_write(folder, "x", 1, &error), CLINO_ERR_IO);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "irectory"));
  CU_ASSERT_EQUAL(clino_file_write(NULL, "x", 1, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_file_write(path, NULL, 1, &error), CLINO_ERR_RANGE);
  if (access("/dev/full", W_OK) == 0) CU_ASSERT_EQUAL(clino_file_write("/dev/full", "x", 1, &error), CLINO_ERR_IO);
  assert_content(path, "kept");
  CU_ASSERT_EQUAL(unlink(path), 0);
  CU_ASSERT_TRUE(folder_remove());
}

void suite_file(CU_pSuite suite) {
  TEST(suite, files_are_made_and_replaced);
  TEST(suite, failures_leave_what_was_there);
}
