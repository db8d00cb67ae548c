# A public header as a manual page in scdoc's format: its opening comment is the description, each paragraph of
# declarations a section of its own, the comment above it the text. Private names (they end in _) are left out.
#   awk -v page=NAME -v include=clino/X.h -v library=clino -v version=0.1.0 -v names=0|1 -f scdoc.awk -f header.awk X.h
# names=1 prints the functions and types that the page documents instead, one a line.

# ---- what a paragraph declares ----

# The public name that a line of code at the outermost level declares; "" where there is none, or a private one.
function declared(line,   name) {
  name = ""
  if (match(line, /^#define [A-Za-z0-9_]+/)) name = substr(line, 9, RLENGTH - 8)
  else if (match(line, /^}[ ]*[A-Za-z0-9_]+;/)) { name = line; gsub(/[^A-Za-z0-9_]/, "", name) }
  else if (line ~ /^typedef [^(]*;/) { name = line; sub(/;.*/, "", name); sub(/.*[ *]/, "", name) }
  else if (match(line, /\(\*[a-z0-9_]+\)\(/)) name = substr(line, RSTART + 2, RLENGTH - 4)
  else if (match(line, /^[A-Za-z][^=;{]*[ *][a-z0-9_]+\(/)) {
    name = substr(line, 1, RLENGTH - 1); sub(/.*[ *]/, "", name)
  } else if (match(line, /^struct [a-z0-9_]+ \{/)) { split(line, words, " "); name = words[2] }
  return name ~ /_$/ ? "" : name
}

# Whether what begins with this line is private: a macro, type or function whose name ends in _.
function private(line) {
  return line ~ /^#(define|undef) [A-Za-z0-9_]*_([( ]|$)/ || line ~ /^(typedef )?struct [a-z0-9_]*_ / ||
         line ~ /^[a-z][a-z0-9_ *]*[ *][a-z0-9_]*_\(/
}

# ---- a paragraph of a header: comments and the code below each ----

# What is left out at the beginning of a declaration, its next lines are moved to the left by.
function add_code(line,   i, length_was) {
  for (i = 0; i < shift && line ~ /^ /; i++) line = substr(line, 2)
  length_was = length(line)
  sub(/^static inline /, "", line)
  gsub(/CLINO_(API|WARN_UNUSED) ?/, "", line)
  if (line !~ /^ /) shift = length_was - length(line)
  code[++n_code] = line
}

function flush_part(   i, heading, said) {
  while (n_code && code[n_code] == "") n_code--
  if (!n_code && (!n_comment || left_out)) { n_comment = n_names = left_out = 0; return }
  for (i = 1; i <= n_names && i <= 4; i++)
    if (!(name_of[i] in said)) {
      heading = heading (heading ? ", " : "") (i < 4 ? name_of[i] : "...")
      said[name_of[i]] = 1
    }
  if (names) { for (i = 1; i <= n_names; i++) if (name_of[i] !~ /^CLINO_/) print name_of[i] }
  else if (n_code || !section_rule()) emit_part(heading)
  n_code = n_comment = n_names = left_out = shift = 0
}

# A line such as "---- behind the macros ----".
function section_rule() { return n_comment == 1 && comment[1] ~ /^----/ }

function emit_part(heading,   i) {
  if (heading) print "\n## " escape(heading)
  if (n_code) {
    print "\n```"
    for (i = 1; i <= n_code; i++) print code[i]
    print "```"
  }
  if (n_comment) { print ""; prose(comment, n_comment) }
}

function strip_comment(line) {
  sub(/ *\*\/ *$/, "", line); sub(/^\/\* ?/, "", line); sub(/^ \* ?/, "", line)
  return line ~ /^ *\*?$/ ? "" : line
}

# How many braces a line opens, less those that it closes.
function depth_of(line,   opened) { opened = gsub(/{/, "{", line); return opened - gsub(/}/, "}", line) }

# ---- lines ----

function begin_code(line) {
  if (private(line)) hidden = left_out = 1
  else if (line ~ /^#define [A-Z0-9_a-z]+\(/ && line !~ /^#define [A-Z0-9_]+\(X\)/) { # of a macro, how to call it
    add_name(line); sub(/\).*/, ")", line); add_code(substr(line, 9)); hidden = 1
  } else if (line ~ /^static inline/) inlined = 1
}

function add_name(line) { line = declared(line); if (line != "") name_of[++n_names] = line }

function code_line(line,   was) {
  was = depth
  depth += depth_of(line)
  if (!was && !continued) begin_code(line)
  if ((!was || !depth) && !hidden) { bare = line; gsub(/(CLINO_API|CLINO_WARN_UNUSED|static inline) */, "", bare); add_name(bare) }
  if (!hidden && !(inlined && was)) {
    if (inlined) sub(/ {.*/, ";", line)
    add_code(line)
  }
  continued = line ~ /\\$/ || (inlined ? !depth && line !~ /[;}]$/ : 0)
  if (hidden && !depth && line !~ /[\\,]$/ && (line ~ /[;}]$/ || line ~ /^#|^ /)) hidden = continued
  if (!depth && !continued) inlined = 0
}

# Where C and C++ differ, a macro stands for both; the comment of one line is its text.
function conditional_line(line) {
  if (line ~ /^\/\*.*\*\/$/) { n_comment = 0; comment[++n_comment] = strip_comment(line) }
  if (line ~ /^#define [a-z][a-z0-9_]*[a-z0-9]\(/) { begin_code(line); hidden = left_out = 0; flush_part() }
}

function opening_line(line) {
  opening[++n_opening] = strip_comment(line)
  if (line ~ /\*\/ *$/) { state = "body"; begin_page() }
}

BEGIN { state = "opening" }

state == "opening" { opening_line($0); next }
/^#if/ && !depth { skip = 1 }
skip { if ($0 == "") { skip = n_comment = 0 } else conditional_line($0); next }
/^#(include|endif|error)/ || /^extern "C"/ { next }
$0 == "" && !depth { flush_part(); next }
!depth && !in_comment && /^\/\*/ {
  if (n_code) flush_part()
  in_comment = 1
}
in_comment { comment[++n_comment] = strip_comment($0); if (/\*\/ *$/) in_comment = 0; next }
{ code_line($0) }

# ---- the head of the page ----

# The first paragraph, "clino/X.h - what it is. More", is cut after its first sentence.
function begin_page(   i, head, summary, text) {
  for (i = 1; i <= n_opening && opening[i] != "" && opening[i] !~ /^ /; i++) head = head (i > 1 ? " " : "") opening[i]
  sub(/^[^ ]* - /, "", head)
  summary = head
  if (match(head, /\. [A-Z]/)) { summary = substr(head, 1, RSTART - 1); text = substr(head, RSTART + 2) }
  sub(/[.]$/, "", summary)
  if (names) return
  print page "(3) \"Clino " version "\" \"Clino\"\n\n# NAME\n\n" escape(page " - " summary)
  print "\n# SYNOPSIS\n\n```\n#include <" include ">"
  print "\ncc program.c $(pkg-config --cflags --libs " library ")\n```\n\n# DESCRIPTION\n"
  if (text) opening[--i] = text
  for (; i <= n_opening; i++) rest[++n_rest] = opening[i]
  prose(rest, n_rest)
  print "\n# DECLARATIONS"
}

END { flush_part() }
