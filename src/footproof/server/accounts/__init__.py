"""People who sign in: accounts, second factors, invitations, sessions, and the record of who signed in.

NIST SP 800-63B (passwords, second factors, throttling); OWASP ASVS 5, chapters on authentication and sessions. What a
person may do stands in no table here: it follows from the person's record in `certify`, which an account only names.
"""
