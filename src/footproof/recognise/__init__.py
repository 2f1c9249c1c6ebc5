"""Recognition executed: from a certificate up to an arrangement, each edge judged at a day and as known on a day."""

from footproof.recognise.chain import EDGES, Both, Chain, Edge, EdgeName, Finding, Verdict, Word
from footproof.recognise.question import Question, Roots, read_roots, roots_json, thumbprint
from footproof.recognise.walk import walk, walk_both
from footproof.recognise.words import explain, problem, remedy, sentence

__all__ = [
    "EDGES",
    "Both",
    "Chain",
    "Edge",
    "EdgeName",
    "Finding",
    "Question",
    "Roots",
    "Verdict",
    "Word",
    "explain",
    "problem",
    "read_roots",
    "remedy",
    "roots_json",
    "sentence",
    "thumbprint",
    "walk",
    "walk_both",
]
