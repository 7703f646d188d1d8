"""An image in a registry is made again of what others published, and compared: `distroless-verify`."""
