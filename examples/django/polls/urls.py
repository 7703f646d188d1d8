"""Addresses of the polls application."""

from django.urls import path

from polls import views

urlpatterns = [
    path("", views.index),
    path("future", views.future),
]
