def lower(value): return value
