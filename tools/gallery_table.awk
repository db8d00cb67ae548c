# What `make gallery GALLERY=--misses` prints, as tables of Markdown: by condition, by fault, and what was missed.

function trim(s) { gsub(/^ +| +$/, "", s); return s }
function percent(part, whole) { return whole > 0 ? sprintf("%.1f", 100 * part / whole) : "-" }
function number(v) { return v > 0 ? v : "" }

# right: decidable accepted rejected inconclusive undecidable accepted; wrong: decidable caught not undecidable.
function condition_row(    name, scale, right, wrong, n, i) {
  n = split($0, part, /[|]/)
  name = trim(part[1])
  if (name == "all") name = "**all**"
  else { scale = name; sub(/.* /, "", scale); sub(/ +[^ ]+$/, "", name) }
  split(part[2], right, " "); split(part[3], wrong, " ")
  rows = rows "| " name " | " scale " | " right[2] " of " right[1] " | " right[4] " | " right[3] " | " \
    right[6] " of " right[5] " | " wrong[2] " of " wrong[1] " | " trim(part[4]) " | " \
    percent(right[2], right[1]) " / " percent(wrong[2], wrong[1])
  for (i = 5; i <= n; i++) { split(part[i], both, " "); rows = rows " | " both[1] " / " both[2] }
  rows = rows " |\n"
}

# "miss: OBJECTIVE, point I, CONDITION, loss x SCALE, FAULT"; a condition may have a comma of its own.
function begin_miss(    m, n, i) {
  end_miss()
  n = split($0, m, ", ")
  condition = m[3]
  for (i = 4; i < n - 1; i++) condition = condition ", " m[i]
  fault = m[n]
  missing = 1
}

function end_miss(    key) {
  if (!missing) return
  key = condition " | " (fault ~ / / ? fault : "`" fault "`")
  if (!(key in seen)) { seen[key] = 1; order[++n_keys] = key }
  misses[key, alone ? "alone" : verdict]++
  missing = alone = 0
}

/^(miss|REJECTED): / { begin_miss(); next }
missing && /^  decided by one step/ { alone = 1 }
missing && /^  verdict / { verdict = $2 }
/^ .*[|] right gradients/ { end_miss(); n_heads = split($0, heads, /[|]/); next }
/^condition / { inside = "conditions"; next }
/^fault / { inside = "faults"; next }
inside == "conditions" && /[|]/ { condition_row(); next }
inside == "conditions" && /^not placed|not installed/ { notes = notes "- " $0 "\n" }
inside == "faults" && /^not counted/ { inside = "" }
inside == "faults" && NF > 6 {
  what = $0
  for (i = 0; i < 6; i++) sub(/^[^ ]+ +/, "", what)
  faults = faults "| `" $1 "` | " what " | " $2 " | " $3 " | " $4 " | " $5 " | " $6 " |\n"
}
/^(not counted|wrong, decidable)/ { notes = notes "- " $0 "\n" }
/^figure\t/ {
  split($0, f, "\t")
  figures = figures "| " f[2] " | " f[3] " | " f[4] " | " f[5] " | " f[6] " |\n"
}

END {
  if (rows == "" || faults == "" || figures == "") exit 1
  print "| figure | value | unit | goal | |"
  print "| --- | ---: | --- | --- | --- |"
  print figures
  printf "| condition | loss × | right, accepted | inconclusive | rejected | undecidable, accepted | wrong, caught | "
  printf "evaluations an entry | Clino"
  for (i = 5; i <= n_heads; i++) printf " | %s", trim(heads[i])
  printf " |\n| --- | ---"
  for (i = 0; i < 7 + n_heads - 4; i++) printf " | ---:"
  printf " |\n%s\n%s\n", rows, notes
  print "| fault | | decidable | caught | inconclusive | accepted | undecidable |"
  print "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
  print faults
  print "| condition | fault | one step alone decides | inconclusive | kink | pass |"
  print "| --- | --- | ---: | ---: | ---: | ---: |"
  for (i = 1; i <= n_keys; i++)
    print "| " order[i] " | " number(misses[order[i], "alone"]) " | " number(misses[order[i], "inconclusive"]) " | " \
      number(misses[order[i], "kink"]) " | " number(misses[order[i], "pass"]) " |"
}
