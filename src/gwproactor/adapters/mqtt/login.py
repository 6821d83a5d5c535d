"""What a node shows of itself at one broker, and how it recognises the broker."""

from collections.abc import Callable

import attrs

from gwproactor.adapters.mqtt.address import BrokerAddress
from gwproactor.adapters.mqtt.secret_file import Secret, read_secret
from gwproactor.adapters.mqtt.tls_files import TLSFiles, tls_context
from gwproactor.domain.outcome import Failure, Outcome, Success
from gwproactor.ports.link_transport import ConnectFailed


@attrs.frozen(kw_only=True)
class Login:
    """All of it is read at each connect, so that files may be replaced while the node runs.

    An empty `username` or `password` is not sent. `client_id` None: that of the address.
    """

    client_id: Callable[[], str] | None = None
    username: Secret = ""
    password: Secret = attrs.field(default="", repr=False)
    tls: TLSFiles | None = None

    def complete(self, address: BrokerAddress) -> Outcome[BrokerAddress, ConnectFailed]:
        """*address* with what was read. Blocks.

        Fails: ConnectFailed with cause "tls files" or "credentials"; `detail` names the file, and
        shows nothing from it.
        """
        username = read_secret(self.username)
        if isinstance(username, Failure):
            return Failure(ConnectFailed("credentials", str(username.failure())))
        password = read_secret(self.password)
        if isinstance(password, Failure):
            return Failure(ConnectFailed("credentials", str(password.failure())))
        context = address.ssl_context
        if self.tls is not None:
            made = tls_context(self.tls)
            if isinstance(made, Failure):
                return Failure(ConnectFailed("tls files", made.failure().text))
            context = made.unwrap()
        try:
            completed = attrs.evolve(
                address,
                client_id=self.client_id() if self.client_id else address.client_id,
                username=username.unwrap() or address.username,
                password=password.unwrap() or address.password,
                ssl_context=context,
            )
        except ValueError as error:  # too long; its text holds no value
            return Failure(ConnectFailed("credentials", str(error)))
        return Success(completed)
