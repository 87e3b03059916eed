"""What the commands call the states of a dispatch, in Norwegian and English."""

STATES: dict[str, tuple[str, str]] = {  # nb, en
    "state_planning": ("klargjøres", "planning"),
    "state_sending": ("sendes", "sending"),
    "state_stopped": ("stoppet", "stopped"),
    "state_going_on": ("settes i gang igjen, vanligvis innen fem minutter", "going on, usually within five minutes"),
    "state_ending": ("avsluttes", "being ended"),
    "state_resolving": ("rapporten skrives", "report being written"),
    "state_resolved": ("ferdig", "done"),
    "state_rejecting": ("avvises", "being rejected"),
    "state_rejected": ("avvist", "rejected"),
}
