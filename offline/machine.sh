# shellcheck shell=bash
# What this machine has: a Bazel, the Bazel Central Registry, a Debian mirror. Sourced by bazelw.

REGISTRY=https://bcr.bazel.build/bazel_registry.json # Bazel's own default
declare -A KEEP=([yes]=720 [no]=30)                  # minutes for which its answer is believed

say() { printf 'bazelw: %s\n' "$*" >&2; }

# die MESSAGE REMEDY...
die() {
  say "error: $1"
  printf '    %s\n' "${@:2}" >&2
  exit 1
}

# The Bazel to start online, in FOUND_BAZEL; empty where there is none.
find_bazel() {
  local name
  if [[ -n ${BAZEL-} ]] && ! type -P -- "$BAZEL" >/dev/null; then
    die "BAZEL is $BAZEL, which is not a program" "unset BAZEL, or correct it"
  fi
  for name in ${BAZEL:+"$BAZEL"} bazelisk bazel; do
    FOUND_BAZEL=$(type -P -- "$name") && return
  done
  FOUND_BAZEL=
}

# Whether the registry answers, in REGISTRY_ANSWERS (yes or no). With "fresh" an answer that was kept does not count.
probe_registry() {
  local kept=$CACHE/registry
  if [[ ${1-} != fresh ]]; then
    for REGISTRY_ANSWERS in yes no; do
      [[ -z $(find "$kept.$REGISTRY_ANSWERS" -mmin "-${KEEP[$REGISTRY_ANSWERS]}" 2>/dev/null) ]] || return 0
    done
  fi
  if type -P curl >/dev/null; then
    set -- curl --silent --fail --location --max-time 5 --output /dev/null "$REGISTRY"
  else
    set -- python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' "$REGISTRY"
  fi
  REGISTRY_ANSWERS=no
  ! "$@" >/dev/null 2>&1 || REGISTRY_ANSWERS=yes
  mkdir -p "$CACHE"
  rm -f "$kept".{yes,no}
  : >"$kept.$REGISTRY_ANSWERS"
}

# Decides in MODE (online or offline) where Bazel runs, and says why in REASON.
choose() {
  find_bazel
  MODE=offline
  if [[ ${BAZELW_OFFLINE-} == 1 ]]; then
    REASON="BAZELW_OFFLINE is 1"
  elif [[ -z $FOUND_BAZEL ]]; then
    REASON="there is no bazelisk and no bazel, and \$BAZEL names none"
  elif [[ ${BAZELW_OFFLINE-} == 0 ]]; then
    MODE=online REASON="BAZELW_OFFLINE is 0"
  else
    probe_registry "$@"
    if [[ $REGISTRY_ANSWERS == yes ]]; then
      MODE=online REASON="the Bazel Central Registry answers"
    else
      REASON="the Bazel Central Registry does not answer"
    fi
  fi
}

# Exports DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR, where they are not set, from the machine's apt sources.
export_mirrors() {
  local directory=$MACHINE/etc/apt path sources=() main="" security=""
  for path in "$directory"/sources.list "$directory"/sources.list.d/*.{list,sources}; do
    [[ ! -r $path ]] || sources+=("$path")
  done
  MIRROR_FROM="the environment"
  if [[ ${#sources[@]} -gt 0 ]]; then
    { read -r main && read -r security; } < <(awk -f "$HERE/offline/mirrors.awk" "${sources[@]}") || true
  fi
  if [[ -z ${DEBIAN_MIRROR-} && -n $main ]]; then
    export DEBIAN_MIRROR=$main
    MIRROR_FROM="apt's sources"
  fi
  if [[ -z ${DEBIAN_SECURITY_MIRROR-} && -n $security ]]; then
    export DEBIAN_SECURITY_MIRROR=$security
  fi
}
