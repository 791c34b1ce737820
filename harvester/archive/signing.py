"""Signatures: each commit signed with the operator's Ed25519 key, so that nobody else can have made it (RFC 8032).

Whoever holds the public key proves by one signature all that stands before it in the chain.
"""

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harvester.archive.commits import Signer
from harvester.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    from harvester.config import Settings

INSTALL: Final = "needs the extra `proof`: pip install 'news-harvester[proof]'"


def signer_of(settings: "Settings") -> Signer | None:
    """What signs commits, where `sign_key` is configured. Raises UsageError for a key that can't sign."""
    return None if settings.sign_key_file is None else signer(settings.sign_key_file)


def signer(file: Path) -> Signer:
    """Signs with the private key in a PEM file, which must have no password. Raises UsageError."""
    key = _private_key(file)
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")
    return lambda signed: (base64.b64encode(key.sign(signed)).decode("ascii"), public)


def public_key_of(file: Path) -> str:
    """The public key in a PEM file, of a public key or of a private one, as commits name it. Raises UsageError."""
    try:
        key = _public_key(file)
    except UsageError:
        key = _private_key(file).public_key()
    return base64.b64encode(key.public_bytes_raw()).decode("ascii")


def is_signed(signed: bytes, signature: str, public_key: str) -> bool:
    """Is this the key's signature of these bytes? Both in base64, as commits have them."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise UsageError(f"to check signatures {INSTALL}") from None
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _private_key(file: Path) -> "Ed25519PrivateKey":
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise UsageError(f"sign_key {INSTALL}") from None
    try:
        key = load_pem_private_key(_read(file), password=None)
    except TypeError:
        raise UsageError(f"{file}: the key has a password; runs need one without (file mode 600)") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{file}: is no private key in PEM; openssl genpkey -algorithm ed25519 makes one") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{file}: is not an Ed25519 key; openssl genpkey -algorithm ed25519 makes one")
    return key


def _public_key(file: Path) -> "Ed25519PublicKey":
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError:
        raise UsageError(f"to check signatures {INSTALL}") from None
    try:
        key = load_pem_public_key(_read(file))
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{file}: is no public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{file}: is not an Ed25519 key")
    return key


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: can't be read: {error.strerror}") from None
