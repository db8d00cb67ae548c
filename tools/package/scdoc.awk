# Text as scdoc reads it: shared by header.awk and markdown.awk.

# Marks that scdoc would take for its own are escaped; a word that was in backquotes is set bold.
function escape(text) {
  gsub(/[\\*_#|\[\]<>]/, "\\\\&", text)
  gsub(/\+\+/, "\\+\\+", text)
  return text
}

# Lines of a comment: those that are indented are shown as they stand, the others flow. A line "name: ..." (a parameter)
# or "Errors: ..." begins a paragraph of its own.
function prose(lines, n,   i, literal, first) {
  first = 1
  for (i = 1; i <= n; i++) {
    if (lines[i] ~ /^ /) {
      if (!literal) print (first ? "" : "\n") "```"
      literal = 1
      print substr(lines[i], lines[i] ~ /^  / ? 3 : 1)
    } else if (lines[i] == "") {
      if (literal && lines[i + 1] ~ /^ /) print ""
      else { if (literal) print "```"; literal = 0; print ""; first = 1; continue }
    } else {
      if (literal) { print "```\n"; literal = 0 }
      else if (!first && lines[i - 1] ~ /[.:]$/ && lines[i] ~ /^([a-z_]+(, [a-z_]+)*: |(Errors|Cost|Source|Sources|Returns|Memory)[: ])/) print ""
      print escape(lines[i] ~ /^-/ ? "\\&" lines[i] : lines[i])
    }
    first = 0
  }
  if (literal) print "```"
}
