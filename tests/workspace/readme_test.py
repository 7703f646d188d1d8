"""What README says is taken literally: its fenced blocks make a workspace whose image serves a page."""

from __future__ import annotations

import re
import shutil

from nested import Nested

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

OURS = re.compile(r"^(bazel_dep|distroless = |distroless\.base\(name = \"python3_debian13\").*\n", re.M)
"""Lines of README's MODULE.bazel that this workspace has already."""


def test_the_readme_serves_a_page(nested: Nested) -> None:
    readme = (nested.root / "README.md").read_text(encoding="utf-8")
    module, build = re.findall(r"^```starlark\n(.*?)^```$", readme, re.M | re.S)[:2]
    assert len(OURS.findall(module)) == 4, module
    with (nested.root / "MODULE.bazel").open("a", encoding="utf-8") as stream:
        stream.write(OURS.sub("", module).replace(', "python3_debian13"', ""))
    shutil.copyfile(nested.root / "examples/django/wheels.lock.json", nested.root / "wheels.lock.json")
    with (nested.root / "BUILD.bazel").open("a", encoding="utf-8") as stream:
        stream.write('\nexports_files(["wheels.lock.json"])\n')
    for path, content in SITE.items():
        place = nested.root / "mysite" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")
    (nested.root / "mysite/BUILD.bazel").write_text(build, encoding="utf-8")

    tested = nested.bazel("test", "--noshow_progress", "--test_output=all", "//mysite:image_starts")
    assert "GET / on port 8000: HTTP/1.1 200 OK" in tested.stdout + tested.stderr
    nested.bazel("build", "--noshow_progress", "//mysite:all", "//mysite:image.run", "//mysite:image.digest")
