"""Pages of the local stage, under /_local/."""

from django.urls import path

from infra.local import views

app_name = "local"
urlpatterns = [
    path("", views.overview_page, name="overview"),
    path("links/", views.list_links, name="links"),
    path("mail/", views.mailbox_page, name="mailbox"),
    path("mail/<str:mail_id>/", views.mail_page, name="mail"),
    path("mail/<str:mail_id>/unsubscribe/", views.unsubscribe, name="unsubscribe"),
    path("events/", views.receive_event, name="events"),
    path("failures/<str:queue>/<str:message_id>/", views.try_again, name="try-again"),
]
