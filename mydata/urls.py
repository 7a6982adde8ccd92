"""Where my data answers."""

from django.urls import path

from mydata.views import ErasureList, ExportView

urlpatterns = [
    path("api/mydata/erasure/", ErasureList.as_view(), name="mydata-erasure"),
    path("api/mydata/export/", ExportView.as_view(), name="mydata-export"),
]
