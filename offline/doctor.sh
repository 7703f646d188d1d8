# shellcheck shell=bash
# `./bazelw doctor`: what was found, what was chosen, and why. Sourced by bazelw.

line() { printf '%-17s %s\n' "$1" "$2"; }

# The path of a program, or that it is missing.
program() { type -P -- "$1" || echo missing; }

# Exits with 1 where the next run is bound to fail.
doctor() {
  local system label healthy=0 root log=$CACHE/setup.log
  system=$(sed -n 's/^PRETTY_NAME="\(.*\)"$/\1/p' /etc/os-release 2>/dev/null) || true
  choose fresh
  find_missing
  line machine "${system:-unknown}, $(uname -m), user $(id -un)"
  line bazel "${FOUND_BAZEL:-none}"
  line registry "${REGISTRY_ANSWERS:-not asked}${REGISTRY_ANSWERS:+ ($REGISTRY)}"
  if [[ $MODE == online ]]; then
    line choice "$FOUND_BAZEL, since $REASON"
  else
    line choice "Debian's Bazel in the private root, since $REASON"
  fi
  line 'Debian mirror' "${DEBIAN_MIRROR:-none: set DEBIAN_MIRROR}${DEBIAN_MIRROR:+ (from $MIRROR_FROM)}"
  line 'security mirror' "${DEBIAN_SECURITY_MIRROR:-none: set DEBIAN_SECURITY_MIRROR}"
  line bubblewrap "$(program bwrap)"
  line mmdebstrap "$(program mmdebstrap)"
  line keyring "$([[ -f $KEYRING ]] && echo "$KEYRING" || echo missing)"
  line docker "$(program docker)"
  if type -P bwrap >/dev/null; then
    line namespaces "$(bwrap --ro-bind / / true 2>&1 && echo 'bubblewrap makes them')"
  fi
  if [[ -d $ROOT ]]; then
    label=$(<"$ROOT/usr/share/bazel/build-label.txt")
    line 'private root' "$ROOT (Bazel $label, made $(date -r "$ROOT$INSIDE_MARK" '+%F %R'))"
  else
    line 'private root' "$ROOT (the next run that needs it makes it)"
  fi
  for root in "$CACHE"/root-*; do
    [[ ! -d $root || $root == "$ROOT" ]] || line 'older root' "rm -rf $root"
  done
  [[ ! -f $log ]] || line 'log of set-up' "$log"
  if [[ $MODE == offline && ! -d $ROOT ]]; then
    if [[ -z ${DEBIAN_MIRROR-} ]]; then
      line problem "no Debian mirror is known" && healthy=1
    fi
    if [[ ${#MISSING[@]} -gt 0 && ($EUID != 0 || $(program apt-get) == missing) ]]; then
      line problem "packages are missing: sudo apt-get install --no-install-recommends ${MISSING[*]}" && healthy=1
    fi
  fi
  return "$healthy"
}
