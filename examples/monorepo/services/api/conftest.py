# `fastapi.testclient` imports it, and fastapi does not require it.
# gazelle:include_dep @monorepo_pypi//httpx
import pytest
from fastapi.testclient import TestClient
from main import app


@pytest.fixture
def client():
    with TestClient(app) as client:
        yield client
