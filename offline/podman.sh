#!/bin/sh
# The machine's podman, for `bazel run` by root in the private root: Podman needs the machine's own /usr and /etc.
exec nsenter --target 1 --mount --wd="$PWD" podman "$@"
