"""Origins of greenhouse gases that ISO 14067 7.2 wants apart, in the order in which a sheet sums them."""

ORIGINS: tuple[str, ...] = (
    "fossil",
    "biogenic_emission",
    "biogenic_removal",
    "dluc",
    "land_use",
    "undifferentiated",
)
