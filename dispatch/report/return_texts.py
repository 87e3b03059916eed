"""Why a letter came back, in Norwegian bokmål, and what a case worker can do about it."""

from collections.abc import Mapping

from dispatch.core import ReturnCause, for_every
from dispatch.report.texts import Explanation

_OURS = "Meld fra til den som drifter løsningen. Adressen trenger ikke være feil."

RETURNS: Mapping[ReturnCause, Explanation] = for_every(
    ReturnCause,
    {
        ReturnCause.NO_SUCH_MAILBOX: Explanation(
            "Postkassen finnes ikke",
            "Meldingen kom i retur fordi mottakerens e-postsystem ikke kjenner adressen.",
            "Kontroller adressen med mottakeren, og rett den i Pureservice eller i mottakerfilen.",
        ),
        ReturnCause.NO_SUCH_DOMAIN: Explanation(
            "Domenet finnes ikke",
            "Meldingen kom i retur fordi det som står bak @ i adressen, ikke kan ta imot e-post.",
            "Kontroller hvordan adressen er skrevet, og rett den i Pureservice eller i mottakerfilen.",
        ),
        ReturnCause.MAILBOX_CLOSED: Explanation(
            "Postkassen er stengt",
            "Meldingen kom i retur fordi mottakerens postkasse er stengt eller ikke er i bruk lenger.",
            "Finn en annen adresse til mottakeren, og rett den i Pureservice eller i mottakerfilen.",
        ),
        ReturnCause.MAILBOX_FULL: Explanation(
            "Postkassen er full",
            "Meldingen kom i retur fordi mottakerens postkasse er full.",
            "Kontakt mottakeren på en annen måte, eller send på nytt senere.",
        ),
        ReturnCause.TOO_LARGE: Explanation(
            "For stor for mottakeren",
            "Meldingen kom i retur fordi mottakerens e-postsystem ikke tar imot så store meldinger.",
            "Send en mindre melding, eller del vedleggene med mottakeren på en annen måte.",
        ),
        ReturnCause.NO_ANSWER: Explanation(
            "Mottakerens e-postsystem svarte ikke",
            "Meldingen kom i retur fordi mottakerens e-postsystem ikke tok imot den før fristen gikk ut.",
            "Kontroller adressen, eller send på nytt senere.",
        ),
        ReturnCause.POLICY: Explanation(
            "Avvist av mottakerens regler",
            "Meldingen kom i retur fordi mottakerens e-postsystem ikke slapp den inn etter sine egne regler.",
            "Be mottakeren om å slippe gjennom e-post fra oss, eller send på en annen måte.",
        ),
        ReturnCause.CONTENT: Explanation(
            "Meldingen ble avvist",
            "Meldingen kom i retur fordi mottakerens e-postsystem ikke godtok innholdet eller formen.",
            "Send på en annen måte, eller be den som drifter løsningen om å se på koden.",
        ),
        ReturnCause.OUR_QUOTA: Explanation(
            "Vi hadde sendt for mye",
            "Meldingen kom i retur fordi postkassen eller virksomheten hadde sendt så mye som den får på en dag.",
            f"{_OURS} Send på nytt senere.",
        ),
        ReturnCause.OUR_SENDER: Explanation(
            "Avsenderen er sperret",
            "Meldingen kom i retur fordi avsenderens postkasse, server eller virksomhet er sperret.",
            _OURS,
        ),
        ReturnCause.OUR_DOMAIN: Explanation(
            "Avsenderdomenet ble ikke godtatt",
            "Meldingen kom i retur fordi avsenderdomenet ikke besto kontrollen hos mottakeren (SPF, DKIM eller DMARC).",
            _OURS,
        ),
        ReturnCause.NOT_SAID: Explanation(
            "Kom i retur uten grunn",
            "Meldingen kom i retur, og rapporten sier ikke hvorfor.",
            "Kontroller adressen med mottakeren, eller send på en annen måte.",
        ),
    },
)
