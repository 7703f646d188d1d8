"""What an import means."""
