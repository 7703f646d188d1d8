"""Addresses of orders."""

from django.urls import path

from orders import views

urlpatterns = [path("<int:number>/", views.show, name="show")]
