"""The two apps of INSTALLED_APPS: "dynamo.admin", and this package's AdminConfig in place of "django.contrib.admin"."""

from django.apps import AppConfig
from django.contrib.admin import apps as stock


class RowsConfig(AppConfig):
    """Templates, checks and management commands. Its label is not "admin": that is Django's."""

    name = "dynamo.admin"
    label = "dynamo_admin"
    default = True

    def ready(self) -> None:
        from dynamo.admin import checks  # noqa: F401  # they register themselves
        from dynamo.admin.content_types import remember_all

        remember_all()


class RowAdminConfig(stock.AdminConfig):
    """django.contrib.admin, with the site for rows as `admin.site`."""

    default_site = "dynamo.admin.sites.RowAdminSite"
    default = False
