"""Source distributions in a lock: what they require, what builds them, and whether that takes a compiler."""
