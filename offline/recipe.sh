# shellcheck shell=bash
# How the private root is made: Debian's Bazel 7.7, its rules and its Python. Sourced by bazelw.
#
# Whoever changes this file gets another root: the root's name has the file's checksum.

SUITE=forky # the first Debian release with Bazel 7
PACKAGES=(
  bazel-bootstrap bazel-rules-python bazel-skylib bazel-platforms
  python3 python3-pip
  bubblewrap ca-certificates debian-archive-keyring git gpgv
  # This repository's tests push to a real registry, read images with tools of another make, run arm64's, and sign.
  cosign crane docker-registry qemu-user skopeo umoci
  systemd-standalone-sysusers systemd-standalone-tmpfiles # docker-registry wants these, or all of systemd
)
KEYRING=$MACHINE/usr/share/keyrings/debian-archive-keyring.gpg
ROOT=$CACHE/root-$(cksum <"${BASH_SOURCE[0]}" | cut -d' ' -f1)
INSIDE_MARK=/etc/bazelw-root

# Makes Debian of the packages above in $1: an empty directory, or - for a tar stream.
bootstrap() {
  local proxy="" options=()
  if type -P apt-config >/dev/null; then
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [[ -z $proxy ]] || options+=(--aptopt="Acquire::http::Proxy \"$proxy\"")
  fi
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then # the machine's own, for Java's trust store
    # shellcheck disable=SC2016 # mmdebstrap's shell expands it
    options+=(
      --setup-hook='mkdir -p "$1/usr/local/share" && cp -rL /usr/local/share/ca-certificates "$1/usr/local/share"'
    )
  fi
  TMPDIR=/var/tmp mmdebstrap --verbose --variant=essential --include="${PACKAGES[*]}" --keyring="$KEYRING" \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/lib/jvm/*/jmods/*' --dpkgopt='path-exclude=/usr/bin/qemu-*' \
    --dpkgopt='path-include=/usr/bin/qemu-aarch64' --dpkgopt='path-include=/usr/bin/qemu-x86_64' "${options[@]}" \
    "$SUITE" "$1" "deb $DEBIAN_MIRROR $SUITE main"
}

# Fills the empty directory $1.
build_root() {
  local root=$1 log=$CACHE/setup.log
  say "1/3 packages of Debian $SUITE from $DEBIAN_MIRROR"
  if [[ $EUID == 0 ]]; then
    bootstrap "$root" >"$log" 2>&1
  else # everything shall belong to the user, in whatever way mmdebstrap becomes root
    bootstrap - 2>"$log" | tar --extract --directory="$root" --exclude='./dev/*' --exclude='./var/*' 2>>"$log"
  fi || die "mmdebstrap failed; the end of $log is:" "$(tail -n 5 "$log")"

  say "2/3 Bazel's release label and settings"
  rm -f "$root"/etc/{localtime,resolv.conf} # links, where the machine's own files go
  sed -i '/^build /d' "$root/etc/bazel/bazelrc" # a deprecated flag, and the sandbox's debug output
  : >"$root$INSIDE_MARK"
  # Without a label Bazel takes itself for a development version, and bazel_features loads names that it lacks.
  (enter_root "$root" python3 -c '
import pathlib, sys, zipfile
base = pathlib.Path(sys.argv[1], "usr/share/bazel") # not at /usr, which is read-only
label = (base / "build-label.txt").read_text().strip()
with zipfile.ZipFile(base / "A-server.jar", "a") as jar:
    jar.writestr("build-data.properties", f"build.label={label}\n")
' "$root") 2>>"$log" || die "the new root does not start; the end of $log is:" "$(tail -n 5 "$log")"
}
