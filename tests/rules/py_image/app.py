"""An app, for analysis."""
