"""ENGINE = "dynamo.nosql": a database engine with no database behind it."""
