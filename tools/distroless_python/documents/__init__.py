"""The files between actions, and locks: one class each that reads, checks the format and writes."""
