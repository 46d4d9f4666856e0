"""Who is told, what was sent to them, up to where the history was read for it; and the issues that were asked for."""

from readiness.outgoing.models.issues import Issue, IssueStatus
from readiness.outgoing.models.webhooks import Delivery, DeliveryStatus, Heard, Receiver, ReceiverKind

__all__ = ["Delivery", "DeliveryStatus", "Heard", "Issue", "IssueStatus", "Receiver", "ReceiverKind"]
