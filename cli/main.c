/* diagnose: reads the logs of training runs and says what is wrong in them. */
#include "cli.h"

static int print_mode(const cli_options *options) {
  cli_output out;
  if (!output_open(&out, options->output)) return EXIT_USAGE;
  size_t width = options_width(options);
  switch (options->mode) {
    case MODE_LIST_CHECKS: list_checks(&out, width); break;
    case MODE_LIST_FORMATS: list_formats(&out, width); break;
    case MODE_LIST_ROLES: list_roles(&out, width); break;
    case MODE_EXPLAIN: explain_check(&out, options->explain, width); break;
    case MODE_VERSION: fprintf(out.file, "diagnose (clino) %s\n", clino_version()); break;
    default: options_help(&out); break;
  }
  return output_close(&out, true) ? EXIT_CLEAN : EXIT_USAGE;
}

int main(int argc, char **argv) {
  cli_options options;
  int status = EXIT_USAGE;
  bool ready = output_prepare();
  if (options_parse(&options, argc, argv) && ready) {
    if (options.mode == MODE_DIAGNOSE)
      status = options.follow ? follow_runs(&options) : judge_runs(&options);
    else if (options.mode == MODE_LIST_SERIES)
      status = list_series(&options);
    else
      status = print_mode(&options);
  }
  options_free(&options);
  return status;
}
