"""What may let a letter reach another time whoever it did not reach, by the reason."""

from collections.abc import Mapping
from enum import StrEnum

from dispatch.core.states import Reason
from dispatch.core.tables import for_every


class Cure(StrEnum):
    """What may let the same letter reach the recipient another time."""

    TIME = "time"  # what failed may work by now
    ADDRESS = "address"  # only where it was corrected since
    WISH = "wish"  # only where a person wants those sent to again of whom nobody knows
    NOTHING = "nothing"


CURES: Mapping[Reason, Cure] = for_every(
    Reason,
    {
        Reason.NO_ADDRESS: Cure.ADDRESS,
        Reason.INVALID_ADDRESS: Cure.ADDRESS,
        Reason.LOCAL_ADDRESS: Cure.ADDRESS,
        Reason.DISABLED: Cure.ADDRESS,
        Reason.RECIPIENT_REFUSED: Cure.ADDRESS,
        Reason.ANONYMISED: Cure.NOTHING,
        Reason.MESSAGE_REFUSED: Cure.NOTHING,
        Reason.POLICY_REFUSED: Cure.TIME,
        Reason.TRANSPORTS_REFUSED: Cure.TIME,
        Reason.GAVE_UP: Cure.TIME,
        Reason.ABANDONED: Cure.TIME,
        Reason.EXPIRED: Cure.TIME,
        Reason.EF_UNREACHABLE: Cure.TIME,
        Reason.EF_FAILED: Cure.TIME,
        Reason.EF_EXPIRED: Cure.WISH,
        Reason.ENDED_BY_PERSON: Cure.TIME,
        Reason.ENDED_UNSETTLED: Cure.WISH,
        Reason.CASE_REFUSED: Cure.TIME,
        Reason.NOT_SENT_BY_PURESERVICE: Cure.TIME,
        Reason.NOTHING_CAN_TELL: Cure.WISH,
    },
)
# Whose outcome no second sending of the same letter changes.
FINAL = frozenset(reason for reason, cure in CURES.items() if cure is Cure.NOTHING)
