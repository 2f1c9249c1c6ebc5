"""The interface over HTTP: every operation of certification, readings, uploads, tokens and webhooks, under /api/v1.

OpenAPI 3.1, RFC 9110, RFC 9457 (problems); OWASP API Security Top 10 (2023).
"""
