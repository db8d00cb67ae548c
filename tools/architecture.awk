# Draws tools/house.txt as far as its folders hold C (-v files=FILE lists the project's files): a diagram, the libraries'
# folders with what each may include, and the table itself.

function reaches(from, to,   i, m) {
  for (i = 1; i <= n_here; i++) {
    m = here[i]
    if (((from, m) in may) && (m == to || reaches(m, to))) return 1
  }
  return 0
}

# An arrow from a to b where no longer way leads there.
function direct(a, b,   i, m) {
  if (!((a, b) in may)) return 0
  for (i = 1; i <= n_here; i++) {
    m = here[i]
    if (((a, m) in may) && reaches(m, b)) return 0
  }
  return 1
}

function draw(   i, j, l) {
  print "```mermaid"
  print "flowchart TB"
  for (l = 1; l <= n_libraries; l++) {
    print "  subgraph " libraries[l]
    for (i = n_here; i >= 1; i--) if (library[here[i]] == libraries[l]) print "    " here[i] "[\"" folder_of_module[here[i]] "\"]"
    print "  end"
  }
  for (i = n_here; i >= 1; i--)
    for (j = i - 1; j >= 1; j--)
      if (direct(here[i], here[j])) print "  " here[i] " --> " here[j]
  for (i = 1; i <= n_libraries; i++) if (user_names != "") print "  users([\"" user_names "\"]) --> " libraries[i]
  print "```"
}

function tabulate(   i, j, row) {
  row = "| folder | library |"
  for (i = 1; i <= n_here; i++) row = row " " here[i] " |"
  print row
  row = "| --- | --- |"
  for (i = 1; i <= n_here; i++) row = row " :-: |"
  print row
  for (i = 1; i <= n_here; i++) {
    row = "| `" folder_of_module[here[i]] "` | `" library[here[i]] "` |"
    for (j = 1; j <= n_here; j++) row = row " " (i == j ? "·" : ((here[i], here[j]) in may) ? "✓" : "") " |"
    print row
  }
}

BEGIN {
  read_table()
  while ((getline path < files) > 0)
    if (path ~ /\.[ch]$/) {
      for (i = 1; i <= n_modules; i++) if (inside(path, folder_of_module[module[i]])) has[module[i]] = 1
      for (i = 1; i <= n_users; i++) if (inside(path, users[i]) && users[i] !~ /\//) has_user[users[i]] = 1
    }
  for (i = 1; i <= n_modules; i++) {
    if (!(module[i] in has)) continue
    here[++n_here] = module[i]
    if (!(library[module[i]] in known)) { known[library[module[i]]] = 1; libraries[++n_libraries] = library[module[i]] }
  }
  for (i = 1; i <= n_users; i++)
    if (users[i] in has_user) user_names = user_names (user_names == "" ? "" : ", ") users[i]
  draw()
  print ""
  tabulate()
  exit failed
}
