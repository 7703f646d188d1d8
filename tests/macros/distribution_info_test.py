"""py_distribution_info: the standard library finds the distribution, however its name is written."""

import unittest
from importlib import metadata


class DistributionInfoTest(unittest.TestCase):
    def test_it_is_found_by_its_name(self) -> None:
        assert metadata.version("acme-tool-x") == metadata.version("Acme.Tool-x") == "1.2"

    def test_its_entry_points_are_found(self) -> None:
        found = {point.name: point.value for point in metadata.entry_points(group="acme.plugins")}
        assert found == {"csv": "acme.csv:Csv", "json": "acme.json:Json"}
