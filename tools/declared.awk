# The functions that preprocessed C headers declare: one line "NAME HEADER api|plain" for each declaration outside of
# braces in a file whose path begins with "include/"; "api" where it carries CLINO_API. Definitions (inline) are left out.

/^#/ {
  if (match($0, /"[^"]*"/)) {
    file = substr($0, RSTART + 1, RLENGTH - 2)
    sub(/^\.\//, "", file)
    ours = file ~ /^include\//
  }
  next
}

function declaration(text,   api) {
  api = text ~ /visibility *\( *"default" *\)/ ? "api" : "plain"
  while (match(text, /__attribute__ *\(\([^()]*(\([^()]*\)[^()]*)*\)\)/)) text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
  if (text ~ /(^|[^A-Za-z0-9_])(typedef|static|_Static_assert)([^A-Za-z0-9_]|$)/) return
  if (!match(text, /[A-Za-z_][A-Za-z0-9_]* *\(/)) return
  text = substr(text, RSTART, RLENGTH - 1)
  sub(/ *$/, "", text)
  print text, file, api
}

ours {
  line = $0
  while (match(line, /[{};]/)) {
    mark = substr(line, RSTART, 1)
    if (depth == 0) statement = statement " " substr(line, 1, RSTART - 1)
    line = substr(line, RSTART + 1)
    if (mark == "{") depth++
    else if (mark == "}") {
      if (--depth == 0 && statement ~ /\)[ \t]*$/) statement = ""  # a function's body
    } else if (depth == 0) {
      declaration(statement)
      statement = ""
    }
  }
  if (depth == 0) statement = statement " " line
}
