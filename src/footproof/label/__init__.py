"""The mark on a product: the rounded footprint, the certificate number and a QR code to check both."""
