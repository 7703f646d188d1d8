"""What Starlark hands the actions: one dataclass a command."""
