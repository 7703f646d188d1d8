from django.urls import path

from accounts import views

urlpatterns = [path("<int:number>/", views.show, name="show")]
