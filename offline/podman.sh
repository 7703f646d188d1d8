#!/bin/bash
# The machine's podman for programs that `bazelw run` starts in the private root. Podman itself cannot run there: it
# needs the machine's own /usr, /etc and user ids. So this file, as the root's `podman`, hands each call to the same
# file outside.
#
# BAZELW_PODMAN names the folder where the two meet.
set -uo pipefail

# Outside: `podman.sh serve`, which answers calls for as long as its parent lives.
serve() {
  local pid call folder arguments
  exec 3<>"$BAZELW_PODMAN/calls"
  while kill -0 "$PPID" 2>/dev/null; do
    read -r -t 1 -u 3 pid call folder || continue
    (
      mapfile -d '' -t arguments <"$call/arguments"
      cd -- "$folder" || cd /
      podman "${arguments[@]}" <"/proc/$pid/fd/0" >>"/proc/$pid/fd/1" 2>>"/proc/$pid/fd/2"
      echo $? >"$call/status"
    ) &
  done
  rm -rf "$BAZELW_PODMAN"
}

# Inside.
ask() {
  local call status
  call=$(mktemp -d "$BAZELW_PODMAN/call.XXXXXX") || exit
  mkfifo "$call/status"
  printf '%s\0' "$@" >"$call/arguments"
  # In a process of its own: a redirection moves descriptor 1 of this one, which the other side opens by then.
  (echo "$$ $call $PWD" >"$BAZELW_PODMAN/calls")
  read -r status <"$call/status"
  exit "$status"
}

if [[ ${0##*/} == podman ]]; then ask "$@"; else serve; fi
