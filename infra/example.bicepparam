// An example with its values written out. Copy it, and never write a secret into it.
using 'main.bicep'

param environmentName = 'prod'
param location = 'norwayeast'
param tags = {
  owner: 'servicedesk'
}
param alertEmail = 'drift@etat.example'
param runbookUrl = 'https://git.etat.example/pureservice-utsendelse/docs/operations.md'

param pureserviceUrl = 'https://etat.pureservice.com'
param mailFromAddress = 'ikkesvar@etat.example'
param mailFromName = 'Etaten'
param mailReconcile = 'sent-items'

// SMTP as the second way out. Leave smtpHost empty to send through Graph alone.
param smtpHost = 'smtp.etat.example'
param smtpPort = 587
param smtpUsername = 'utsending'

// Answers come back to the desk; one ticket per recipient needs it.
param mailReplyToAddress = 'post@etat.example'

// eFormidling. Leave exchangeUrl empty to do without.
param exchangeUrl = 'https://ip.etat.example:9093'
param exchangeUsername = 'utsending'
param organisationNumber = '974760223'
param organisationName = 'Etaten'

param credentialsExpireOn = '2027-11-01'

// Anything in docs/settings.md.
param settings = {
  MAIL_ORGANISATION: 'Etaten'
  MAIL_RATE_PER_MINUTE: '30'
  DISPATCH_SEND_WINDOW: 'mon-fri 07-21'
  PURESERVICE_121_SEND_VIA: 'mail'
  PURESERVICE_DISPATCH_FOLLOW_UP: 'ut@oppfolging.pureservice.local'
  DISPATCH_RETURNS_DAYS: '3'
}
