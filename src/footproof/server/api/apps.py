"""The Django application of the interface."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Tokens, uploads, webhooks and remembered answers."""

    name = "footproof.server.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
