"""Running programs in an unpacked image or a builder's root, by bubblewrap."""
