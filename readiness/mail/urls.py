from django.urls import path

from readiness.mail import views

app_name = "mail"
urlpatterns = [
    path("settings/mail/", views.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("unsubscribe/<str:token>/undo/", views.subscribe_again, name="subscribe-again"),
]
