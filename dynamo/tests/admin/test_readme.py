"""The README's model and its admin in 20 lines do what it says."""

import re
from pathlib import Path
from typing import Any

import pynamodb.attributes
import pynamodb.indexes
from django.contrib import admin

import dynamo
from dynamo.admin.checks import check_lists
from dynamo.admin.options import RowAdmin
from dynamo.admin.rows import Row
from dynamo.models import VersionedModel, table

README = Path(str(dynamo.__file__)).parent / "README.md"


def test_twenty_lines_are_a_model_and_its_admin() -> None:
    block = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[0]
    stored, seen = block.split("# blog/admin.py")
    assert len([line for line in block.splitlines() if line and not line.startswith("#")]) <= 25
    items = {**vars(pynamodb.attributes), **vars(pynamodb.indexes), "VersionedModel": VersionedModel, "table": table}
    exec(stored, items)
    models = type("models", (), {"Post": items["Post"]})
    names: dict[str, Any] = {"__name__": "dynamo.tests.sample.readme", "models": models, "admin": admin}
    exec(f"#{seen}", {**names, "Row": Row, "RowAdmin": RowAdmin, "STATUSES": [("draft", "Draft")]}, names)
    try:
        assert {field.name for field in names["Post"]._meta.fields} >= {"slug", "title", "status", "version"}
        assert {str(one.id) for one in check_lists() if "readme" in str(one.obj)} == {"dynamo.I001"}
    finally:
        admin.site.unregister(names["Post"])
