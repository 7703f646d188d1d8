INSTALLED_APPS = ["blog"]
MIDDLEWARE = ["common.middleware.Timer"]
ROOT_URLCONF = "pages.urls"
WSGI_APPLICATION = "pages.wsgi.application"
CONTEXT_PROCESSORS = ["pages.context.user"]
