"""Three jobs under any answers to the open questions, judged from outside."""

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.demo.government import organisation_numbers
from local.simulators.listening import Request
from local.simulators.pureservice import Row, seed
from local.simulators.pureservice.questions import QUESTIONS
from tests.stage import OWN_NUMBER, Stage, a_stage

BY_PURESERVICE = "own tickets by Pureservice"
JOBS = ("letters", "own tickets", "eformidling", BY_PURESERVICE)
FEW = 3
HOURS = 4.0  # of the stage's clock
AFTERWARDS = 3_600.0  # seconds in which Pureservice may still send what it was given
SENT = 4  # state of an e-mail row
NOBODY = {seed.DISPATCH_EMAIL, seed.DISPATCH_EF, seed.DISPATCH_EMAIL_121}
ORGANISATIONS = ("910000020", "910000039", "910000047")
MOST_FEW = 200  # recipients of a dispatch that is no large one
OUT_OF_USE = "avvikla@eksempel.example"  # on a list that nothing may be sent to
WAITS = "Utsendelsen står stille"  # the note's heading, while the dispatch goes on trying
FILE = "vedlegg æøå.pdf"
MEMBERS = {question.switch: question.members for question in QUESTIONS}
PER_MINUTE = {question.switch: question.per_minute for question in QUESTIONS if question.per_minute}


@dataclass(slots=True)
class Outcome:
    """How one job ended. ``fell`` has a sentence for everything that must not happen."""

    job: str
    answers: Mapping[str, Any]
    solved: bool = False
    told: bool = False  # words in the ticket, whatever they are in
    reached: int = 0
    expected: int = 0
    fell: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)  # that Pureservice got

    def __str__(self) -> str:
        return f"{self.job} under {dict(self.answers)}: {'; '.join(self.fell) or 'held'}"


async def run(job: str, answers: Mapping[str, Any], *, recipients: int = FEW, **given: str) -> Outcome:
    """One dispatch from a ready ticket to its end, to so many recipients at least; settings in upper case."""
    settings = {"MAIL_REPLYTO_ADDRESS": "post@etat.example", **given}
    if job == "eformidling":
        settings["WITH_EXCHANGE"] = "1"
    if job == BY_PURESERVICE:
        settings["PURESERVICE_121_SEND_VIA"] = "pureservice"
    async with a_stage(**settings) as stage:
        for switch, value in answers.items():
            setattr(stage.pureservice.switches, switch, value)
        stage.pureservice.requests_per_minute = min(
            (PER_MINUTE[switch] for switch in answers if switch in PER_MINUTE), default=None
        )
        members = max([recipients, *(MEMBERS[switch] for switch in answers)])
        ticket, expected = _seeded(stage, job, members)
        try:
            await stage.run(hours=HOURS)
        except Exception as error:  # noqa: BLE001 - whatever gets out of a trigger is a finding
            failed = f"{type(error).__name__} got out of a trigger: {error}"
            return Outcome(job, answers, fell=[failed])
        ended = _judged(stage, job, answers, ticket, expected)
        ended.requests = list(stage.pureservice.requests)
        return ended


def _seeded(stage: Stage, job: str, members: int) -> tuple[Row, set[str]]:
    store = stage.pureservice.store
    if job == "eformidling":
        # A few go by eFormidling and the rest by e-mail; of a large dispatch it is the other way round.
        several, members = (members, FEW) if members > MOST_FEW else (FEW, members)
        assert stage.exchange is not None
        numbers = [*ORGANISATIONS, *itertools.islice(organisation_numbers(), several - len(ORGANISATIONS))]
        for number in numbers[len(ORGANISATIONS) :]:
            stage.exchange.add_organisation(number, name=f"Kommune {number}", service="DPO")
        people = [seed.add_company(store, f"Kommune {number}", organization_number=number) for number in numbers]
        expected = set(numbers)
    else:
        people, expected = [], set()
    # A list may hold more people than the key may see; those are in nobody's count.
    hidden = store.hidden.setdefault("relationship", set())
    mailing_list = seed.add_list(store, "Listen", members=people)
    for n in range(members):
        if n % 3 == 2:
            unseen = seed.add_user(store, "Ukjent", f"Nr {n}", email=f"skjult{n}@eksempel.example")
            hidden.add(seed.add_member(store, mailing_list, unseen)["id"])
        address = f"nr{n}@eksempel.example"
        expected.add(address)
        seen = (
            seed.add_company(store, f"Firma {n}", email=address)
            if n % 2
            else seed.add_user(store, "Kari", f"Nr {n}", email=address)
        )
        seed.add_member(store, mailing_list, seen)
    status = seed.READY_121 if "own tickets" in job else seed.READY
    user = seed.EF_USER if job == "eformidling" else seed.MAIL_USER
    away = seed.add_user(store, "Ute", "Av Bruk", email=OUT_OF_USE)
    unused = seed.add_list(store, "En liste som ikke brukes mer", members=[away], status="Inaktiv")
    other = seed.add_ticket(store, "Til en liste som ikke brukes mer", user, status=status)
    seed.relate_list_to_ticket(store, unused, other)
    seed.add_dispatch_text(store, other, "<p>Hei.</p>")
    ticket = seed.add_ticket(store, "Høring om endring", user, status=status)
    seed.relate_list_to_ticket(store, mailing_list, ticket)
    seed.add_dispatch_text(store, ticket, "<p>Hei, dette er en høring.</p>")
    seed.add_attachment(store, ticket, FILE, b"%PDF-1.7 vedlegg", "application/pdf")
    return ticket, expected


def _judged(stage: Stage, job: str, answers: Mapping[str, Any], ticket: Row, expected: set[str]) -> Outcome:
    received = _received(stage)
    now = stage.pureservice.store.tickets[ticket["id"]]
    words = [*stage.notes_on(ticket), str(now.get("solution") or "")]
    end = Outcome(job, answers, solved=stage.status_of(ticket) == seed.SOLVED, told=any(words), reached=len(received))
    end.expected = len(expected)
    doubled = {who: times for who, times in received.items() if times > 1}
    if doubled:
        end.fell.append(f"{len(doubled)} got it more than once")
    if set(received) - expected:
        end.fell.append(f"{len(set(received) - expected)} got it who should not have")
    missed = expected - set(received)
    waits = not end.solved and any(f"{len(received)} av {len(expected)}" in text for text in words if WAITS in text)
    if missed and (end.solved or received) and not waits and not _names_the_missed(words, missed):
        end.fell.append(f"{len(missed)} of {len(expected)} did not get it, and nothing says so")
    if not end.solved and not end.told:
        end.fell.append("the ticket is neither solved nor told anything")
    if end.solved and not now.get("solution"):
        end.fell.append("solved without a report")
    if end.solved and not _files_are_found(stage, ticket, str(now["solution"])):
        end.fell.append("the report's files are nowhere")
    if end.reached and not end.solved and not waits and not any("mangler" in text.casefold() for text in words):
        end.fell.append("letters went, and nothing says what is lacking")
    return end


def _names_the_missed(words: list[str], missed: set[str]) -> bool:
    return all(any(who in text for text in words) for who in missed)


def _files_are_found(stage: Stage, ticket: Row, solution: str) -> bool:
    files = [name for name in stage.files_on(ticket) if name.startswith("utsendelse-")]
    return len(files) == 2 or "ligger i" in solution


def _received(stage: Stage) -> Counter[str]:
    received = stage.received()
    stage.clock.move(AFTERWARDS)
    stage.pureservice.send_what_is_due()
    emails = stage.pureservice.store.emails.values()
    received.update(email["to"] for email in emails if email["status"] == SENT and email["to"] not in NOBODY)
    if stage.exchange is not None:
        received.update(message.receiver for message in stage.exchange.messages.values() if message.sent)
    received.pop(OWN_NUMBER, None)
    return received
