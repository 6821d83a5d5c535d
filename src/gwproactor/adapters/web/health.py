"""What a health check is answered: 200, or 503 with the reasons."""

from http import HTTPStatus
from typing import Final

from aiohttp.web import Response, json_response

from gwproactor.domain.status import Health

HEALTH_PATH: Final = "/healthz"


def health_response(health: Health) -> Response:
    """For load balancers and monitoring the status alone will do."""
    status = HTTPStatus.OK if health.is_healthy else HTTPStatus.SERVICE_UNAVAILABLE
    return json_response(
        {"healthy": health.is_healthy, "reasons": list(health.reasons)}, status=status
    )
