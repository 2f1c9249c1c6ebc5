"""A demonstration world of realistic size: invented bodies, makers and certificates, with faults of known truth."""
