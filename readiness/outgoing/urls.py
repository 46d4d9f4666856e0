from django.urls import path

from readiness.outgoing.views import issues, receivers

app_name = "outgoing"
urlpatterns = [
    path("gaps/<int:gap_id>/issue/", issues.issue, name="issue"),
    path("settings/outgoing/", receivers.receivers, name="receivers"),
    path("settings/outgoing/new/<slug:kind>/", receivers.add, name="add"),
    path("settings/outgoing/<int:pk>/", receivers.receiver, name="receiver"),
    path("settings/outgoing/<int:pk>/test/", receivers.test, name="test"),
    path("settings/outgoing/<int:pk>/new-secret/", receivers.renew_secret, name="renew-secret"),
    path("settings/outgoing/<int:pk>/switch/", receivers.switch, name="switch"),
    path("settings/outgoing/<int:pk>/remove/", receivers.remove, name="remove"),
    path("settings/outgoing/deliveries/<int:pk>/", receivers.delivery, name="delivery"),
    path("settings/outgoing/deliveries/<int:pk>/again/", receivers.send_again, name="send-again"),
]
