"""Pictures as SVG: pure functions from exact figures to text, the same in pages, PDF and office documents.

Every picture names its unit, carries each figure it draws as an exact `data-value`, and says with hatching and
words what it says with colour, so that it survives a black-and-white printer.
"""

from footproof.report.pictures.boundary import BoundaryStage, boundary_row
from footproof.report.pictures.contributions import Contribution, contribution_bars
from footproof.report.pictures.quality import QualityRow, quality_grid
from footproof.report.pictures.sankey import Flow, Node, sankey
from footproof.report.pictures.stage_bars import StageBar, stage_bars
from footproof.report.pictures.svg import Picture
from footproof.report.pictures.tornado import Swing, tornado
from footproof.report.pictures.uncertainty import uncertainty_dots, uncertainty_interval
from footproof.report.pictures.waterfall import Step, waterfall

__all__ = [
    "BoundaryStage",
    "Contribution",
    "Flow",
    "Node",
    "Picture",
    "QualityRow",
    "StageBar",
    "Step",
    "Swing",
    "boundary_row",
    "contribution_bars",
    "quality_grid",
    "sankey",
    "stage_bars",
    "tornado",
    "uncertainty_dots",
    "uncertainty_interval",
    "waterfall",
]
