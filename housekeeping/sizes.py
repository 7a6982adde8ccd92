"""How large the tables are, as DynamoDB counts them every six hours."""

from django.conf import settings

from dynamo.connection import shared
from dynamo.models import table
from housekeeping.turns import Position, Turn
from serverless.events import Context

# Tables that no service owns: infra/data.yaml makes them.
SHARED = ("counters", "sessions", "changes")


def look(position: Position, context: Context | None) -> Turn:
    """Rows and bytes of each table. One request for each. Raises DynamoError."""
    tables = {}
    for name in sorted({*SHARED, *(each for service in settings.DECLARATIONS for each in service.tables)}):
        described = shared().dispatch("DescribeTable", {"TableName": table(name)})["Table"]
        tables[name] = [int(described.get("ItemCount", 0)), int(described.get("TableSizeBytes", 0))]
    return Turn(numbers={"tables": tables})
