import os

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onesite.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line()
