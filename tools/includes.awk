# Who includes whom, against tools/house.txt. Reads the list of the project's files (-v files=FILE, one path a line), then
# the sources named on the command line; prints each violation as "file:line: what" and exits 1 if there was one.

function violation(what) {
  print FILENAME ":" FNR ": " what
  failed = 1
}

# ---- which folder a file belongs to, and which module a public header belongs to ----

function is_public(path) {
  return inside(path, "include") && !inside(path, "include/clino/test") && !inside(path, "include/clino/adapter")
}

function base_name(path) { sub(/.*\//, "", path); return path }

function dir_name(path) { return sub(/\/[^\/]*$/, "", path) ? path : "." }

# The module of lib/ whose folder holds NAME.c, or, where none does, NAME_*.c; "" where none or several do. (A rule in
# checks/ may have the name of the monitor whose series it judges.)
function derive_module(name,   m, i, exact, loose, n_exact, n_loose, path, own) {
  sub(/\.h$/, "", name)
  for (path in exists) {
    own = base_name(path)
    for (i = 1; i <= n_modules; i++) {
      m = module[i]
      if (dir_name(path) != folder_of_module[m] || !inside(path, "lib")) continue
      if (own == name ".c") { exact = m; n_exact++ }
      else if (own ~ /\.c$/ && index(own, name "_") == 1 && loose != m) { loose = m; n_loose++ }
    }
  }
  if (n_exact) return n_exact == 1 ? exact : ""
  return n_loose == 1 ? loose : ""
}

function module_of_header(path,   name) {
  name = substr(path, length("include/clino/") + 1)
  if (name in header_module) return header_module[name]
  return header_module[name] = derive_module(name)
}

# "module NAME", "user FOLDER" or "umbrella NAME": what the table says a path is part of; "" where it says nothing.
function owner(path,   i, best, m) {
  if (is_public(path)) {
    if (dir_name(path) == "include") return (base_name(path) in umbrella_library) ? "umbrella " base_name(path) : ""
    m = module_of_header(path)
    return m == "" ? "" : "module " m
  }
  for (i = 1; i <= n_modules; i++) if (inside(path, folder_of_module[module[i]])) return "module " module[i]
  for (i = 1; i <= n_users; i++) if (inside(path, users[i]) && length(users[i]) > length(best)) best = users[i]
  return best == "" ? "" : "user " best
}

# ---- what an include means ----

function normal(path,   n, parts, i, out, depth) {
  n = split(path, parts, "/")
  depth = 0
  for (i = 1; i <= n; i++) {
    if (parts[i] == "." || parts[i] == "") continue
    if (parts[i] == ".." && depth) depth--
    else out[++depth] = parts[i]
  }
  path = out[1]
  for (i = 2; i <= depth; i++) path = path "/" out[i]
  return path
}

function resolve(name, quoted,   i, n, places, path) {
  n = split((quoted ? dir_name(FILENAME) " include examples bench tests lib ." : "include"), places, " ")
  for (i = 1; i <= n; i++) {
    path = normal(places[i] "/" name)
    if (path in exists) return path
  }
  return ""
}

function check_public(path, target,   kind, t_kind, name, t_name) {
  if (target == "") return  # reported where it stands
  kind = mine; sub(/ .*/, "", kind)
  name = mine; sub(/.* /, "", name)
  t_kind = target; sub(/ .*/, "", t_kind)
  t_name = target; sub(/.* /, "", t_name)
  if (t_kind == "umbrella") {
    if (kind != "user") violation(mine " includes the umbrella header " path ", which is for users")
  } else if (t_kind == "user") {
    if (kind != "user") violation(mine " includes the adapter " path)
  } else if (kind == "module") {
    if (name != t_name && !((name, t_name) in may)) violation("module " name " may not include module " t_name " (" path ")")
  } else if (kind == "umbrella") {
    if (library[t_name] != umbrella_library[name]) violation(name " includes " path " of " library[t_name])
    in_umbrella[FILENAME, path] = 1
  } else if (inside(name, "include") && library[t_name] != "libclino")
    violation("an adapter includes " path " of " library[t_name])
}

function check_private(path, target,   name) {
  if (is_public(FILENAME)) { violation("a public header includes the private header " path); return }
  if (target == mine) return
  name = target; sub(/.* /, "", name)
  if (target ~ /^module/ && name in seen_from && inside_any(FILENAME, seen_from[name])) return
  if (mine ~ /^user/ && inside_any(path, also_sees[substr(mine, 6)])) return
  violation(mine " includes " path ", a private header of " target)
}

function check_outside(name,   i) {
  if (name in made && inside(FILENAME, made[name])) return
  if (name in system_header) {
    if (is_public(FILENAME) && system_header[name] != "iso") violation("a public header includes <" name ">, which is not ISO C")
    return
  }
  for (i = 1; i <= n_third; i++) {
    if (name !~ third_header[i]) continue
    if (!inside_any(FILENAME, third_folders[i])) violation(mine " may not include <" name ">")
    return
  }
  violation("\"" name "\" is no file of the project, no system header and no listed third-party header")
}

function check_include(line,   name, quoted, path) {
  sub(/^[ \t]*#[ \t]*(include|include_next|import)[ \t]*/, "", line)
  if (line !~ /^(<[^>]+>|"[^"]+")/) { violation("an include that is computed"); return }
  quoted = line ~ /^"/
  name = substr(line, 2)
  sub(/[>"].*/, "", name)
  path = resolve(name, quoted)
  if (path == "") check_outside(name)
  else if (inside(path, "include")) check_public(path, owner(path))
  else check_private(path, owner(path))
}

# ---- code without its comments ----

function code_of(line,   out, at) {
  out = ""
  while (line != "") {
    if (in_comment) {
      at = index(line, "*/")
      if (!at) return out
      line = substr(line, at + 2)
      in_comment = 0
    } else if (!match(line, /["']|\/\*|\/\//)) return out line
    else {
      out = out substr(line, 1, RSTART - 1)
      line = substr(line, RSTART)
      if (line ~ /^\/\//) return out
      if (line ~ /^\/\*/) { in_comment = 1; line = substr(line, 3); out = out " " }
      else if (match(line, /^("([^"\\]|\\.)*"|'([^'\\]|\\.)*')/)) { out = out substr(line, 1, RLENGTH); line = substr(line, RLENGTH + 1) }
      else return out line
    }
  }
  return out
}

function check_names(code,   i) {
  gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
  if (is_public(FILENAME))
    for (i = 1; i <= n_third; i++)
      if (code ~ third_names[i]) violation("a public header mentions a name of " substr(third_header[i], 2, length(third_header[i]) - 2))
  if (mine ~ /^user/ && mine != "user tests/internal" && mine != "user tests/fuzz" && code ~ /(^|[^A-Za-z0-9_])clino__/) violation(mine " uses a private name")
}

# ---- reading ----

BEGIN {
  read_table()
  while ((getline path < files) > 0) exists[path] = 1
}

FNR == 1 {
  in_comment = 0
  mine = owner(FILENAME)
  if (mine == "")
    violation(is_public(FILENAME) ? "no module has the source of this header, or several have (say whose it is in the table)" \
                                  : "its folder is not in the table")
}

mine != "" {
  code = code_of($0)
  if (code ~ /^[ \t]*#[ \t]*(include|include_next|import)([^A-Za-z0-9_]|$)/) check_include(code)
  else if (code !~ /^[ \t]*$/) check_names(code)
}

END {
  for (path in exists) {
    if (!is_public(path) || path !~ /\.h$/ || owner(path) !~ /^module/) continue
    m = owner(path)
    sub(/.* /, "", m)
    for (u in umbrella_library)
      if (("include/" u) in exists && library[m] == umbrella_library[u] && !(("include/" u, path) in in_umbrella)) {
        print "include/" u ":1: does not include " path
        failed = 1
      }
  }
  exit failed
}
