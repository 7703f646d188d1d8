from acme.web import views
