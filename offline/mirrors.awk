# Reads apt's sources, one-line (*.list) and deb822 (*.sources), and prints two lines: the Debian mirror that they name
# and the mirror of Debian's security archive; an empty line where they name none. See sources.list(5).

function consider(uri, suite, components,    line) {
  if (sub(/^mirror\+file:(\/\/)?/, "", uri)) { # a file of mirrors, the first one counts
    while ((getline line <uri) > 0 && line !~ /^https?:/) {}
    close(uri)
    uri = line
    sub(/[ \t].*/, "", uri)
  }
  if (uri !~ /^https?:/ || " " components " " !~ / main /) return
  sub(/\/+$/, "", uri)
  if (sub(/(-security|\/updates)$/, "", suite)) {
    if (security == "" && suite in debian) security = uri
  } else if (sub(/-updates$/, "", suite)) {
    has_updates[uri]
  } else if (suite in debian) {
    mirrors[++count] = uri
  }
}

function stanza_ends(    i, j, n, m, uri, suite) {
  if (" " field["types"] " " ~ / deb / && field["enabled"] !~ /no/) {
    n = split(field["uris"], uri, " ")
    m = split(field["suites"], suite, " ")
    for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) consider(uri[i], suite[j], field["components"])
  }
  split("", field)
}

BEGIN {
  n = split("stable oldstable testing unstable bullseye bookworm trixie forky duke sid", names, " ")
  for (i = 1; i <= n; i++) debian[names[i]]
}
FNR == 1 { stanza_ends(); one_line = FILENAME ~ /\.list$/ }
/^[ \t]*#/ { next }
{ sub(/#.*/, ""); gsub(/\t/, " ") }
one_line && $1 == "deb" {
  sub(/\[[^]]*\]/, "")
  uri = $2; suite = $3
  $1 = $2 = $3 = ""
  consider(uri, suite, $0)
}
one_line { next }
/^ *$/ { stanza_ends(); next }
/^[^ ]/ { name = tolower($1); sub(/:.*/, "", name); sub(/^[^:]*:/, "") }
{ field[name] = field[name] " " $0 }

END {
  stanza_ends()
  # Other vendors' archives have suites of Debian's names too, but not the updates beside them.
  best = 1
  for (i = count; i > 0; i--) if (mirrors[i] ~ /\/debian$/) best = i
  for (i = count; i > 0; i--) if (mirrors[i] in has_updates) best = i
  print mirrors[best]
  print security
}
