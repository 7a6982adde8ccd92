"""The two apps of INSTALLED_APPS: "accounts.staff", and StaffAdminConfig in place of "django.contrib.admin"."""

from django.apps import AppConfig

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
