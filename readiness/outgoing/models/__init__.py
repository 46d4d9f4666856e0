"""Who is told, what was sent to them, and up to where the history was read for it."""

from readiness.outgoing.models.webhooks import Delivery, DeliveryStatus, Heard, Receiver, ReceiverKind

__all__ = ["Delivery", "DeliveryStatus", "Heard", "Receiver", "ReceiverKind"]
