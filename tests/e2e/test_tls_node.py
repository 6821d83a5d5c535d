"""A whole node whose TLS files are wrong, and are mended while it runs; no secret gets out."""

from pathlib import Path

import pytest

from gwproactor import MQTTClient, ProactorContainer, StateName
from gwproactor.adapters.broker_process import mosquitto_program
from gwproactor.adapters.web.status_json import status_json
from gwproactor.domain.status import NodeStatus
from tests.support.lonely_node import lonely, stored_problems
from tests.support.tls_authority import DAY
from tests.support.tls_broker import TLSPlace

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(mosquitto_program() is None, reason="client certificates need mosquitto"),
]

KEY_PASSWORD = "secret-of-the-key"
PASSWORD = "secret-of-the-user"


def status_of(container: ProactorContainer) -> NodeStatus:
    return container.node_status().status()


async def test_a_node_tries_again_with_back_off_until_its_files_are_mended(tmp_path: Path) -> None:
    place = TLSPlace.below(tmp_path)
    node = place.authority.issue("node", since=-2 * DAY, until=-DAY)
    with place.broker(require_client_cert=True) as broker:
        client = MQTTClient.model_validate(
            {
                "host": "localhost",
                "tls": {
                    "port": broker.port,
                    "paths": {
                        "ca_cert_path": place.authority.path,
                        "cert_path": node.path,
                        "private_key_path": node.key_path,
                    },
                },
            }
        )
        async with lonely(client, tmp_path / "data") as (container, changes):
            attempts = container.core().brokers["local"].reconnect
            await changes.until(lambda: attempts.failures >= 2)
            (link,) = status_of(container).links
            words = "it refuses the certificate of this node, or misses one"
            assert link.no_broker == f"{words} (tls client certificate)"
            assert link.next_try_s is not None
            (problem,) = await stored_problems(container.event_store())
            assert f"cannot be reached: {words}" in problem

            node.key_path.unlink()
            failed = attempts.failures
            await changes.until(lambda: attempts.failures > failed)
            problem = (await stored_problems(container.event_store()))[-1]
            assert "the TLS files of this node cannot be used" in problem
            assert f"{node.key_path} does not exist" in problem

            place.authority.issue("node")
            state = container.link_publisher().link_state
            await changes.until(lambda: state("parent") is StateName.AWAITING_PEER)
            assert status_of(container).links[0].no_broker == ""


async def test_no_secret_is_in_log_events_status_or_texts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    place = TLSPlace.below(tmp_path)
    node = place.authority.issue("node", password="another password")
    with place.broker() as broker:
        client = MQTTClient.model_validate(
            {
                "host": "localhost",
                "username": "child",
                "password": PASSWORD,
                "tls": {
                    "port": broker.port,
                    "keyfile_password": KEY_PASSWORD,
                    "paths": {
                        "ca_cert_path": place.authority.path,
                        "cert_path": node.path,
                        "private_key_path": node.key_path,
                    },
                },
            }
        )
        async with lonely(client, tmp_path / "data") as (container, changes):
            attempts = container.core().brokers["local"].reconnect
            await changes.until(lambda: attempts.failures >= 2)
            (problem,) = await stored_problems(container.event_store())
            assert f"the password of {node.key_path} is another" in problem
            told = [problem, status_json(status_of(container), container.node_status().health())]
            place.authority.issue("node", password=KEY_PASSWORD)
            state = container.link_publisher().link_state
            await changes.until(lambda: state("parent") is StateName.AWAITING_PEER)
            settings = container.settings()
            told += [*caplog.messages, repr(settings), settings.model_dump_json()]
    assert not [text for text in told if KEY_PASSWORD in text or PASSWORD in text]
    assert "connected" in " ".join(caplog.messages)
