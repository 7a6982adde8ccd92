"""The WSGI application: for gunicorn, granian and any container."""

import os

from django.core.wsgi import get_wsgi_application

from serverless.http import Request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
application.request_class = Request
