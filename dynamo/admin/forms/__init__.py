"""The form of a row."""

from dynamo.admin.forms.row_form import RowForm

__all__ = ["RowForm"]
