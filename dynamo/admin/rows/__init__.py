"""Rows: the Django models that the admin sees of PynamoDB items."""

from dynamo.admin.rows.row import Part, Row

__all__ = ["Part", "Row"]
