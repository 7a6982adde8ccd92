"""Where my data answers."""

from django.urls import path

from mydata.views import ErasureList

urlpatterns = [path("api/mydata/erasure/", ErasureList.as_view(), name="mydata-erasure")]
