from django.urls import path

from readiness.portfolio.history import views

app_name = "history"
urlpatterns = [
    path("history/", views.history, name="history"),
    path("history.csv", views.history_csv, name="history-csv"),
]
