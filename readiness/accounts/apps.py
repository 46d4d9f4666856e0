from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "readiness.accounts"
    label = "accounts"
