"""Addresses that Django answers; each area adds its own."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("footproof.server.accounts.urls")),
    path("", include("footproof.server.api.urls")),
]

handler400 = "footproof.server.api.middleware.bad_request"
handler404 = "footproof.server.api.middleware.not_found"
handler500 = "footproof.server.api.middleware.broken"
