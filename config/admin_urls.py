"""The URLs under /admin/, beside all others. Loaded for the first request that goes there: no other pays for it."""

from django.contrib import admin
from django.urls import path

from config.urls import urlpatterns as site

admin.site.site_title = admin.site.site_header = "MyTodoList and MyBlog"
admin.site.index_title = "Content"

urlpatterns = [path("admin/", admin.site.urls), *site]

handler400 = "accounts.staff.views.bad_request"
handler403 = "accounts.staff.views.permission_denied"
handler404 = "accounts.staff.views.page_not_found"
handler500 = "accounts.staff.views.server_error"
