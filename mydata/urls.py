"""Where my data answers."""

from django.urls import path

from rest.lazy_views import LazyViews

views = LazyViews("mydata.views")

urlpatterns = [
    path("api/mydata/erasure/", views.ErasureList, name="mydata-erasure"),
    path("api/mydata/export/", views.ExportView, name="mydata-export"),
    path("api/mydata/import/", views.ImportView, name="mydata-import"),
    path("api/mydata/import/start/", views.ImportStart, name="mydata-import-start"),
]
