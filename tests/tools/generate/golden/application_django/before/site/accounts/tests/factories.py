from accounts.models import Account


def make_account(name="someone"):
    return Account.objects.create(name=name)
