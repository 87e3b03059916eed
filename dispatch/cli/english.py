"""What buttons refuse and what keeps a ticket from being sent, in English: both are Norwegian where they are found."""

from dispatch.cli.english_files import FILES
from dispatch.cli.english_merging import MERGING
from dispatch.cli.english_problems import PROBLEMS
from dispatch.cli.texts import Texts
from dispatch.core import Catalogue

_SENTENCES = Catalogue(
    {
        **PROBLEMS,
        **MERGING,
        **FILES,
        "Utsendelsen klargjøres, og ingenting er sendt ennå.": "The dispatch is being planned, and nothing has been sent yet.",
        "Utsendelsen er i gang.": "The dispatch is under way.",
        "Utsendelsen er stoppet.": "The dispatch is stopped.",
        "Alle mottakerne er behandlet, og rapporten er på vei.": "All recipients are handled, and the report is on its way.",
        "Utsendelsen er ferdig, og rapporten står i saken.": "The dispatch is done, and the report is in the ticket.",
        "Saken kunne ikke sendes ut.": "The ticket could not be dispatched.",
        "Et notat i saken sier hvorfor.": "A note in the ticket says why.",
        "Det er ingenting å stoppe.": "There is nothing to stop.",
        "Det er ingenting å godkjenne.": "There is nothing to approve.",
        "Utsendelsen venter på godkjenning, og kan ikke fortsette før en annen har godkjent den.": "The dispatch waits for approval, and can't go on before another person has approved it.",
        "Du kan ikke godkjenne en utsendelse som du selv har bedt om.": "You can't approve a dispatch that you asked for yourself.",
        "En annen må gjøre det.": "Another person must.",
        "Det finnes ingen slik utsendelse.": "There is no such dispatch.",
        "Du har ikke rollen som trengs for å godkjenne en utsendelse på statussiden.": "You don't have the role that approving on the status page needs.",
        "Bare en stoppet utsendelse kan fortsette.": "Only a stopped dispatch can go on.",
        "Utsendelsen ble endret samtidig, av deg selv eller av noen andre.": "You or somebody else changed the dispatch at the same time.",
        "Se hvordan den står nå før du prøver igjen.": "See how it stands now before you try again.",
        "Bare en utsendelse som er i gang eller stoppet, kan avsluttes.": "Only a dispatch under way or stopped can be ended.",
        "Utsendelsen endrer seg akkurat nå.": "The dispatch is changing right now.",
        "Vent et øyeblikk, og prøv igjen.": "Wait a moment, and try again.",
        "Bare en ferdig utsendelse kan slettes.": "Only a finished dispatch can be removed.",
        "Det finnes ingen utsendelse «{}».": "There is no dispatch «{}».",
        "Et svar gjennom eFormidling styres ikke av sakens status, og kan ikke stoppes eller fortsette.": "An answer through eFormidling is not steered by the ticket's status, and can't be stopped or go on.",
        "Statusen «{}» finnes ikke i Pureservice.": "The status «{}» does not exist in Pureservice.",
        "Be den som drifter løsningen om å rette oppsettet.": "Have whoever runs this fix the settings.",
        "Utsendelsen er ikke ferdig.": "The dispatch is not done.",
        "Bare en ferdig utsendelse kan sendes på nytt.": "Only a finished dispatch can be sent again.",
        "Med dem som er lagt til, blir det flere enn {} mottakere, som er grensen i oppsettet.": "With those added there are more than {} recipients, which is the limit in the settings.",
        "Ingen er lagt til i mottakerlistene eller mottakerfilen siden meldingen ble sendt ut.": "Nobody was added to the mailing lists or the recipients' file since the message was sent.",
        "Dette er en oppfølging: den går til dem som fikk den forrige meldingen, og kan ikke sendes til flere.": "This is a follow-up: it goes to those who got the last message, and can't be sent to others.",
        "Utsendelsen er ikke klar til å godkjennes ennå.": "The dispatch is not ready to be approved yet.",
        "Vent noen minutter, og prøv igjen.": "Wait some minutes, and try again.",
        "Opprett en ny sak for dem som er lagt til.": "Make a new ticket for those who were added.",
        "Bare en ferdig utsendelse kan sendes til flere.": "Only a finished dispatch can be sent to more.",
        "Ingen av dem som ikke fikk meldingen, kan nås nå.": "None of those who did not get the message can be reached now.",
        "Rett adressene først, i Pureservice eller i mottakerfilen.": "Fix the addresses first, in Pureservice or in the recipients' file.",
        "Mottakerne er slettet fordi lagringstiden er ute, og det kan ikke sendes til dem på nytt.": "The recipients are removed, since their time of keeping is over, and can't be sent to again.",
        "Saken har en annen utsendelse som er i gang.": "The ticket has another dispatch under way.",
        "Saken har en annen utsendelse som er stoppet.": "The ticket has another dispatch that is stopped.",
        "Saken fikk en annen utsendelse akkurat nå.": "The ticket got another dispatch right now.",
        "En sak kan bare ha én utsendelse i gang om gangen, for sakens status gjelder dem alle.": "A ticket can have one dispatch under way at a time, for its status holds for them all.",
        "Vent til den er ferdig, og prøv igjen.": "Wait until it is done, and try again.",
        "La den fortsette eller avslutt den først.": "Let it go on or end it first.",
        "Denne er klar til å sendes på nytt, men står stoppet: vent til den andre er ferdig, og velg så «Fortsett».": "This one is ready to be sent again, but stands stopped: wait until the other is done, then let it go on (resume).",
        "Saken er tatt ut av statusen den sendes fra, og utsendelsen stopper automatisk innen noen minutter.": "The ticket is taken out of the status that sends, and the dispatch stops automatically within some minutes.",
        "Saken er tatt ut av statusen den sendes fra, men det er usikkert om utsendelsen er avsluttet.": "The ticket is taken out of the status that sends, but whether the dispatch is ended is not known.",
        "Utsendelsen er stoppet for godt.": "The dispatch is stopped for good.",
        "Resten avsluttes automatisk innen noen minutter.": "The rest is ended automatically within some minutes.",
        "Noe kan være slettet, men ikke alt som skulle slettes.": "Some of it may be removed, but not all that should be.",
        "Slettingen er begynt, men det er usikkert om alt er slettet.": "The removal has begun, but whether all is removed is not known.",
        "Det er usikkert hvor langt det kom.": "How far it came is not known.",
        "Ingenting er sendt ennå.": "Nothing has been sent yet.",
        "Mottakere er lagt klare til ny sending, men det er usikkert om saken fikk statusen den sendes fra.": "Recipients are made ready to be sent to again, but whether the ticket got the status that sends is not known.",
        "Pureservice svarte ikke da saken skulle få statusen «{}», så det er usikkert om den fikk den.": "Pureservice did not answer when the ticket was to get the status «{}», so whether it got it is not known.",
        "Trykk på nytt for å fullføre.": "Give the command again to finish.",
        "Det som allerede er gjort, gjøres ikke om igjen.": "What is done already is not done again.",
        "Pureservice svarte ja, men saken fikk ikke statusen «{}».": "Pureservice said yes, but the ticket did not get the status «{}».",
        "Saken fikk trolig statusen «{}», men Pureservice svarte ikke da vi skulle se etter.": "The ticket probably got the status «{}», but Pureservice did not answer when we looked.",
        "Lagringen til Pureservice Utsendelse har flere ganger ikke svart da utsendelsen skulle klargjøres.": "The storage of Pureservice Utsendelse has several times not answered when the dispatch was to be planned.",
        "Utsendelsen ble stoppet, og er slettet fordi lagringstiden er ute.": "The dispatch was stopped, and is removed since its time of keeping is over.",
        "Saken har en utsendelse som er stoppet.": "The ticket has a dispatch that is stopped.",
        "Den ble startet med statusen «{}», og kan ikke fortsette med «{}».": "It was begun with the status «{}», and can't go on with «{}».",
        "Skal meldingen sendes på den andre måten, så avslutt den stoppede utsendelsen først: det gjøres på statussiden, eller av den som drifter løsningen.": "For the message to be sent the other way, end the stopped dispatch first: on the status page, or have whoever runs this do it.",
        "Skriv så meldingen på nytt.": "Then write the message anew.",
        "Meldingen er slettet etter lagringstiden.": "The message is removed, since its time of keeping is over.",
    }
)


def in_its_language(text: str, texts: Texts) -> str:
    """Sentences for a case worker as the terminal says them."""
    return text if texts.language == "nb" else _SENTENCES.translated(text)
