"""Addresses of the catalog."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="index"),
    path("products/<slug:slug>/", views.product, name="product"),
]
