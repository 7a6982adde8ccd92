"""The local stage: an embedded AWS, `runserver` on top of it, and pages that show what happens inside.

Installed only when STAGE is "local"; nothing here is packaged for AWS.
"""
