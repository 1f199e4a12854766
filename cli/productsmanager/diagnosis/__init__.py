"""The checks of `pm doctor`. Each says what it found and, if that is wrong, what to do; none changes anything."""

from productsmanager.diagnosis.examination import examine
from productsmanager.diagnosis.finding import Finding, Limits, Severity

__all__ = ["Finding", "Limits", "Severity", "examine"]
