"""The form of a row."""

from dynamo.admin.forms.row_form import RowForm, time_html

__all__ = ["RowForm", "time_html"]
