#include <clino.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  clino_findings *list = NULL;
  clino_finding finding = clino_finding_default();
  finding.check = "consumer";
  finding.level = CLINO_FINDING_WARN;
  finding.message = "0.625 of the units";
  if (clino_findings_new(&list, NULL) || clino_findings_add(list, &finding, NULL)) return 1;
  int ok = clino_findings_count(list) == 1 && clino_findings_worst(list) == CLINO_FINDING_WARN;
  clino_findings_free(list);
  puts(clino_version());
  return ok && strcmp(clino_version(), CLINO_VERSION) == 0 ? 0 : 1;
}
