"""What is checked in an image: one module a subject."""
