"""The page, which names its style sheet as the manifest has it."""

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import path


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(static("shop/style.css"))


urlpatterns = [path("", page)]
