/* Every input that the fuzzer is fed from, read as a log in pieces of several sizes: the same run, or an error with a
 * message; the inputs that once broke something are among them. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "clino/io.h"
#include "support/same_run.h"
#include "support/suite.h"

static size_t read_file(const char *path, char *bytes, size_t room) {
  FILE *f = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(f);
  size_t n = fread(bytes, 1, room, f);
  fclose(f);
  return n;
}

static clino_status read_in(const char *bytes, size_t size, size_t chunk, clino_run **run, clino_error *error) {
  clino_read_options o = clino_read_options_default();
  o.chunk_bytes = chunk;
  memset(error, 0, sizeof *error);
  return clino_run_read_memory(bytes, size, "corpus", &o, run, NULL, error);
}

static void try_input(const char *path) {
  static char bytes[1 << 16];
  static const size_t chunks[] = {1, 3, 61, 1 << 16};
  clino_run *expected = NULL;
  clino_error error, other;
  size_t size = read_file(path, bytes, sizeof bytes);
  CU_ASSERT_TRUE_FATAL(size > 0);
  clino_status status = read_in(bytes + 1, size - 1, sizeof bytes, &expected, &error);
  CU_ASSERT_TRUE(status == CLINO_OK || (status == CLINO_ERR_FORMAT && *error.message));
  for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
    clino_run *run = NULL;
    bool same = read_in(bytes + 1, size - 1, chunks[i], &run, &other) == status &&
                (status ? error.byte == other.byte && strcmp(error.message, other.message) == 0
                        : same_runs(run, expected));
    if (!same) fprintf(stderr, "%s: differs in pieces of %zu: '%s', '%s'\n", path, chunks[i], error.message,
                       other.message);
    CU_ASSERT_TRUE(same);
    clino_run_free(run);
  }
  clino_run_free(expected);
}

static void every_input_of_the_fuzzer(void) {
  static const char root[] = "tests/fuzz/corpus";
  char folder[512], path[1024];
  int tried = 0;
  DIR *targets = opendir(root);
  CU_ASSERT_PTR_NOT_NULL_FATAL(targets);
  for (const struct dirent *target; (target = readdir(targets));) {
    if (target->d_name[0] == '.') continue;
    snprintf(folder, sizeof folder, "%s/%.200s", root, target->d_name);
    DIR *inputs = opendir(folder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(inputs);
    for (const struct dirent *input; (input = readdir(inputs));) {
      if (input->d_name[0] == '.') continue;
      snprintf(path, sizeof path, "%s/%.200s", folder, input->d_name);
      try_input(path);
      tried++;
    }
    closedir(inputs);
  }
  closedir(targets);
  CU_ASSERT_TRUE(tried > 40);
}

void suite_corpus(CU_pSuite suite);
void suite_corpus(CU_pSuite suite) { TEST(suite, every_input_of_the_fuzzer); }
