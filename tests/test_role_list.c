/* The roles that users are told of: each is what a log that uses its name gets, and what a map can give. */
#include <stdio.h>
#include <string.h>

#include "clino/io.h"
#include "support/suite.h"

static clino_run *read_log(const char *log, const clino_role_map *map) {
  clino_read_options o = clino_read_options_default();
  clino_run *run = NULL;
  o.map = map;
  o.n_map = map ? 1 : 0;
  CU_ASSERT_EQUAL_FATAL(clino_run_read_memory(log, strlen(log), "log.csv", &o, &run, NULL, NULL), CLINO_OK);
  return run;
}

/* "act_mean/NAME" with a layer for NAME. */
static void role_name(size_t i, char name[64]) {
  const char *role = clino_role_at(i)->name, *end = strstr(role, "NAME");
  snprintf(name, 64, "%.*s%s", end ? (int)(end - role) : 64, role, end ? "conv1" : "");
}

static bool is_axis(const char *name) {
  return strcmp(name, "step") == 0 || strcmp(name, "epoch") == 0 || strcmp(name, "time") == 0;
}

/* Beside validation; without any, test data stands in for it. */
static void a_name_of_a_role_is_kept(void) {
  char name[64], log[256];
  CU_ASSERT_TRUE(clino_role_count() > 25);
  for (size_t i = 0; i < clino_role_count(); i++) {
    role_name(i, name);
    CU_ASSERT_TRUE(*clino_role_at(i)->description != '\0');
    if (is_axis(name) || strcmp(name, "train/loss") == 0 || strncmp(name, "val/", 4) == 0) continue;
    snprintf(log, sizeof log, "step,train/loss,val/loss,val/accuracy,%s\n1,2.5,2.5,0.5,1\n2,2.25,2.5,0.75,2\n", name);
    clino_run *run = read_log(log, NULL);
    if (!clino_run_series(run, name)) fprintf(stderr, "no %s\n", name);
    CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, name)), 2);
    clino_run_free(run);
  }
  CU_ASSERT_PTR_NULL(clino_role_at(clino_role_count()));
}

static void a_map_gives_each(void) {
  static const char log[] = "step,train_loss,q\n1,2.5,1\n2,2.25,3\n";
  char name[64];
  for (size_t i = 0; i < clino_role_count(); i++) {
    role_name(i, name);
    const clino_role_map map = {name, "q"};
    clino_run *run = read_log(log, &map);
    const clino_series *s = clino_run_series(run, is_axis(name) ? "q" : name);
    CU_ASSERT_EQUAL(s == NULL, is_axis(name));
    if (s) CU_ASSERT_STRING_EQUAL(clino_series_original(s), "q");
    clino_run_free(run);
  }
}

void suite_role_list(CU_pSuite suite);
void suite_role_list(CU_pSuite suite) {
  TEST(suite, a_name_of_a_role_is_kept);
  TEST(suite, a_map_gives_each);
}
