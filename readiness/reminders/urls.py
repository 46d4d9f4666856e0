from django.urls import path

from readiness.reminders import views

app_name = "reminders"
urlpatterns = [
    path("settings/mail/today/", views.today, name="today"),
    path("settings/mail/away/", views.away, name="away"),
    path("settings/mail/away/end/", views.come_back, name="come-back"),
]
