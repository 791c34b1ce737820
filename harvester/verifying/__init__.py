"""Verifying: is everything in the archive that its commits name, byte for byte, and nothing else?"""

from harvester.verifying.findings import Finding, Problem, Verified
from harvester.verifying.verification import Asked, verify

__all__ = ["Asked", "Finding", "Problem", "Verified", "verify"]
