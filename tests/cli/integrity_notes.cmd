# What the reader noted is a finding: a compressed log and an event file that end too early, damaged lines.
gzip < tests/cli/healthy.csv | head -c 500 > "$TMP/cut.csv.gz"
diagnose --check log-integrity "$TMP/cut.csv.gz" | grep -o 'the compressed log ends too early'
tail -c +2 tests/fuzz/corpus/tfevents/cut > "$TMP/events.out.tfevents.1" # its first byte is the fuzzer's
diagnose --check log-integrity "$TMP/events.out.tfevents.1" | grep -o 'the log ends within a record'
printf '{"step":1,"loss":2}\n{"step":2,"loss":1.5}\n{"step":3,"lo' > "$TMP/cut.jsonl"
diagnose --check log-integrity "$TMP/cut.jsonl" | grep -o '1 lines are no JSON'
