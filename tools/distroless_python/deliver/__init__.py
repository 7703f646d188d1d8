"""What `bazel run` starts: into a container engine (load) or a registry (push)."""
