"""Frozen nouns of the field: studies, parameters, certificates. They decide nothing and import almost nothing."""
