# Reads tools/house.txt (given as -v table=FILE), for includes.awk and architecture.awk.
#   module[1..n_modules], folder_of_module[m], library[m], may[m, other]
#   users[1..n_users] (folders), also_sees[user] (folders), seen_from[m] (folders)
#   header_module[name], umbrella_library[name], made[name] (folder), system_header[name] = "iso" | "posix"
#   third_header[1..n_third], third_names[], third_folders[]

function bad_table(what) {
  print table ":" line_number ": " what
  failed = 1
}

function rest(from,   i, text) {
  text = ""
  for (i = from; i <= n_words; i++) text = text (i > from ? " " : "") words[i]
  return text
}

function read_module(   i, name) {
  name = words[2]
  if (name in folder_of_module) bad_table("module " name " is there twice")
  module[++n_modules] = name
  folder_of_module[name] = words[3]
  library[name] = words[4]
  for (i = 5; i <= n_words; i++) {
    if (!(words[i] in folder_of_module)) bad_table("module " name " may include " words[i] ", which stands below it")
    may[name, words[i]] = 1
  }
}

function read_line(   i) {
  if (words[1] == "module") read_module()
  else if (words[1] == "user") { users[++n_users] = words[2]; also_sees[words[2]] = rest(3) }
  else if (words[1] == "private") seen_from[words[2]] = rest(3)
  else if (words[1] == "header") header_module[words[2]] = words[3]
  else if (words[1] == "umbrella") umbrella_library[words[2]] = words[3]
  else if (words[1] == "made") made[words[2]] = words[3]
  else if (words[1] == "iso" || words[1] == "posix")
    for (i = 2; i <= n_words; i++) system_header[words[i] ".h"] = words[1]
  else if (words[1] == "third") {
    third_header[++n_third] = "^" words[2] "$"
    third_names[n_third] = "(^|[^A-Za-z0-9_])(" words[3] ")"
    third_folders[n_third] = rest(4)
  } else bad_table("unknown word " words[1])
}

function read_table(   line) {
  while ((getline line < table) > 0) {
    line_number++
    sub(/#.*/, "", line)
    n_words = split(line, words, " ")
    if (n_words) read_line()
  }
  if (!n_modules) bad_table("no such table, or no module in it")
}

# Is path inside folder?
function inside(path, folder) { return path == folder || index(path, folder "/") == 1 }

# Is path inside one of the folders of a list separated by blanks?
function inside_any(path, list,   i, n, parts) {
  n = split(list, parts, " ")
  for (i = 1; i <= n; i++) if (inside(path, parts[i])) return 1
  return 0
}
