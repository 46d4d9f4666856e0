from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "readiness.portfolio"
    label = "portfolio"
