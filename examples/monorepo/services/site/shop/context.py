"""What every template knows."""

from django.http import HttpRequest


def name_of_the_shop(request: HttpRequest) -> dict[str, str]:
    return {"shop": "Corner shop"}
