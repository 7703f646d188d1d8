"""What is in an image, for people and scanners: SBOMs, and where it comes from: provenance."""
