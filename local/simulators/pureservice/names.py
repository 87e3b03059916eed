"""The names, and the ids of what is seeded, in a tenant that is set up for dispatch."""

DISPATCH_EMAIL = "ut@e-post.pureservice.local"
DISPATCH_EF = "ut@eformidling.pureservice.local"
DISPATCH_EMAIL_121 = "ut-121@e-post.pureservice.local"
READY, READY_121, OPEN, SOLVED = "Til ekspedering", "Klar til splitt", "Under arbeid", "Løst"
LIST_TYPE, COMMUNICATION_TYPE = "Mottakerliste", "Utsendelse - innhold"
TO_COMPANY, TO_USER, TO_TICKET = "Inneholder firma", "Inneholder bruker", "Gir mottakere til"
COMPANY_RELATION, USER_RELATION, TICKET_RELATION, OTHER = 61, 62, 63, 64
MAIL_USER, EF_USER, USER_121 = 302, 303, 304
