"""The project's settings with an app that can't be imported, as while a file is half written."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.local.no_such_app"]
