"""The only way out to an address that a person typed: checks, link probes and webhooks alike.

The address that is judged is the address that is dialled, on every hop. What comes back is small and in time,
or a fault with a sentence; network trouble never raises.
"""

from readiness.egress.calls import Fault, Request, Response, Steps
from readiness.egress.client import Egress
from readiness.egress.policy import EgressPolicy

__all__ = ["Egress", "EgressPolicy", "Fault", "Request", "Response", "Steps"]
