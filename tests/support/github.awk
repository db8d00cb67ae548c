# Reads the output of --format github as a runner does, and fails where it would misread it: every line is a workflow
# command with known properties, or the last line, which counts; at most 10 of a kind; the worst first; no control.
/[[:cntrl:]]/ { print "a control character: " $0; bad = 1 }
/^::/ {
  if ($0 !~ /^::(error|warning|notice) title=[^:,]+(,file=[^:,]+)?(,line=[0-9]+)?::./) { print "misread: " $0; bad = 1 }
  if ($0 ~ /%([^0-9A-F]|.[^0-9A-F])/) { print "a bare percent sign: " $0; bad = 1 }
  split($0, part, /[: ]+/)
  kind = part[2]
  if (++count[kind] > 10) { print "more than 10 of " kind; bad = 1 }
  rank = kind == "error" ? 1 : kind == "warning" ? 2 : 3
  if ($0 !~ /title=more findings::/ && rank < before) { print "not worst first: " $0; bad = 1 }
  if ($0 !~ /title=more findings::/) before = rank
  next
}
/^clino: [0-9]+ runs?, [0-9]+ errors?, [0-9]+ warnings?, [0-9]+ notices?$/ { summary++; next }
{ print "neither a command nor the summary: " $0; bad = 1 }
END { if (summary != 1) { print "no summary"; bad = 1 } exit bad }
