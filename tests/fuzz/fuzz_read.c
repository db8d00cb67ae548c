/* A target of libFuzzer for one reader, or for all of them as users meet them (make fuzz). FUZZ_READER is the name of
 * the reader; without it the format is found, gzip included.
 *
 * The first byte of an input says in which pieces the rest is fed. Fed at once it must give the same run, or an error
 * again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"
#include "event_file.h"
#include "io/reader.h"
#include "support/same_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef FUZZ_READER
#define PASTE(a, b) a##b
#define READER_OF(name) PASTE(clino__reader_, name)
#endif

static clino_status read_in_pieces(const char *bytes, size_t size, size_t piece, clino_run **run) {
  clino_read_options options = clino_read_options_default();
  clino_error error;
  options.chunk_bytes = piece;
#ifdef FUZZ_READER
  const clino__reader *reader = &READER_OF(FUZZ_READER);
  void *state;
  /* No reader gets to see what its probe refuses. */
  if (!reader->probe(bytes, size < CLINO__PROBE_BYTES ? size : CLINO__PROBE_BYTES)) return CLINO_ERR_FORMAT;
  clino_status status = clino_run_new(run, &error);
  clino__reading reading = {*run, "fuzz/metrics/loss", &options};
  if (!status) status = reader->open(&reading, &state, &error);
  if (status) abort();
  for (size_t at = 0, n; !status && at < size; at += n) {
    n = size - at < piece ? size - at : piece;
    status = reader->feed(state, bytes + at, n, &error);
  }
  if (!status) status = reader->finish(state, &error);
  reader->close(state);
#else
  clino_status status = clino_run_read_memory(bytes, size, "fuzz", &options, run, NULL, &error);
#endif
  if (status == CLINO_ERR_RANGE || status == CLINO_ERR_CALLBACK || (status && !*error.message)) abort();
  return status;
}

#ifdef FUZZ_RECORDS
/* Records around what would never get past their checksums: two bytes of length, then so many of data. */
static event_bytes frame(const uint8_t *data, size_t size) {
  event_bytes file = {NULL, 0, 0}, event = {NULL, 0, 0};
  event_version(&file, 1.7e9);
  while (size > 2) {
    size_t n = (size_t)data[0] + 256 * (size_t)(data[1] & 15);
    data += 2, size -= 2;
    if (n > size) n = size;
    event_put(&event, data, n);
    event_record(&file, &event);
    data += n, size -= n;
  }
  free(event.data);
  return file;
}
#endif

static void judge(const clino_run *run) {
  clino_findings *findings;
  clino_error error;
  if (clino_findings_new(&findings, &error) || clino_diagnose(run, NULL, findings, &error)) abort();
  clino_findings_free(findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size) return 0;
  size_t piece = (size_t)data[0] % 61 + 1;
  event_bytes file = {NULL, 0, 0};
#ifdef FUZZ_RECORDS
  file = frame(data + 1, size - 1);
#else
  event_put(&file, data + 1, size - 1);
#endif
  clino_run *a = NULL, *b = NULL;
  clino_status cut = read_in_pieces((const char *)file.data, file.size, piece, &a);
  clino_status whole = read_in_pieces((const char *)file.data, file.size, file.size + 1, &b);
  if (cut != whole || (!cut && !same_runs(a, b))) abort();
  if (!cut) judge(a);
  clino_run_free(a);
  clino_run_free(b);
  free(file.data);
  return 0;
}
