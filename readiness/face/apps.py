from django.apps import AppConfig


class FaceConfig(AppConfig):
    name = "readiness.face"
    label = "face"
    verbose_name = "Shared face"
