"""What libcurl's error numbers mean, said so that a person knows what to look at."""

import errno

import pycurl

from readiness.egress.calls import Fault, Request
from readiness.egress.limits import MAX_CONNECT_SECONDS
from readiness.egress.target import Target

_TLS_ERRORS = {
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CIPHER,
    pycurl.E_SSL_CACERT,
    pycurl.E_SSL_CACERT_BADFILE,
    pycurl.E_SSL_SHUTDOWN_FAILED,
    pycurl.E_SSL_CRL_BADFILE,
    pycurl.E_SSL_ISSUER_ERROR,
    pycurl.E_SSL_INVALIDCERTSTATUS,
}
# OpenSSL's X509_V_ERR_*; libcurl compares the host name itself, and tells by its message only.
_UNTRUSTED = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "comes from an authority that this application does not trust (a self-signed root)",
    20: "comes from an authority that this application does not trust",
    21: "comes from an authority that this application does not trust",
    23: "was revoked",
    62: "is not for this name",
}
_E_TOO_LARGE = 100  # pycurl has no name for it: libcurl's own limit on a header line
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM}
_NOT_HTTP = {pycurl.E_UNSUPPORTED_PROTOCOL, pycurl.E_FTP_WEIRD_SERVER_REPLY}


def explain(code: int, message: str, target: Target, curl: pycurl.Curl, request: Request) -> tuple[Fault, str]:
    """Return the fault and the sentence for a failed transfer."""
    place = target.place
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return Fault.TIMEOUT, _timeout(target, curl, request.timeout.total_seconds())
    if code == pycurl.E_COULDNT_RESOLVE_HOST:
        return Fault.NO_SUCH_HOST, f"The name {target.host} is not known: no address was found for it."
    if code == pycurl.E_COULDNT_CONNECT:
        return _no_connection(place, curl.getinfo(pycurl.OS_ERRNO))
    if code in _TLS_ERRORS:
        return Fault.TLS, _tls(code, message, target, curl.getinfo(pycurl.SSL_VERIFYRESULT))
    if code == pycurl.E_URL_MALFORMAT:
        return Fault.BAD_URL, f"The URL {target.url} cannot be read."
    if code == _E_TOO_LARGE:
        return Fault.TOO_LARGE, f"{place} sent headers that do not end."
    return Fault.BROKEN, f"{place} {_breakage(code, message)}"


def _timeout(target: Target, curl: pycurl.Curl, seconds: float) -> str:
    within = f"within {seconds:g} s"
    if curl.getinfo(pycurl.RESPONSE_CODE):
        return f"{target.place} began to answer but was not done {within}."
    if curl.getinfo(pycurl.REQUEST_SIZE):  # was sent; on a kept connection the times below stay 0
        return f"{target.place} accepted the connection but did not answer {within}."
    within = f"within {min(seconds, MAX_CONNECT_SECONDS):g} s"
    if not curl.getinfo(pycurl.NAMELOOKUP_TIME):
        return f"The name {target.host} could not be looked up {within}: the name server did not answer."
    if not curl.getinfo(pycurl.CONNECT_TIME):
        return f"{target.place} did not accept the connection {within}; a firewall may be dropping it."
    return f"{target.place} accepted the connection but did not complete the TLS handshake {within}."


def _no_connection(place: str, number: int) -> tuple[Fault, str]:
    if number in _UNREACHABLE:
        return Fault.REFUSED, f"{place} cannot be reached from here: there is no route to it, or a firewall says no."
    if number == errno.ETIMEDOUT:
        return Fault.TIMEOUT, f"{place} did not accept the connection; a firewall may be dropping it."
    return Fault.REFUSED, f"The connection to {place} was refused: nothing is listening there."


def _tls(code: int, message: str, target: Target, verified: int) -> str:
    if code == pycurl.E_SSL_CACERT_BADFILE:
        return f"This application's own list of certificate authorities cannot be read ({message})."
    if verified in _UNTRUSTED:
        return f"The certificate of {target.place} {_UNTRUSTED[verified]}."
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        if "subject name" in message:
            return f"The certificate of {target.place} is not for the name {target.host}."
        return f"The certificate of {target.place} was not accepted ({message})."
    return f"{target.place} made no TLS connection ({message}); it may speak plain HTTP, or only outdated TLS."


def _breakage(code: int, message: str) -> str:
    if code == pycurl.E_GOT_NOTHING:
        return "closed the connection without an answer."
    if code in _NOT_HTTP:
        return "answered with something that is not HTTP."
    if code == pycurl.E_PARTIAL_FILE:
        return "closed the connection before its answer was complete."
    if code == pycurl.E_BAD_CONTENT_ENCODING:
        return "sent a compressed body that cannot be unpacked."
    if code in {pycurl.E_RECV_ERROR, pycurl.E_SEND_ERROR}:
        return f"broke the connection off ({message})."
    return f"gave no proper answer ({message})."
