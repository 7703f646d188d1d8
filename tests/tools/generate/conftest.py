"""The golden folders hold sources that are read, not run."""

from __future__ import annotations

collect_ignore_glob = ["golden/*"]
