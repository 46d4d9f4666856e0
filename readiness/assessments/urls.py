from django.urls import URLPattern, path

from readiness.assessments import views

app_name = "assessments"
urlpatterns: list[URLPattern] = [
    path("gaps/", views.gaps, name="gaps"),
    path("gaps/<int:gap_id>/", views.gap, name="gap"),
    path("waivers/", views.waivers, name="waivers"),
]
