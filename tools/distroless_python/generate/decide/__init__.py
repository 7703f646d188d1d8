"""Which targets, data and images a package has."""
