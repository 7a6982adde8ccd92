"""Who may use the admin: people of Cognito, signed in on its hosted page, kept in no table of ours.

An app of its own, since a process without the admin must not load django.contrib.auth and its models.
"""
