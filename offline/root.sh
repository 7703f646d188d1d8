# shellcheck shell=bash
# The private root: Debian's Bazel 7.7, its rules and its Python, for machines of any distribution. Sourced by bazelw.
#
# Only /usr and /etc are the root's own; everything else in it is the machine's, at its own path.

SUITE=forky # the first Debian release with Bazel 7
PACKAGES=(
  bazel-bootstrap bazel-rules-python bazel-skylib bazel-platforms
  python3 python3-pip python3-venv
  bubblewrap ca-certificates debian-archive-keyring git gpgv
)
# What under /etc is the machine's own.
MACHINE_FILES=(
  /etc/resolv.conf /etc/hosts /etc/passwd /etc/group /etc/localtime /etc/pip.conf /etc/apt
  /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/java
)
# A changed recipe is another root: the name has its checksum.
ROOT=$CACHE/root-$(cksum <"${BASH_SOURCE[0]}" | cut -d' ' -f1)

# Makes $ROOT once; it appears whole, or not at all.
make_root() {
  [[ ! -d $ROOT ]] || return 0
  mkdir -p "$CACHE"
  exec 9>"$CACHE/lock"
  flock --nonblock 9 || { say "waiting for another bazelw that makes the private root"; flock 9; }
  if [[ ! -d $ROOT ]]; then
    install_packages
    build_root
  fi
  exec 9>&-
}

install_packages() {
  local missing=() pair
  for pair in bwrap:bubblewrap mmdebstrap:mmdebstrap; do
    type -P "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [[ -f /usr/share/keyrings/debian-archive-keyring.gpg ]] || missing+=(debian-archive-keyring)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ $EUID != 0 ]] || ! type -P apt-get >/dev/null; then
    die "the private root needs packages that are not installed: ${missing[*]}" \
      "sudo apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${missing[@]}"; } \
    >"$CACHE/setup.log" 2>&1 || die "apt-get failed" "its output is in $CACHE/setup.log"
}

build_root() {
  local partial=$ROOT.partial
  [[ -n ${DEBIAN_MIRROR-} ]] || die "no Debian mirror is known" "set DEBIAN_MIRROR to one, as in apt's sources"
  rm -rf "$CACHE"/*.partial
  mkdir -p "$partial"
  say "making the private root $ROOT (once, about a minute, 1.5 GB)"
  say "1/3 packages of Debian $SUITE from $DEBIAN_MIRROR"
  mmdebstrap --quiet --variant=essential --include="$(IFS=,; echo "${PACKAGES[*]}")" --format=tar \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$SUITE" - "deb $DEBIAN_MIRROR $SUITE main" 2>"$CACHE/setup.log" 9>&- |
    tar --extract --no-same-owner --directory="$partial" --wildcards './usr' './etc' './bin' './sbin' './lib*' ||
    die "mmdebstrap failed" "its output is in $CACHE/setup.log"
  say "2/3 Bazel's release label"
  local path
  for path in "${MACHINE_FILES[@]}"; do # what the machine's own is laid over
    if [[ $path == */certs/java || $path == */apt ]]; then
      mkdir -p "$partial$path"
    else
      rm -f "$partial$path" && touch "$partial$path"
    fi
  done
  sed -i '/^build /d' "$partial/etc/bazel/bazelrc" # a deprecated flag, and the sandbox's debug output
  # Without a label Bazel takes itself for a development version, and bazel_features loads what it lacks.
  (
    enter_root "$partial" python3 -c '
import pathlib, zipfile
base = pathlib.Path("/usr/share/bazel")
with zipfile.ZipFile(base / "A-server.jar", "a") as jar:
    jar.writestr("build-data.properties", "build.label=" + (base / "build-label.txt").read_text().strip() + "\n")
'
  ) 9>&-
  say "3/3 moving it into place"
  mv -T "$partial" "$ROOT"
}

# Replaces this process by a command in the private root $1.
enter_root() {
  local root=$1
  shift
  local options=(--dev-bind /proc /proc --dev-bind /dev /dev) name path
  for path in /*; do
    name=${path#/}
    case $name in
    usr | etc | proc | dev | boot | lost+found) ;;
    bin | sbin | lib*) ;;
    *) options+=(--bind "$path" "$path") ;;
    esac
  done
  for path in "$root"/{bin,sbin,lib*}; do
    [[ -L $path ]] && options+=(--symlink "$(readlink "$path")" "/${path##*/}")
  done
  options+=(--bind "$root/usr" /usr --bind "$root/etc" /etc)
  for path in "${MACHINE_FILES[@]}"; do
    [[ -e $path ]] && options+=(--ro-bind "$path" "$path")
  done
  options+=(--setenv PATH /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  options+=(--unsetenv JAVA_HOME --unsetenv PYTHONHOME --unsetenv PYTHONPATH --unsetenv LD_LIBRARY_PATH)
  [[ $EUID == 0 ]] || options+=(--cap-add ALL)
  exec bwrap "${options[@]}" -- "$@"
}
