"""One study for each category, from which the texts of its certificates are taken."""

from datetime import date
from decimal import Decimal

from footproof.model.bilingual import Bilingual
from footproof.server.world.packages import Figures, Study


def sample_study(category: str) -> Study:
    """Return a study of a category with plain figures."""
    figures = Figures(
        product=Decimal(1),
        main=Decimal("1.5"),
        other=Decimal("0.25"),
        power=Decimal(2),
        fuel=Decimal(3),
        grid=Decimal("0.5"),
        grid_year=2024,
    )
    text = Bilingual("示例", "DEMO")
    return Study(category, figures, "DM-0", text, text, text, 2024, date(2025, 6, 1))
