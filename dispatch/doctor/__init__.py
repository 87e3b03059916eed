"""Checks everything that a dispatch needs, and says what to do about what is wrong."""

from dispatch.doctor.examination import examine
from dispatch.doctor.findings import Finding, as_json, as_table, failures
from dispatch.doctor.tenant_trial import try_tenant, warning

__all__ = [
    "Finding",
    "as_json",
    "as_table",
    "examine",
    "failures",
    "try_tenant",
    "warning",
]
