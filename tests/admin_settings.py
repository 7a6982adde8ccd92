"""The project's settings with the admin of the sample app, for tests/dynamo/admin."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, SILENCED_SYSTEM_CHECKS, TEMPLATES

# The project's own admin and people make room for the sample's.
OTHERS = ("django.contrib.", "dynamo.admin", "accounts.staff")
INSTALLED_APPS = [
    *(name for name in INSTALLED_APPS if not name.startswith(OTHERS)),
    "django.contrib.staticfiles",
    "dynamo.admin",
    "dynamo.admin.apps.RowAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "tests.dynamo.sample",
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
ROOT_URLCONF = "tests.dynamo.sample.urls"
TEMPLATES[0]["OPTIONS"] = {
    "context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]
}
AUTH_USER_MODEL = "sample.Person"
AUTHENTICATION_BACKENDS = ["tests.dynamo.sample.people.Backend"]
SESSION_ENGINE = "dynamo.sessions"
SESSION_COOKIE_NAME = "sessionid"
CSRF_USE_SESSIONS = False
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
MIGRATION_MODULES = {"admin": None, "auth": None, "contenttypes": None, "sessions": None}
GROUP_PERMISSIONS = {
    "viewers": {"sample.view_article"},
    "editors": {"sample.view_article", "sample.add_article", "sample.change_article"},
    "publishers": {f"sample.{verb}_article" for verb in ("view", "add", "change", "delete", "publish")},
}
APPEND_SLASH = True
CSRF_USE_SESSIONS = False
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
# What a check has to tell is part of what is tested here.
SILENCED_SYSTEM_CHECKS = [check for check in SILENCED_SYSTEM_CHECKS if not check.startswith("dynamo.")]
