"""Content types without their table: the admin asks for one wherever it names a model.

Django keeps them in a cache that it fills from SQL. Which there are is known when the apps are loaded, so the cache is
filled here, and nothing is ever asked of a database.
"""

import zlib
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.signals import class_prepared


def content_type(label: str) -> ContentType:
    """The content type of "app.model": the same number in every process."""
    app_label, _, model = label.partition(".")
    return ContentType(id=zlib.crc32(label.encode()), app_label=app_label, model=model)


def remember_all() -> None:
    """Fill Django's cache, now and for models that are made later, as those in an app's admin.py are."""
    for model in apps.get_models(include_auto_created=True):
        _remember(model)
    class_prepared.connect(_remember, dispatch_uid="dynamo.admin.content_types")


def _remember(sender: type[models.Model], **_: object) -> None:
    manager: Any = ContentType.objects
    manager._add_to_cache(DEFAULT_DB_ALIAS, content_type(sender._meta.label_lower))


def model_of(number: object) -> Any:
    """The model of a content type's number, or None."""
    models_by_number = {str(content_type(model._meta.label_lower).pk): model for model in apps.get_models()}
    return models_by_number.get(str(number))
