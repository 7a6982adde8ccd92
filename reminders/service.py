"""Reminders of to-dos: a user's subscriptions and settings, schedules, and what they send."""

from serverless.service import EventSource, PersonalRows, Service, Worker

SERVICE = Service(
    name="reminders",
    title="Reminders",
    urls="reminders.urls",
    api_index={"reminders": "/api/reminders/settings/"},
    sources=(
        EventSource(
            name="reminder-changes", handler="reminders.events.plan_reminders", failures="reminder-changes-failures"
        ),
        EventSource(name="due-reminders", handler="reminders.events.send_reminders", failures="due-reminders-failures"),
    ),
    workers=(
        Worker(name="reminders-collect", handler="reminders.events.collect_changes"),
        Worker(name="reminders-plan", handler="reminders.events.plan_reminders"),
        Worker(name="reminders-send", handler="reminders.events.send_reminders"),
    ),
    tables=("reminders",),
    personal_rows=(PersonalRows(table="reminders"),),
    personal_schedules=("reminders",),
    exports={"reminder_settings": "reminders.exports.settings", "reminder_browsers": "reminders.exports.browsers"},
    outputs={"DUE_REMINDERS_ARN": "DueRemindersArn", "SCHEDULER_ROLE_ARN": "SchedulerRoleArn"},
    throttles={"reminder_settings": (("user", 30, 3600),), "subscriptions": (("user", 60, 3600),)},
    private_paths=("/api/reminders/",),
    memory_mb=512,
    requirements=frozenset({"http-ece", "py-vapid", "tzdata"}),
    aws=frozenset({"scheduler", "sesv2"}),
)
