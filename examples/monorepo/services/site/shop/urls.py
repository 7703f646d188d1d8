"""Addresses of the site."""

from django.urls import include, path

urlpatterns = [
    path("", include("catalog.urls")),
    path("orders/", include(("orders.urls", "orders"))),
]
