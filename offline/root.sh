# shellcheck shell=bash
# Making the private root once, and running a command in it. Sourced by bazelw.
#
# Only /usr and /etc are the root's own; everything else in it is the machine's, at its own path.

# What under /etc is the machine's own too.
MACHINE_FILES=(
  /etc/{resolv.conf,hosts,passwd,group,localtime,pip.conf,gitconfig,apt}
  /etc/ssl/certs/{ca-certificates.crt,java}
)
# Variables that may name a file that the root would hide.
FILE_VARIABLES=(SSL_CERT_FILE REQUESTS_CA_BUNDLE PIP_CERT PIP_CLIENT_CERT CURL_CA_BUNDLE PIP_CONFIG_FILE NETRC)

# Makes $ROOT once; it appears whole, or not at all.
make_root() {
  [[ ! -d $ROOT ]] || return 0
  mkdir -p "$CACHE"
  exec 9>"$CACHE/lock"
  flock --nonblock 9 || { say "waiting for another bazelw, which makes the private root" && flock 9; }
  if [[ ! -d $ROOT ]]; then
    [[ -n ${DEBIAN_MIRROR-} ]] || die "no Debian mirror is known: apt's sources name none" \
      "set DEBIAN_MIRROR to the URL of one that has the suite $SUITE"
    install_packages
    bwrap --ro-bind / / true || die "bubblewrap cannot make a namespace here" \
      "run as root, or allow unprivileged user namespaces (in a container: add the capability SYS_ADMIN)"
    say "making the private root $ROOT (once, about a minute, 1.1 GB)"
    rm -rf --one-file-system "$CACHE"/root-*.partial # of runs that were interrupted
    mkdir "$ROOT.partial"
    # shellcheck disable=SC2064 # the name as it is now
    trap "rm -rf --one-file-system '$ROOT.partial'" EXIT
    trap 'say "interrupted; the next run begins anew"; exit 130' INT
    build_root "$ROOT.partial"
    mv -T "$ROOT.partial" "$ROOT"
    trap - EXIT INT
    say "3/3 done; ./bazelw doctor shows what is where"
  fi
  exec 9>&-
}

# The Debian packages that are needed and not there, in MISSING.
find_missing() {
  MISSING=()
  type -P bwrap >/dev/null || MISSING+=(bubblewrap)
  type -P mmdebstrap >/dev/null || MISSING+=(mmdebstrap)
  [[ $EUID == 0 ]] || type -P newuidmap >/dev/null || MISSING+=(uidmap)
  [[ -f $KEYRING ]] || MISSING+=(debian-archive-keyring)
}

install_packages() {
  local log=$CACHE/setup.log
  find_missing
  [[ ${#MISSING[@]} -gt 0 ]] || return 0
  if [[ $EUID != 0 ]] || ! type -P apt-get >/dev/null; then
    die "Debian packages are missing: ${MISSING[*]}" "sudo apt-get install --no-install-recommends ${MISSING[*]}"
  fi
  say "installing ${MISSING[*]}"
  {
    apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${MISSING[@]}"
  } >"$log" 2>&1 </dev/null || die "apt-get failed; the end of $log is:" "$(tail -n 5 "$log")"
}

# Replaces this process by the command $2... in the private root $1.
enter_root() {
  local root=$1 options=() path name
  shift
  for path in /*; do
    case $path in
    /bin | /sbin | /lib | /lib32 | /lib64 | /libx32 | /usr | /etc) ;;
    # The machine's /proc, or linux-sandbox and an action's own bwrap may not mount theirs (mount_too_revealing).
    /proc | /dev) options+=(--dev-bind "$path" "$path") ;;
    *) if [[ -e $path ]]; then options+=(--bind "$path" "$path"); fi ;;
    esac
  done
  options+=(--bind "$root/usr" /usr --bind "$root/etc" /etc)
  for path in /bin /sbin /lib /lib32 /lib64 /libx32; do
    if [[ -L $root$path ]]; then options+=(--symlink "usr$path" "$path"); fi
  done
  for path in "${MACHINE_FILES[@]}"; do
    if [[ -e $path ]]; then options+=(--ro-bind "$path" "$path"); fi
  done
  for name in "${FILE_VARIABLES[@]}"; do
    if [[ ${!name-} =~ ^/(usr|etc)/ && -f ${!name} ]]; then options+=(--ro-bind "${!name}" "${!name}"); fi
  done
  for path in "$HERE" "$PWD"; do
    if [[ $path =~ ^/(usr|etc)/ ]]; then options+=(--bind "$path" "$path"); fi
  done
  if path=$(type -P docker); then options+=(--ro-bind "$path" /usr/local/bin/docker); fi
  if [[ " $* " == *" run "* ]] && type -P podman >/dev/null; then
    BAZELW_PODMAN=$(mktemp -d -t bazelw-podman.XXXXXX)
    export BAZELW_PODMAN
    mkfifo "$BAZELW_PODMAN/calls"
    "$HERE/offline/podman.sh" serve >/dev/null 2>&1 &
    options+=(--ro-bind "$HERE/offline/podman.sh" /usr/local/bin/podman)
  fi
  options+=(
    --remount-ro /usr --remount-ro /etc
    --setenv PATH /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    --unsetenv JAVA_HOME --unsetenv PYTHONHOME --unsetenv PYTHONPATH
    --unsetenv LD_LIBRARY_PATH --unsetenv LD_PRELOAD
  )
  if [[ $EUID != 0 ]]; then options+=(--cap-add ALL); fi
  # bwrap waits outside. Ctrl-C is for the command alone, whose exit code counts; it ends when bwrap is ended.
  trap '' INT
  exec bwrap "${options[@]}" -- setpriv --pdeathsig TERM -- "$@"
}
