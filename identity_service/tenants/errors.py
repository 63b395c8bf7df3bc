"""What can go wrong with tenants and keys. Each reason stands in `protos/identity/v1/error_reason.proto`."""

from identity_service.errors import AlreadyExists, FailedPrecondition, NotFound, Unauthenticated


class CallerUnauthenticated(Unauthenticated):
    """The caller sent no key, or one that is malformed, unknown, expired or revoked: it cannot tell which."""

    reason = "CALLER_UNAUTHENTICATED"
    message = "This call needs an API key that is valid, as `authorization: Bearer idsk_…`."


class ApiKeyNotFound(NotFound):
    """No such key in this tenant."""

    reason = "API_KEY_NOT_FOUND"
    message = "There is no such API key."


class ApiKeyNotActive(FailedPrecondition):
    """The key is revoked or expired, or was rotated to another."""

    reason = "API_KEY_NOT_ACTIVE"
    message = "This API key is revoked, expired, or was rotated to another already."


class TenantNotFound(NotFound):
    """No such tenant."""

    reason = "TENANT_NOT_FOUND"
    message = "There is no such tenant."


class TenantExists(AlreadyExists):
    """A tenant has that id."""

    reason = "TENANT_EXISTS"
    message = "There is a tenant with this id already."
