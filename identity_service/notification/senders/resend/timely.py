"""urllib3's connections, on which a whole answer has to arrive in time."""

from urllib3.connection import HTTPConnection, HTTPSConnection

from identity_service.timely_http import TimelyResponse


class TimelyConnection(HTTPConnection):
    """In the clear."""

    response_class = TimelyResponse


class TimelyHttpsConnection(HTTPSConnection):
    """With TLS."""

    response_class = TimelyResponse
