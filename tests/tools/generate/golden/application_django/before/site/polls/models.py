from django.db import models

from accounts.models import Account
from common.text import slug


class Question(models.Model):
    text = models.CharField(max_length=200)
    author = models.ForeignKey(Account, on_delete=models.CASCADE)

    @property
    def slug(self):
        return slug(self.text)
