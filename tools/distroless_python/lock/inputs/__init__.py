"""What a wheel lock is made from: requirements files, uv.lock, pylock.toml. Each reader gives the same pins."""
