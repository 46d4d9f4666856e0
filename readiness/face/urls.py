"""Only routed when DEBUG is on: see readiness/urls.py."""

from django.urls import path

from readiness.face import views

app_name = "face"
urlpatterns = [path("styleguide/", views.styleguide, name="styleguide")]
