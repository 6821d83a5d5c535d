"""The contract of `Codec`, on every adapter."""

from typing_extensions import override

from gwproactor.adapters.codec import LinkCodec
from gwproactor.domain.namespace import MessageNamespace
from gwproactor.ports.codec import Codec
from gwproactor.testing.codec_contract import CodecContract


class TestLinkCodec(CodecContract):
    @override
    def codec(self, namespace: MessageNamespace) -> Codec:
        return LinkCodec(namespace)
