"""Where my data answers."""

from django.urls import path

from mydata.views import ErasureList, ExportView, ImportStart, ImportView

urlpatterns = [
    path("api/mydata/erasure/", ErasureList.as_view(), name="mydata-erasure"),
    path("api/mydata/export/", ExportView.as_view(), name="mydata-export"),
    path("api/mydata/import/", ImportView.as_view(), name="mydata-import"),
    path("api/mydata/import/start/", ImportStart.as_view(), name="mydata-import-start"),
]
