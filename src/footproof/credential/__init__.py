"""A certificate as something that proves itself: W3C Verifiable Credentials 2.0, UNTP, JOSE, did:key."""
