"""The two apps of INSTALLED_APPS: "accounts.staff", and StaffAdminConfig in place of "django.contrib.admin"."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig

from dynamo.admin.apps import RowAdminConfig


class StaffConfig(AppConfig):
    """The user model, pages and commands."""

    name = "accounts.staff"
    label = "staff"
    default = True


class StaffAdminConfig(RowAdminConfig):
    """The admin of rows, behind Cognito."""

    default_site = "accounts.staff.sites.StaffSite"
    default = False

    def ready(self) -> None:
        """Loads each app's admin; in Lambda that waits for the first request to /admin/, and the API starts sooner."""
        if settings.ADMIN_ON_DEMAND:
            SimpleAdminConfig.ready(self)
        else:
            super().ready()
