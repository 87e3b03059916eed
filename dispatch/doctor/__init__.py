"""Checks everything that a dispatch needs, and says what to do about what is wrong."""

from dispatch.doctor.causes import told
from dispatch.doctor.examination import examine, examining
from dispatch.doctor.findings import Finding, as_json, as_lines, as_table, failures, summary
from dispatch.doctor.tenant_trial import try_tenant, warning

__all__ = [
    "Finding",
    "as_json",
    "as_lines",
    "as_table",
    "examine",
    "examining",
    "failures",
    "summary",
    "told",
    "try_tenant",
    "warning",
]
