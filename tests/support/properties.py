"""Hypothesis on machines that have other things to do: slow examples are not failures."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
"""A decorator for property tests, and the parent of settings that say more."""
