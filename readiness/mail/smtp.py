"""Django's way to an SMTP server, which also says how far a mail had come when the connection broke."""

from smtplib import SMTP, SMTP_SSL, SMTPDataError, SMTPServerDisconnected

from django.core.mail.backends.smtp import EmailBackend as DjangoBackend


class BrokeOff(SMTPServerDisconnected):
    """The mail itself was on its way: whether the server took it nobody knows."""


class Plain(SMTP):
    def data(self, msg: bytes | bytearray | str) -> tuple[int, bytes]:  # type: ignore[override]  # a str comes too
        try:
            return super().data(msg)
        except SMTPDataError:
            raise
        except OSError as error:
            raise BrokeOff(str(error)) from error


class Encrypted(Plain, SMTP_SSL):
    pass


class EmailBackend(DjangoBackend):
    @property
    def connection_class(self) -> type[SMTP]:
        return Encrypted if self.use_ssl else Plain
