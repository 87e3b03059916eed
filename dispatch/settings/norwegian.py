"""What is wrong with the settings, in Norwegian: it is English where it is found, as the log is."""

from dispatch.core import Catalogue

_PROBLEMS = Catalogue(
    {
        "missing": "mangler",
        "missing, while the others of the three are set": "mangler, mens de andre av de tre er satt",
        "missing, and MAIL_MAILER is {}": "mangler, og MAIL_MAILER er {}",
        "missing, and DISPATCH_APPROVAL_ABOVE is set": "mangler, og DISPATCH_APPROVAL_ABOVE er satt",
        "missing, and DISPATCH_APPROVAL_BY_STATUS is off": "mangler, og DISPATCH_APPROVAL_BY_STATUS er av",
        "missing; set it, or the three {}, {} and {}": "mangler; sett den, eller de tre {}, {} og {}",
        "there is no blob named {} in the templates container": "det er ingen fil {} i beholderen templates",
        "the file is no text in UTF-8": "filen er ikke tekst i UTF-8",
        "missing; with MAIL_AUTH oauth it is the mailbox that signs in": "mangler; med MAIL_AUTH oauth er det postboksen som logger inn",
        "missing, or MAIL_USERNAME is; for a relay without sign-in leave both empty": "mangler, eller MAIL_USERNAME mangler; la begge stå tomme for et relé uten innlogging",
        "missing, or EF_IP_USER is, and EF_IP_AUTH is basic": "mangler, eller EF_IP_USER mangler, og EF_IP_AUTH er basic",
        "missing, or no organisation number; it is the sender": "mangler, eller er ikke et organisasjonsnummer; det er avsenderen",
        "does not have the right form": "har ikke riktig form",
        "must begin with https://": "må begynne med https://",
        "is no key of Communication Services: those are base64": "er ikke en nøkkel til Communication Services: de er base64",
        "is no connection string": "er ikke en tilkoblingsstreng",
        "is no URL": "er ikke en adresse",
        "is no date": "er ikke en dato",
        "is not a known time zone": "er ikke en kjent tidssone",
        "is the same as another of the statuses": "er den samme som en annen av statusene",
        "is the same as another of the end users": "er den samme som en annen av sluttbrukerne",
        "is the same as {}": "er den samme som {}",
        "{} holds no certificates (PEM)": "{} inneholder ingen sertifikater (PEM)",
        "{} can't be read ({})": "{} kan ikke leses ({})",
        "can't be read ({})": "kan ikke leses ({})",
        "is no JSON ({})": "er ikke JSON ({})",
        "has no Values, as local.settings.example.json has": "har ingen Values, slik local.settings.example.json har",
        "is encrypted; func settings decrypt opens it": "er kryptert; func settings decrypt åpner den",
        "must be failover, {}, or as {}": "må være failover, {}, eller som {}",
        "must be addresses with commas between, each as a@x.no, a@x.no:20 or a@x.no:20:5000": "må være adresser med komma mellom, hver som a@x.no, a@x.no:20 eller a@x.no:20:5000",
        "holds the same address twice": "har den samme adressen to ganger",
        "must be seconds in rising order, as 60,300,660": "må være sekunder i stigende rekkefølge, som 60,300,660",
        "must be domains with commas between them, as etaten.no,etaten.dep.no": "må være domener med komma mellom, som etaten.no,etaten.dep.no",
        "must have the form mon-fri 08-16": "må ha formen mon-fri 08-16",
        "must close later than it opens": "må stenge senere enn det åpner",
        "the send window never opens": "vinduet åpner aldri",
        "days are written {}": "dagene skrives {}",
        "holidays of {} are not known": "helligdagene i {} er ikke kjent",
        "has blanks or line ends around it, which the host does not take away": "har blanke tegn eller linjeskift rundt seg, som verten ikke tar bort",
        "the host wants it with its scheme: {}": "verten vil ha den med protokollen foran: {}",
        "the host wants an address with its scheme, as {}": "verten vil ha en adresse med protokollen foran, som {}",
        "the timer wants six fields with single spaces between them and no quotes, as {}": "timeren vil ha seks felt med ett mellomrom mellom og uten anførselstegn, som {}",
        "the timer does not read {} as it stands: write out the values that are meant": "timeren leser ikke {} slik det står: skriv verdiene som menes",
        "the timer can't run at {}: the fields are second, minute, hour, day, month and weekday": "timeren kan ikke gå på {}: feltene er sekund, minutt, time, dag, måned og ukedag",
        "must be python": "må være python",
        "is True or False, and set by the platform alone": "er True eller False, og settes bare av plattformen",
        "must be a whole number above 0": "må være et helt tall over 0",
        "is no connection string: it must hold InstrumentationKey=": "er ikke en tilkoblingsstreng: den må inneholde InstrumentationKey=",
        "is not supported on this plan: {}": "støttes ikke på denne planen: tidsplanen er i UTC, og DISPATCH_TIMEZONE gjelder vinduet for sending",
        "must be the client id (a GUID) of the managed identity": "må være klient-id-en (en GUID) til den administrerte identiteten",
        # --- the library's own
        "Input should be a valid integer, {}": "må være et helt tall",
        "Input should be a valid number, {}": "må være et tall",
        "Input should be a valid boolean, {}": "må være True eller False",
        "Input should be greater than or equal to {}": "må være minst {}",
        "Input should be less than or equal to {}": "må være høyst {}",
        "Input should be greater than {}": "må være større enn {}",
        "Input should be less than {}": "må være mindre enn {}",
        "Input should be a finite number": "må være et tall",
        "Input should be {}": "må være {}",
        "Tuple should have at least {} item after validation, not {}": "må ha minst {} verdi",
        "String should have at least {} character": "må ikke være tom",
    }
)


def in_norwegian(problem: str) -> str:
    """A line about a setting; the name before the colon stays."""
    name, colon, said = problem.partition(": ")
    return f"{name}{colon}{_PROBLEMS.translated(said)}".replace("' or '", "' eller '") if colon else problem
