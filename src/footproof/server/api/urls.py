"""Addresses of the interface."""

from django.urls import URLPattern, URLResolver, path

from footproof.server.api.interface import build

API = build()
urlpatterns: list[URLPattern | URLResolver] = [path("api/v1/", API.urls)]
