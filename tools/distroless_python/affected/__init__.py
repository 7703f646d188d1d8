"""Which images a change touches."""
