"""What one call may cost, whatever the other side does. Its deadline is `Request.timeout`."""

MAX_BODY = 1 << 20  # bytes, decoded
MAX_HEADERS = 64 << 10  # bytes, of all header blocks and trailers of one hop
MAX_REDIRECTS = 3
MAX_CONNECT_SECONDS = 5.0  # name lookup, connection and TLS handshake; less when the deadline is nearer
