"""The project's settings with an app that can't be imported, as while a file is half written."""

from config import settings

globals().update({name: value for name, value in vars(settings).items() if name.isupper()})
INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.local.no_such_app"]
