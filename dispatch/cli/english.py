"""What the buttons refuse, in English: they say it in Norwegian, as the page does."""

from dispatch.core import Catalogue

REFUSALS = Catalogue(
    {
        "Utsendelsen er under planlegging, og ingenting er sendt ennå.": "The dispatch is being planned, and nothing has been sent yet.",
        "Utsendelsen er i gang.": "The dispatch is under way.",
        "Utsendelsen er stoppet.": "The dispatch is stopped.",
        "Alle mottakerne er behandlet, og rapporten er på vei.": "All recipients are handled, and the report is on its way.",
        "Utsendelsen er ferdig, og rapporten står i saken.": "The dispatch is done, and the report is in the ticket.",
        "Saken kunne ikke sendes ut.": "The ticket could not be dispatched.",
        "Et notat i saken sier hvorfor.": "A note in the ticket says why.",
        "Det er ingenting å stoppe.": "There is nothing to stop.",
        "Bare en stoppet utsendelse kan fortsette.": "Only a stopped dispatch can go on.",
        "Noen andre endret utsendelsen samtidig.": "Somebody else changed the dispatch at the same time.",
        "Se hvordan den står nå, og prøv igjen.": "See how it stands now, and try again.",
        "Bare en utsendelse som er i gang eller stoppet, kan avsluttes.": "Only a dispatch under way or stopped can be ended.",
        "Utsendelsen endrer seg akkurat nå.": "The dispatch is changing right now.",
        "Vent et øyeblikk, og prøv igjen.": "Wait a moment, and try again.",
        "Bare en ferdig utsendelse kan slettes.": "Only a finished dispatch can be removed.",
        "Det finnes ingen utsendelse «{}».": "There is no dispatch «{}».",
        "Et svar gjennom eFormidling styres ikke av sakens status, og kan ikke stoppes eller fortsette.": "An answer through eFormidling is not steered by the ticket's status, and can't be stopped or go on.",
        "Statusen «{}» finnes ikke i Pureservice.": "The status «{}» does not exist in Pureservice.",
        "Be den som drifter løsningen om å rette oppsettet.": "Have whoever runs this fix the settings.",
        "Utsendelsen er ikke ferdig.": "The dispatch is not done.",
        "Bare en ferdig utsendelse kan sendes på nytt til dem som feilet.": "Only a finished dispatch can be sent again to those that failed.",
        "Bare en ferdig utsendelse kan sendes på nytt.": "Only a finished dispatch can be sent again.",
        "Bare en ferdig utsendelse kan sendes til flere.": "Only a finished dispatch can be sent to more.",
        "Ingen av dem som feilet, kan sendes til på nytt.": "None of those that failed can be sent to again.",
        "Ingen av dem som ikke fikk meldingen, kan nås nå.": "None of those who did not get the message can be reached now.",
        "Rett adressene i Pureservice først.": "Fix the addresses in Pureservice first.",
        "Mottakerne er slettet fordi oppbevaringstiden er ute, og det kan ikke sendes til dem på nytt.": "The recipients are removed, since their time of keeping is over, and can't be sent to again.",
        "Meldingen er slettet etter lagringstiden.": "The message is removed, since its time of keeping is over.",
    }
)
