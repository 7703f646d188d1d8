"""What every tool shares: errors, manifests and atomic writes."""
