from django.urls import include, path

urlpatterns = [path("", include(("pages.more_urls", "pages")))]
