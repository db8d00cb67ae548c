# The completion of diagnose for bash or zsh, from what `diagnose --help` and its lists of itself print: no option is
# listed twice. An argument is completed by its name in --help (FILE, RUN, ID, ...); of others, such as WHEN,
# the values are those that the option's line lists: "auto (default: on a terminal), always, never".
#   diagnose --help | awk -v shell=bash|zsh -v checks="ID ..." -v formats="NAME ..." -v settings="CHECK.PARAM= ..." \
#     -v roles="ROLE= ..." -f completion.awk

# The words that a line lists: the last one of each part between commas and "or".
function listed(text,   parts, words, n, i, m, out) {
  gsub(/\([^)]*\)/, "", text)
  gsub(/,? or /, ", ", text)
  n = split(text, parts, ", *")
  for (i = 1; i <= n; i++) {
    sub(/ +$/, "", parts[i])
    m = split(parts[i], words, " ")
    out = out (i > 1 ? " " : "") words[m]
  }
  return n > 1 ? out : ""
}

# The roles that runs are ranked by: what is measured in a phase.
function metrics(   words, n, i, out) {
  n = split(roles, words, " ")
  for (i = 1; i <= n; i++)
    if (words[i] ~ /^(train|val|test)\//) { sub(/=$/, "", words[i]); out = out (out ? " " : "") words[i] }
  return out
}

# The values of an option's argument; "FILE" where they are files, "" where nothing can be said.
function values(option, argument, text) {
  if (argument ~ /^(FILE|RUN)$/) return "FILE"
  if (option == "--format") return formats
  if (argument ~ /^ID/) return checks
  if (argument ~ /^CHECK\./) return settings
  if (argument ~ /^ROLE=/) return roles
  if (option == "--by") return metrics()
  if (argument ~ /^(WHEN|LEVEL|NAME)$/) return listed(text)
  return ""
}

function finish() { if (option) value_of[option] = values(option, argument_of[option], text_of[option]) }

/^  --/ {
  finish()
  option = $1
  options[++n] = option
  argument_of[option] = substr($0, 4 + length(option), 1) == " " ? "" : $2
  text_of[option] = $0
  sub(argument_of[option] == "" ? "^  [^ ]+ +" : "^  [^ ]+ [^ ]+ +", "", text_of[option])
  next
}
option && /^      +[^ ]/ { sub(/^ +/, ""); text_of[option] = text_of[option] " " $0; next }
option { finish(); option = "" }

function bash(   i, o) {
  print "# bash completion of diagnose, made from its --help.\n"
  print "_diagnose_files() {"
  print "  compopt -o filenames 2>/dev/null"
  print "  local IFS=$'\\n'\n  COMPREPLY=($(compgen -f -- \"$current\"))\n}\n"
  print "_diagnose() {"
  print "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} before= words="
  print "  # --color=always comes as three words."
  print "  COMPREPLY=()"
  print "  if [[ $current == = || $previous == = ]]; then"
  print "    [[ $current == = ]] && current= || previous=${COMP_WORDS[COMP_CWORD - 2]}"
  print "    [[ $previous == --* ]] || return  # the VALUE of NAME=VALUE"
  print "  fi"
  print "  case $previous in"
  for (i = 1; i <= n; i++) if (argument_of[options[i]] != "") bash_values(options[i])
  print "    *)\n      [[ $current == -* ]] || { _diagnose_files; return; }"
  printf "      words='"
  for (i = 1; i <= n; i++) printf "%s%s", (i > 1 ? " " : ""), options[i]
  print "' ;;\n  esac"
  print "  # Of a list, \"a,b\", the last part is completed."
  print "  if [[ $current == *,* ]]; then before=${current%,*}, current=${current##*,}; fi"
  print "  COMPREPLY=($(compgen -P \"$before\" -W \"$words\" -- \"$current\"))"
  print "}\ncomplete -F _diagnose diagnose"
}

function bash_values(o) {
  if (value_of[o] == "FILE") print "    " o ") _diagnose_files; return ;;"
  else if (value_of[o] == "") print "    " o ") return ;;"
  else if (value_of[o] !~ /=/) print "    " o ")\n      words='" value_of[o] "' ;;"
  else print "    " o ")\n      compopt -o nospace 2>/dev/null\n      words='" value_of[o] "' ;;"
}

function zsh_text(text) { gsub(/[\[\]:\\]/, "\\\\&", text); gsub(/'/, "'\\\\''", text); return text }

function zsh(   i, o, action) {
  print "#compdef diagnose\n# zsh completion of diagnose, made from its --help.\n\n_arguments -s \\"
  for (i = 1; i <= n; i++) {
    o = options[i]
    action = ""
    if (argument_of[o] != "") {
      if (value_of[o] == "FILE") action = "_files"
      else if (value_of[o] ~ /=/) action = "{compadd -S \"\" - " value_of[o] "}"
      else if (argument_of[o] ~ /,/) action = "_values -s , " zsh_text(argument_of[o]) " " value_of[o]
      else if (value_of[o] != "") action = "(" value_of[o] ")"
      action = ":" zsh_text(argument_of[o]) ":" action
    }
    print "  '" (o ~ /^--(help|version|list-formats|list-checks|list-roles)$/ ? "" : "*") o "[" zsh_text(text_of[o]) "]" action "' \\"
  }
  print "  '*:run:_files'"
}

END { finish(); if (shell == "zsh") zsh(); else bash() }
