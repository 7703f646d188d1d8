"""A program that is changed in one line between two pushes."""

import django

print("Good morning from Django", django.get_version())
