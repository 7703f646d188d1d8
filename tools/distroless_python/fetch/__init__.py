"""Helpers of repository rules, started by their path."""
