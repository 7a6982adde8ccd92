"""Reminders: one schedule for each, made, moved and deleted as to-dos change; sent by Web Push and by mail."""
