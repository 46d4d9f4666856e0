from django.urls import path

from readiness.catalog import views

app_name = "catalog"
urlpatterns = [
    path("services/<slug:slug>/tokens/", views.tokens, name="tokens"),
    path("services/<slug:slug>/tokens/<int:pk>/revoke/", views.revoke_token, name="revoke-token"),
]
