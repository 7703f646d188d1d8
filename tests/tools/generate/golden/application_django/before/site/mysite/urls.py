from django.urls import include, path

urlpatterns = [
    path("polls/", include("polls.urls")),
    path("accounts/", include(("accounts.urls", "accounts"))),
]
