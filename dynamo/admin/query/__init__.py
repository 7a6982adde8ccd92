"""Querysets over DynamoDB: what one Query, or a few keys, can answer."""
