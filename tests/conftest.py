"""What all tests share: the report of the brokers that they run on."""

from tests.support.brokers import broker_names

# It prints a summary, which only plugins that are known from the start can.
pytest_plugins = ["tests.crash.plugin"]


def pytest_report_header() -> str:
    return f"MQTT brokers (GWP_TEST_BROKER): {', '.join(broker_names()) or 'none found'}"
