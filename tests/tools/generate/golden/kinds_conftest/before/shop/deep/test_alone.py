# gazelle:include_pytest_conftest false
