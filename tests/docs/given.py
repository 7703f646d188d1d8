"""What documents take as given: the reader has it already."""

from __future__ import annotations

SITE = {
    "manage.py": """
import os, sys
from django.core.management import execute_from_command_line
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
execute_from_command_line(sys.argv)
""",
    "mysite/__init__.py": "",
    "mysite/settings.py": """
SECRET_KEY = "of a test"
DEBUG = True
ALLOWED_HOSTS = []
ROOT_URLCONF = "mysite.urls"
WSGI_APPLICATION = "mysite.wsgi.application"
INSTALLED_APPS = []
""",
    "mysite/urls.py": """
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse("served"))]
""",
    "mysite/wsgi.py": """
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
application = get_wsgi_application()
""",
}
"""What `django-admin startproject mysite` makes, in short."""


GIVEN = {
    "README.md": {
        "BUILD.bazel": "",
        "requirements.in": "django\ngunicorn\n",
        **{f"mysite/{path}": content for path, content in SITE.items()},
    },
}
"""Document to the files, path to content."""
