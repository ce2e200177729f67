"""The resource: what OpenTelemetry says of the process that telemetry comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from opentelemetry.sdk.resources import (
    DEPLOYMENT_ENVIRONMENT,
    HOST_NAME,
    PROCESS_PID,
    SERVICE_INSTANCE_ID,
    SERVICE_NAME,
    SERVICE_VERSION,
    Resource,
)

#: The attributes of what lines have alike; the configuration's own fields keep their names.
ATTRIBUTES = {
    "service": SERVICE_NAME,
    "service_version": SERVICE_VERSION,
    "environment": f"{DEPLOYMENT_ENVIRONMENT}.name",
    "host": HOST_NAME,
    "pid": PROCESS_PID,
}


def make_resource(constants: Mapping[str, Any]) -> Resource:
    """Return the resource of this process.

    Args:
        constants: What all of Foundation's lines have alike. OTEL_SERVICE_NAME and
            OTEL_RESOURCE_ATTRIBUTES say the rest.
    """
    attributes = {ATTRIBUTES.get(key, key): _value(value) for key, value in constants.items()}
    return Resource.create(attributes)


def make_own_instance(resource: Resource) -> Resource:
    """Return the resource of a child process: another instance of the same service."""
    own: dict[str, Any] = {}
    if SERVICE_INSTANCE_ID in resource.attributes:
        own[SERVICE_INSTANCE_ID] = str(uuid4())
    if PROCESS_PID in resource.attributes:
        own[PROCESS_PID] = os.getpid()
    return resource.merge(Resource(own)) if own else resource


def _value(value: Any) -> str | bool | int | float:
    """Return plain data as an attribute of a resource, which has no mappings."""
    return value if isinstance(value, str | bool | int | float) else json.dumps(value)
