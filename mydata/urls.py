"""Where my data answers."""

from django.urls import path

from rest.lazy_views import LazyViews

views = LazyViews("mydata.views")

urlpatterns = [path("api/mydata/erasure/", views.ErasureList, name="mydata-erasure")]
