from django.db.models.signals import post_save

from .models import Question

CREATED = []
post_save.connect(lambda instance, **_: CREATED.append(instance.text), sender=Question, weak=False)
