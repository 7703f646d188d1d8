"""Images put together from layers: OCI layouts, indexes, docker-archives, and running one in a sandbox."""
