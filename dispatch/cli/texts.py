"""What the commands say, in Norwegian and English. Reasons and refusals come from where they are made."""

from dispatch.cli.state_texts import STATES
from dispatch.cli.trial_texts import TRIAL
from dispatch.core import Language

SAID: dict[str, tuple[str, str]] = {  # nb, en
    **STATES,
    **TRIAL,
    "app": ("Pureservice Utsendelse", "Pureservice Utsendelse: mass dispatch from Pureservice"),
    "exit_codes": (
        "Sluttkoder: 0 i orden · 1 noe må rettes, eller tilstanden tillater det ikke · 2 feil bruk, eller ukjent sak "
        "eller utsendelse · 3 Pureservice eller lageret svarer ikke · 4 oppsettet mangler noe · 5 feil i programmet",
        "Exit codes: 0 all is well · 1 something must be fixed, or the state does not allow it · 2 wrong use, or an "
        "unknown ticket or dispatch · 3 Pureservice or the storage can't be reached · 4 settings are missing or wrong "
        "· 5 a fault of the program",
    ),
    # --- help
    "doctor": (
        "Undersøker alt som en utsendelse trenger.\n\n\b\nEksempler:\n  python -m dispatch doctor"
        "\n  python -m dispatch doctor --settings test.settings.json --json"
        "\n  python -m dispatch doctor --try --zone Fordeling",
        "Checks everything that a dispatch needs.\n\n\b\nExamples:\n  python -m dispatch doctor"
        "\n  python -m dispatch doctor --settings test.settings.json --json"
        "\n  python -m dispatch doctor --try --zone Fordeling",
    ),
    "preview": (
        "Viser hvem som vil få meldingen, hvem som ikke får den og hvorfor, og når det blir ferdig. Endrer ingenting."
        "\n\n\b\nEksempler:\n  python -m dispatch preview 10234"
        "\n  python -m dispatch preview 10234 --recipient kari@etat.no --html melding.html",
        "Shows who would get the message, who would not and why, and when it would be done. Changes nothing."
        "\n\n\b\nExamples:\n  python -m dispatch preview 10234"
        "\n  python -m dispatch preview 10234 --recipient kari@etat.no --html letter.html",
    ),
    "status": (
        "Viser utsendelsene som er i gang og de siste som er ferdige, eller alt om én."
        "\n\n\b\nEksempler:\n  python -m dispatch status --watch\n  python -m dispatch status 9001-8001 --json",
        "Shows the dispatches under way and the latest finished ones, or all about one."
        "\n\n\b\nExamples:\n  python -m dispatch status --watch\n  python -m dispatch status 9001-8001 --json",
    ),
    "stop": (
        "Stopper en utsendelse ved å ta saken ut av statusen. Det som allerede er på vei, kan komme fram."
        "\n\n\b\nEksempel:\n  python -m dispatch stop 10234",
        "Stops a dispatch by taking its ticket out of the status. What is on its way may still arrive."
        "\n\n\b\nExample:\n  python -m dispatch stop 10234",
    ),
    "resume": (
        "Lar en stoppet utsendelse fortsette.\n\n\b\nEksempel:\n  python -m dispatch resume 9001-8001",
        "Lets a stopped dispatch go on.\n\n\b\nExample:\n  python -m dispatch resume 9001-8001",
    ),
    "retry": (
        "Sender på nytt til dem som ikke ble nådd i en ferdig utsendelse, og bare til dem."
        "\n\n\b\nEksempel:\n  python -m dispatch retry 9001-8001 --uncertain",
        "Sends again to those whom a finished dispatch did not reach, and only to them."
        "\n\n\b\nExample:\n  python -m dispatch retry 9001-8001 --uncertain",
    ),
    "resolve": (
        "Avslutter en utsendelse og ber om rapporten nå. De som ikke er begynt på, får ikke meldingen."
        "\n\n\b\nEksempel:\n  python -m dispatch resolve 9001-8001 --yes",
        "Ends a dispatch and asks for its report now. Those not begun with don't get the message."
        "\n\n\b\nExample:\n  python -m dispatch resolve 9001-8001 --yes",
    ),
    "purge": (
        "Sletter mottakere og innhold av én ferdig utsendelse, eller av alle som er eldre enn så mange dager."
        "\n\n\b\nEksempler:\n  python -m dispatch purge 9001-8001\n  python -m dispatch purge --older-than 90 --yes",
        "Removes recipients and content of one finished dispatch, or of all that are older than so many days."
        "\n\n\b\nExamples:\n  python -m dispatch purge 9001-8001\n  python -m dispatch purge --older-than 90 --yes",
    ),
    "export": (
        "Skriver alle mottakerne av en utsendelse som CSV, eller som JSON."
        "\n\n\b\nEksempel:\n  python -m dispatch export 9001-8001 --output mottakere.csv",
        "Writes all recipients of a dispatch as CSV, or as JSON."
        "\n\n\b\nExample:\n  python -m dispatch export 9001-8001 --output recipients.csv",
    ),
    "usage": ("Bruk:", "Usage:"),
    "usage_options": ("[VALG]", "[OPTIONS]"),
    "panel_arguments": ("Argumenter", "Arguments"),
    "panel_options": ("Valg", "Options"),
    "panel_commands": ("Kommandoer", "Commands"),
    "required": ("[må oppgis]", "[required]"),
    "default": ("[ellers: {}]", "[default: {}]"),
    "yes_or_no": ("[j/N]", "[y/N]"),
    "option_help": ("Vis denne hjelpen.", "Show this help."),
    "parser_help": ("«{command} --help» viser hvordan det brukes.", "«{command} --help» shows how it is used."),
    "option_json": ("Skriv JSON, for et annet program.", "Write JSON, for another program."),
    "option_settings": (
        "Fil med oppsettet; ellers miljøvariablene, og uten dem local.settings.json.",
        "File of the settings; else the environment, and without one local.settings.json.",
    ),
    "option_key": (
        "Sakens nummer, eller utsendelsen slik status viser den: 9001-8001.",
        "The ticket's number, or the dispatch as status shows it: 9001-8001.",
    ),
    "option_ticket": ("Sakens nummer, slik det vises i Pureservice.", "The ticket's number, as Pureservice shows it."),
    "option_recipient": (
        "Vis meldingen for mottakeren med denne e-postadressen eller dette organisasjonsnummeret.",
        "Show the letter for the recipient with this e-mail address or organisation number.",
    ),
    "option_html": ("Skriv meldingen til denne filen.", "Write the letter to this file."),
    "option_own": (
        "Forhåndsvis som én egen sak per mottaker, uansett sakens status.",
        "Preview as one ticket per recipient, whatever the ticket's status.",
    ),
    "option_watch": ("Følg med til ingenting er i gang lenger.", "Keep watching until nothing is under way."),
    "option_uncertain": (
        "Også til dem der det er usikkert om meldingen kom fram: de kan få den to ganger.",
        "Also to those of whom nothing can tell: they may get it twice.",
    ),
    "option_try": (
        "Prøv Pureservice med en egen sak: skriver, og rydder opp. Spør først.",
        "Try Pureservice with a ticket of its own: writes, and cleans up. Asks first.",
    ),
    "option_zone": ("Sonen som prøvesaken lages i.", "The zone that the trial's ticket is made in."),
    "option_yes": ("Ikke spør om bekreftelse.", "Don't ask for confirmation."),
    "option_older": ("Alle som ble ferdige for så mange dager siden.", "All that were finished so many days ago."),
    "option_output": ("Fil å skrive til, ellers terminalen.", "File to write to; else the terminal."),
    # --- answers
    "stopped": ("Utsendelsen {key} stoppes.", "Dispatch {key} is being stopped."),
    "resumed": (
        "Utsendelsen {key} fortsetter neste gang løsningen ser etter saker, vanligvis innen fem minutter.",
        "Dispatch {key} goes on when the timer runs next, usually within five minutes.",
    ),
    "added": (
        "Sender den samme meldingen til dem som er lagt til i mottakerlistene siden, og bare til dem."
        "\n\n\b\nEksempel:\n  python -m dispatch added 9001-8001",
        "Sends the same message to those who were put on the lists since, and only to them."
        "\n\n\b\nExample:\n  python -m dispatch added 9001-8001",
    ),
    "added_sent": ("Sender til {count} som er lagt til.", "Sending to {count} who were added."),
    "retried": ("Sender på nytt til {count} mottakere.", "Sending again to {count} recipients."),
    "to_approve": (
        "Klart for {count} mottakere. Så mange må to personer stå bak: det sendes når en annen har godkjent det.",
        "Ready for {count} recipients. So many want a second person: they are sent to when another has approved it.",
    ),
    "resolved": (
        "Utsendelsen {key} avsluttes: {unsent} får ikke meldingen, {unsettled} er usikre. Rapporten er på vei.",
        "Dispatch {key} is ended: {unsent} don't get the message, {unsettled} are uncertain. The report is on its way.",
    ),
    "held": (
        "Midt i sendingen: {held} av puljene. De avsluttes når de er ferdige, vanligvis innen fem minutter.",
        "Being sent right now: {held} of the batches. They are ended when they are done, usually within five minutes.",
    ),
    "purged": (
        "Mottakere og innhold er slettet. Antall utsendelser: {count}.",
        "Recipients and content are removed. Number of dispatches: {count}.",
    ),
    "purged_one": ("Mottakere og innhold av {key} er slettet.", "Recipients and content of {key} are removed."),
    "nothing_left": (
        "Mottakere og innhold av {key} er slettet fra før.",
        "Recipients and content of {key} were removed before.",
    ),
    "exported": ("Skrev {count} mottakere til {file}.", "Wrote {count} recipients to {file}."),
    "confirm_resolve": (
        "De som ikke er begynt på i {key}, får ikke meldingen. Avslutte?",
        "Those of {key} that are not begun with won't get the message. End it?",
    ),
    "confirm_purge": ("Dette kan ikke gjøres om. Slette?", "This can't be undone. Remove?"),
    "needs_yes": ("Legg til --yes for å bekrefte.", "Add --yes to confirm."),
    "one_of_both": ("Gi enten en utsendelse eller --older-than.", "Give either a dispatch or --older-than."),
    "no_such_key": ("Det finnes ingen utsendelse «{key}».", "There is no dispatch «{key}»."),
    "bad_key": (
        "«{key}» er verken et saksnummer (10234) eller en utsendelse (9001-8001); «status» viser dem.",
        "«{key}» is neither a ticket's number (10234) nor a dispatch (9001-8001); «status» shows them.",
    ),
    "no_such_ticket": ("Det finnes ingen sak med nummer {number}.", "There is no ticket with the number {number}."),
    "none_of_ticket": ("Saken {number} har ingen utsendelse.", "The ticket {number} has no dispatch."),
    "many_of_ticket": (
        "Saken {number} har flere utsendelser. Velg én: {keys}.",
        "The ticket {number} has more than one dispatch. Choose one: {keys}.",
    ),
    "no_such_recipient": ("«{recipient}» er ikke blant mottakerne.", "«{recipient}» is not among the recipients."),
    "no_letter": ("Det er ingen melding å skrive til fil.", "There is no letter to write to a file."),
    "file_failed": ("Kan ikke skrive {file}: {why}", "Can't write {file}: {why}"),
    "watch_json": ("--watch og --json kan ikke brukes sammen.", "--watch and --json can't be used together."),
    # --- faults
    "settings": ("Oppsettet kan ikke brukes:", "The settings can't be used:"),
    "pureservice": ("Pureservice svarer ikke som det skal: {why}", "Pureservice does not answer as it should: {why}"),
    "pureservice_key": (
        "Pureservice godtar ikke nøkkelen (PURESERVICE_APIKEY).",
        "Pureservice does not accept the key (PURESERVICE_APIKEY).",
    ),
    "storage": ("Lageret svarer ikke som det skal: {why}", "The storage does not answer as it should: {why}"),
    "slow": ("Lageret svarte ikke innen {seconds} sekunder.", "The storage did not answer within {seconds} seconds."),
    "changed": (
        "Utsendelsen ble endret samtidig, av deg selv eller av noen andre. Se hvordan den står nå før du prøver igjen.",
        "You or somebody else changed the dispatch at the same time. See how it stands now before you try again.",
    ),
    "our_fault": ("Noe gikk galt i programmet:", "Something went wrong in the program:"),
    # --- preview
    "must_fix": ("Må rettes først", "To be fixed first"),
    "to_send": ("Får meldingen", "Would get it"),
    "on_lists": ("Står på listene nå", "On the lists now"),
    "left_out": ("Følger ikke med", "Left out"),
    "skipped": ("Får den ikke", "Would not"),
    "duplicates": ("Dobbeltoppføringer tatt bort", "Doubles left out"),
    "lists": ("Mottakerlister", "Mailing lists"),
    "by_channel": ("Med {channel}", "By {channel}"),
    "detour": ("Ikke gjennom eFormidling", "Not through eFormidling"),
    "size": ("Størrelse", "Size"),
    "attachments": ("Vedlegg", "Attachments"),
    "done": ("Ferdig", "Done"),
    "done_at": ("ca. {finish} ({duration})", "about {finish} ({duration})"),
    "unpaced": ("så fort e-postsystemet tar imot", "as fast as the mail system takes it"),
    "soon": ("innen ett minutt", "within a minute"),
    "redirected": ("Alt går til", "Everything goes to"),
    "name": ("Navn", "Name"),
    "address": ("Adresse", "Address"),
    "why": ("Hvorfor", "Why"),
    "more": ("og {count} til", "and {count} more"),
    "letter_to": ("Til", "To"),
    "subject": ("Emne", "Subject"),
    "from": ("Fra", "From"),
    "answers": ("Svar går til", "Answers go to"),
    "would_not": ("{name} får den ikke: {why}", "{name} would not get it: {why}"),
    "nobody": ("ingen", "none"),
    # --- status
    "no_dispatches": ("Det er ingen utsendelser.", "There are no dispatches."),
    "head_key": ("Utsendelse", "Dispatch"),
    "head_ticket": ("Sak", "Ticket"),
    "head_subject": ("Emne", "Subject"),
    "head_state": ("Tilstand", "State"),
    "head_progress": ("Framdrift", "Progress"),
    "head_recipients": ("Behandlet", "Handled"),
    "head_missed": ("Ikke nådd", "Not reached"),
    "head_done": ("Ferdig", "Done"),
    "delivered": ("Levert", "Delivered"),
    "not_before": ("Sendes ikke før", "Not before"),
    "not_after": ("Sendes ikke etter", "Not after"),
    "returned": ("Kom i retur", "Returned"),
    "failed": ("Ikke levert", "Failed"),
    "not_tried": ("Ikke forsøkt", "Not tried"),
    "remaining": ("Gjenstår", "Remaining"),
    "about": ("ca. {finish}", "about {finish}"),
    "uncertain": ("Usikkert", "Uncertain"),
    "batches": ("Puljer", "Batches"),
    "removed": ("Slettet", "Removed"),
    "removed_what": ("Mottakere og innhold", "Recipients and content"),
    "see_export": (
        "Alle: python -m dispatch export {key}",
        "All of them: python -m dispatch export {key}",
    ),
    "written": ("Meldingen er skrevet til {file}.", "The letter is written to {file}."),
}


class Texts:
    """The texts in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._index = 0 if language == "nb" else 1

    def __call__(self, name: str, /, **values: object) -> str:
        """The text of that name, filled in."""
        text = SAID[name][self._index]
        return text.format(**values) if values else text
