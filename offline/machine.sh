# shellcheck shell=bash
# What this machine has: a Bazel, the Bazel Central Registry, a Debian mirror. Sourced by bazelw.

REGISTRY=https://bcr.bazel.build/bazel_registry.json # Bazel's own default
PROBE_MINUTES=720                                    # how long an answer of the probe is believed

say() { printf 'bazelw: %s\n' "$*" >&2; }

die() {
  say "error: $1"
  shift
  printf '    %s\n' "$@" >&2
  exit 1
}

# The Bazel to start online, in FOUND_BAZEL; empty where there is none.
find_bazel() {
  local name
  FOUND_BAZEL=
  for name in ${BAZEL:+"$BAZEL"} bazelisk bazel; do
    FOUND_BAZEL=$(type -P -- "$name") && return
  done
  FOUND_BAZEL=
}

# Whether the registry answers, in REGISTRY_ANSWERS (yes or no). The answer is kept for PROBE_MINUTES.
probe_registry() {
  local kept=$CACHE/registry-answers
  REGISTRY_ANSWERS=
  if [[ -n $(find "$kept" -mmin "-$PROBE_MINUTES" 2>/dev/null) ]]; then
    read -r REGISTRY_ANSWERS <"$kept" || true
  fi
  [[ -z $REGISTRY_ANSWERS ]] || return 0
  REGISTRY_ANSWERS=no
  if type -P curl >/dev/null; then
    curl --silent --fail --location --max-time 5 --output /dev/null "$REGISTRY" && REGISTRY_ANSWERS=yes
  else
    python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' "$REGISTRY" \
      >/dev/null 2>&1 && REGISTRY_ANSWERS=yes
  fi
  mkdir -p "$CACHE"
  printf '%s\n' "$REGISTRY_ANSWERS" >"$kept.$$"
  mv -f "$kept.$$" "$kept"
}

# Decides in MODE (online or offline) how Bazel runs, and says why in REASON.
choose() {
  find_bazel
  if [[ ${BAZELW_OFFLINE-} == 1 ]]; then
    MODE=offline REASON="BAZELW_OFFLINE=1"
  elif [[ -z $FOUND_BAZEL ]]; then
    MODE=offline REASON="there is no bazelisk and no bazel here"
  elif [[ ${BAZELW_OFFLINE-} == 0 ]]; then
    MODE=online REASON="BAZELW_OFFLINE=0"
  else
    probe_registry
    if [[ $REGISTRY_ANSWERS == yes ]]; then
      MODE=online REASON="the Bazel Central Registry answers"
    else
      MODE=offline REASON="the Bazel Central Registry does not answer"
    fi
  fi
}

# Lines "URI suite" of the machine's binary apt sources, one-line and deb822 style.
apt_sources() {
  local dir=${BAZELW_APT_DIR:-/etc/apt} files
  files=$(find "$dir/sources.list" "$dir/sources.list.d" -type f \( -name '*.list' -o -name '*.sources' \) 2>/dev/null | sort || true)
  [[ -n $files ]] || return 0
  # shellcheck disable=SC2086
  awk '
    function flush(   i, j, n, m, u, s) {
      if (types ~ /(^| )deb( |$)/ && enabled != "no") {
        n = split(uris, u, " "); m = split(suites, s, " ")
        for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) print u[i], s[j]
      }
      types = uris = suites = enabled = key = ""
    }
    FNR == 1 { flush(); deb822 = FILENAME ~ /\.sources$/ }
    /^#/ { next }
    !deb822 && $1 == "deb" { sub(/\[[^]]*\]/, ""); print $2, $3; next }
    !deb822 { next }
    /^[ \t]*$/ { flush(); next }
    /^[^ \t]/ { key = tolower($1); sub(/:.*/, "", key); sub(/^[^:]*:/, "") }
    key == "types" { types = types " " $0 }
    key == "uris" { uris = uris " " $0 }
    key == "suites" { suites = suites " " $0 }
    key == "enabled" { enabled = tolower($1) }
    END { flush() }
  ' $files | sed 's/  */ /g; s/^ //'
}

# Exports DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR, where they are not set, from the machine's apt sources.
export_mirrors() {
  local uri suite
  while read -r uri suite; do
    case $uri in
    *ubuntu*) ;;
    http*security*) [[ -n ${DEBIAN_SECURITY_MIRROR-} ]] || export DEBIAN_SECURITY_MIRROR=${uri%/} ;;
    http*/debian | http*/debian/) [[ -n ${DEBIAN_MIRROR-} ]] || export DEBIAN_MIRROR=${uri%/} ;;
    esac
  done < <(apt_sources)
}

doctor() {
  printf 'bazel:            %s\n' "${FOUND_BAZEL:-none}"
  printf 'registry answers: %s\n' "${REGISTRY_ANSWERS:-not asked}"
  printf 'mode:             %s, since %s\n' "$MODE" "$REASON"
  printf 'DEBIAN_MIRROR:    %s\n' "${DEBIAN_MIRROR:-not set, and no apt source names one}"
  printf 'private root:     %s (%s)\n' "$ROOT" "$([[ -d $ROOT ]] && echo made || echo "not made yet")"
}
