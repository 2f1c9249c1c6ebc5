"""The Django application of accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts of people."""

    name = "footproof.server.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
