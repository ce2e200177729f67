"""The resource: what OpenTelemetry says of the process that telemetry comes from."""

from __future__ import annotations

from uuid import uuid4

from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource


def make_resource(service: str | None) -> Resource:
    """Return the resource of this process.

    Args:
        service: The service's name as Foundation's lines have it; None leaves it to
            OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, which give the other attributes, too.
    """
    return Resource.create({SERVICE_NAME: service} if service else {})


def make_own_instance(resource: Resource) -> Resource:
    """Return the resource of a child process: another instance of the same service."""
    if SERVICE_INSTANCE_ID not in resource.attributes:
        return resource
    return resource.merge(Resource({SERVICE_INSTANCE_ID: str(uuid4())}))
