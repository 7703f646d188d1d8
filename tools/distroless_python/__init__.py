"""Tools of rules_distroless_python: layers, bases, images, locks and BUILD files."""
