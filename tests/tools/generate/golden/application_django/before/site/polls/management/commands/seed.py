from django.core.management.base import BaseCommand

from accounts.models import Account
from polls.models import Question


class Command(BaseCommand):
    def handle(self, *args, **options):
        account = Account.objects.create(name="seed")
        Question.objects.create(text="What?", author=account)
        self.stdout.write("seeded")
