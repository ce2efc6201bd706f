"""One number in two places."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """What is compared: our value with its source, theirs with theirs."""

    key: str
    """`aws-lambda.function.timeout_s_max`: where ours stands."""
    ours: object
    our_source: str
    theirs: object
    their_source: str

    @property
    def agrees(self):
        """Whether both say the same; whole numbers and those with `.0` are equal."""
        return self.ours == self.theirs
