# The page of a program, docs/NAME.md, as its manual page in scdoc's format. Its first block is the synopsis.
#   awk -v version=0.1.0 -f scdoc.awk -f markdown.awk docs/diagnose.md

# Text with its links, backquotes and bold words as scdoc has them.
function inline(text,   parts, n, i, out) {
  n = split(text, parts, "`")
  for (i = 1; i <= n; i++) {
    if (i % 2 == 0) { out = out "*" escape(parts[i]) "*"; continue }
    while (match(parts[i], /\[[^]]*\]\([^)]*\)/)) {
      link = substr(parts[i], RSTART + 1, RLENGTH - 2)
      sub(/\].*/, "", link)
      parts[i] = substr(parts[i], 1, RSTART - 1) link substr(parts[i], RSTART + RLENGTH)
    }
    gsub(/\*\*/, "", parts[i])
    out = out escape(parts[i])
  }
  return out
}

# Lines of a paragraph or of one item of a list are joined: a span in backquotes may go over their end.
function end_text() {
  if (text == "") return
  if (item) print "- " inline(text)
  else print inline(text) "\n"
  text = ""
}

function end_list() { if (item) print ""; item = 0 }

function row(line,   cells) {
  sub(/^\| */, "", line); sub(/ *\|$/, "", line)
  split(line, cells, / \| /)
  print inline(cells[1]) "\n\t" inline(cells[2]) "\n"
}

BEGIN { synopsis = 1 }

/^```/ {
  end_text(); end_list()
  block = !block
  if (block && synopsis) print "# SYNOPSIS\n"
  print "```"
  if (!block) { print ""; if (synopsis) print "# DESCRIPTION\n"; synopsis = 0 }
  next
}
block { print; next }
/^# / {
  page = substr($0, 3)
  print page "(1) \"Clino " version "\" \"Clino\"\n\n# NAME\n"
  print page " - find out what is wrong in the log of a training run\n"
  next
}
/^## / { end_text(); end_list(); print "# " toupper(substr($0, 4)) "\n"; next }
/^### / { end_text(); end_list(); print "## " substr($0, 5) "\n"; next }
/^\|/ {
  end_text(); end_list()
  if (table++ > 1) row($0)
  next
}
{ table = 0 }
/^- / { end_text(); item = 1; text = substr($0, 3); next }
$0 == "" { end_text(); next }
/^  / && item { text = text " " substr($0, 3); next }
{
  if (text == "") end_list()
  text = text (text == "" ? "" : " ") $0
}
END { end_text(); end_list(); print "# SEE ALSO\n\n*clino*(3), *gradcheck*(3)" }
