"""What Bazel starts: one module a command, and the table of commands."""
