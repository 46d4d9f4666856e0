from django.urls import path

from readiness.mail.views import portfolio, preferences, returned, sent

app_name = "mail"
urlpatterns = [
    path("settings/mail/", preferences.preferences, name="preferences"),
    path("settings/mail/sent/", sent.sent, name="sent"),
    path("settings/mail/sent/<int:pk>/", sent.letter, name="letter"),
    path("settings/mail/sent/<int:pk>/html/", sent.letter_html, name="letter-html"),
    path("settings/mail/try-again/", returned.try_again, name="try-again"),
    path("settings/people/<int:pk>/try-mail-again/", returned.try_again_for, name="try-again-for"),
    path("unsubscribe/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
    path("unsubscribe/<str:token>/portfolio/", portfolio.unsubscribe, name="unsubscribe-portfolio"),
    path("unsubscribe/<str:token>/portfolio/undo/", portfolio.subscribe_again, name="subscribe-portfolio-again"),
    path("unsubscribe/<str:token>/undo/", preferences.subscribe_again, name="subscribe-again"),
]
