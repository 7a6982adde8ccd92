"""A project with the sample app and its admin, as the README describes one."""

import os

SECRET_KEY = "tests" * 10
ALLOWED_HOSTS = ["testserver"]
USE_TZ = True
USE_I18N = False
APPEND_SLASH = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "dynamo.admin",
    "dynamo.admin.apps.RowAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "dynamo.tests.sample",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "dynamo.tests.sample.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
DATABASES = {"default": {"ENGINE": "dynamo.nosql"}}
DYNAMO = {
    "TABLE_PREFIX": "tests-",
    "REGION": "us-east-1",
    "ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
    "TRANSPORT": os.environ.get("DYNAMO_TRANSPORT", "fast"),
    "SIGN": "dynamo.tests.signing.sign",
}
SESSION_ENGINE = "dynamo.sessions"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
MIGRATION_MODULES = {"admin": None, "auth": None, "contenttypes": None, "sessions": None}
AUTH_USER_MODEL = "sample.Person"
AUTHENTICATION_BACKENDS = ["dynamo.tests.sample.people.Backend"]
GROUP_PERMISSIONS = {
    "viewers": {"sample.view_article"},
    "editors": {"sample.view_article", "sample.add_article", "sample.change_article"},
    "publishers": {f"sample.{verb}_article" for verb in ("view", "add", "change", "delete", "publish")},
}
