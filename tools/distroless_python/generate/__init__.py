"""BUILD files from Python sources: `python -m distroless_python.generate.main`."""
