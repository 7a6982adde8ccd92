"""The two apps of INSTALLED_APPS: "dynamo.admin", and this package's AdminConfig in place of "django.contrib.admin"."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as stock


class RowsConfig(AppConfig):
    """Templates, checks and management commands. Its label is not "admin": that is Django's."""

    name = "dynamo.admin"
    label = "dynamo_admin"
    default = True

    def ready(self) -> None:
        from dynamo.admin.content_types import remember_all

        remember_all()
        if not getattr(settings, "ADMIN_ON_DEMAND", False):
            # Checks are for deployments; importing them would slow a cold start.
            from dynamo.admin.checks import register_all

            register_all()


class RowAdminConfig(stock.AdminConfig):
    """django.contrib.admin, with the site for rows as `admin.site`."""

    default_site = "dynamo.admin.sites.RowAdminSite"
    default = False
