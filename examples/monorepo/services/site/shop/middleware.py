"""What happens to every request."""

from collections.abc import Callable

from common.clock import now, stamp
from django.http import HttpRequest, HttpResponse


class ServedAt:
    """Says in a header when an answer was made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["X-Served-At"] = stamp(now())
        return response
