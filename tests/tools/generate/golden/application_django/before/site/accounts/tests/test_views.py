import pytest

from accounts.tests.factories import make_account


@pytest.mark.django_db
def test_show(client):
    account = make_account()
    assert client.get(f"/accounts/{account.id}/").json() == {"name": "someone"}
