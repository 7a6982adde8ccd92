"""Software updates of apps and devices: signed manifests and files that CloudFront serves from S3, never a function.

Only commands live here, for whoever publishes. docs/updates.md is the protocol, docs/adr/0009-updates.md says why.
"""
