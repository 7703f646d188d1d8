"""Libraries of others that actions use: `update.py` brings them, each with its licences."""
