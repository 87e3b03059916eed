"""Pureservice's REST API: tickets, mailing lists, notes, files."""

from dispatch.adapters.pureservice.tickets import Pureservice

__all__ = ["Pureservice"]
