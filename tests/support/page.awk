# A page of the documentation, with the output of every command in it put in its place: what follows a line "$ command"
# up to the end of its block. On the way,
#   ```sh                   is run line by line; each must succeed (make is looked up, not run: see docs_examples.sh)
#   ```yaml                 so are the commands of a CI's configuration (run:, script:)
#   <!-- file NAME -->      the next block is written to NAME; <!-- append NAME -->: is added to it;
#                           <!-- file NAME in TEMPLATE -->: takes the place of the line PAGE_BLOCK of that file
#   <!-- run COMMAND -->    is run, and must succeed
#   <!-- fails COMMAND -->  is run, and must fail
# Everything runs in the folder root. What fails is written to the file failures.
#   awk -v root=FOLDER -v failures=FILE -f page.awk PAGE

function say(what) { print FILENAME ":" FNR ": " what >> failures }

function shell(command, out) { return "cd \"" root "\" && { " command "\n} < /dev/null" out " 2>&1" }

# Tools of the house would write into it: they have to be there.
function must(command, wanted,   output, line, status) {
  if (command ~ /^sh tools\//) sub(/^sh/, "test -f", command)
  output = failures ".out"
  status = system(shell(command, " > " output))
  if ((status != 0) == (wanted != 0)) return
  say((wanted ? "does not fail: " : "fails: ") command)
  while ((getline line < output) > 0) print "  " line >> failures
  close(output)
}

function example(command,   line, held) {
  command = shell(command, "")
  while ((command | getline line) > 0) held = held line "\n"
  close(command)
  sub(/\n+$/, "\n", held)
  printf "%s", held
}

# What a comment asks for: the rest of "<!-- word rest -->".
function rest(word) { sub("^<!-- " word " ", ""); sub(/ -->$/, ""); return $0 }

# A template up to its line PAGE_BLOCK, and what comes after it.
function begin_template(   line) {
  printf "" > (root "/" target)
  while ((getline line < template) > 0 && line !~ /^ *PAGE_BLOCK$/) print line > (root "/" target)
}
function end_template(   line) {
  while ((getline line < template) > 0) print line >> (root "/" target)
  close(template)
}

function indent_of(line) { match(line, /^ */); return RLENGTH }

# A line of a CI's configuration: "run: command", "- command" below script:, or a line of a block "run: |".
function yaml_line(line,   text) {
  text = line
  sub(/^ *(- )?/, "", text)
  if (held_indent && line !~ /^ *$/ && indent_of(line) > held_indent - 1) { script = script text "\n"; return }
  held_indent = 0
  if (listed && line ~ /^ *- / && indent_of(line) >= listed) { add_yaml(line, text); return }
  if (text ~ /^(before_script|script):$/) { listed = indent_of(line) + 1; return }
  listed = 0
  if (text ~ /^run:/) { sub(/^run: */, "", text); add_yaml(line, text) }
}

function add_yaml(line, text) {
  if (text == "|" || text == "- |") held_indent = indent_of(line) + 1
  else script = script text "\n"
}

/^<!-- file .* -->$/ {
  print
  target = rest("file"); append = 0; template = ""
  if (split(target, words, " in ") == 2) { target = words[1]; template = root "/" words[2]; begin_template() }
  next
}
/^<!-- append .* -->$/ { print; target = rest("append"); append = 1; template = ""; next }
/^<!-- run .* -->$/ { print; must(rest("run"), 0); next }
/^<!-- fails .* -->$/ { print; must(rest("fails"), 1); next }
/^```/ && !block {
  print
  block = $0 == "```sh" ? "sh" : $0 == "```yaml" ? "yaml" : "text"
  if (target) { block = "file"; if (!append && !template) { printf "" > (root "/" target); close(root "/" target) } }
  script = ""
  next
}
/^```/ {
  if (block == "yaml") must("set -e\n" script, 0)
  if (target && template) end_template()
  if (target) close(root "/" target)
  block = target = ""
  inside = listed = held_indent = 0
}
block == "file" { print >> (root "/" target) }
block == "sh" && NF { line = $0; print; must(line, 0); next }
block == "yaml" { yaml_line($0) }
block == "text" && /^\$ / { print; example(substr($0, 3)); inside = 1; next }
!inside { print }
