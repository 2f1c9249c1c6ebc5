"""Addresses of the pages."""

from django.urls import URLPattern, URLResolver, path

from footproof.server.accounts import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", views.home),
    path("accounts/style.css", views.style),
    path("accounts/sign-in", views.sign_in),
    path("accounts/sign-in/code", views.code),
    path("accounts/sign-in/enrol", views.enrol),
    path("accounts/sign-out", views.sign_out),
    path("accounts/invitation", views.invitation),
    path("accounts/invitation/<str:secret>", views.invitation_link),
    path("accounts/sessions/end", views.sessions_end),
    path("accounts/tokens", views.token_make),
    path("accounts/tokens/end", views.token_end),
    path("accounts/identities/end", views.identity_end),
    path("accounts/password", views.password),
    path("accounts/language", views.language_set),
    path("accounts/oidc/<str:name>", views.provider),
    path("accounts/oidc/<str:name>/back", views.provider_back),
]
