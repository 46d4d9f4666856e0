from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "readiness.catalog"
    label = "catalog"
