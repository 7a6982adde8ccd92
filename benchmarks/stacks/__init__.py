"""The product and its peers: each module has Lambda's `handler`, and the `stub` that answers as DynamoDB would."""
