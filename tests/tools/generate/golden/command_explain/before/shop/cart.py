def later():
    from django.conf import settings
import django
