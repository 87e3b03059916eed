// Everything that Pureservice Utsendelse needs in Azure, in one resource group. See docs/deployment.md.
targetScope = 'resourceGroup'

// --- what and where

@description('Name of the environment, as prod or test. Part of every name.')
@minLength(2)
@maxLength(12)
param environmentName string

@description('Region. Flex Consumption must be offered there.')
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags object = {}

@description('Who gets a mail when something needs a person.')
param alertEmail string

@description('Whether alerts are sent. Switch off while setting up.')
param alertsEnabled bool = true

@description('Address of the runbook that alerts point to; empty names the page in the repository.')
param runbookUrl string = ''

// --- Pureservice

@description('Address of Pureservice, as https://customer.pureservice.com')
param pureserviceUrl string

@description('API key of Pureservice. Empty leaves the one in the vault.')
@secure()
param pureserviceApiKey string = ''

// --- mail

@description('Address that mail is sent from; with Graph also the mailbox that sends.')
param mailFromAddress string

@description('Name shown with the address.')
param mailFromName string = ''

@description('Mailboxes that share the sending, with commas between them; empty for the one of mailFromAddress.')
param mailSenders string = ''

@description('Whom letters of several mailboxes are from: the mailbox that sends, or mailFromAddress.')
@allowed(['mailbox', 'one'])
param mailSendersFrom string = 'mailbox'

@description('Recipients in 24 hours from all mailboxes together; 0 for no limit.')
@minValue(0)
param mailTenantDailyLimit int = 0

@description('What carries letters, as MAIL_MAILER; empty for Graph, and SMTP after it where there is a server.')
param mailMailer string = ''

@description('Domain of Communication Services: one of your own, AzureManagedDomain for a trial, or empty for none.')
param communicationDomain string = ''

@description('Whether that domain is verified. Leave it off in the first run, which makes the domain.')
param communicationDomainVerified bool = false

@description('What stands before that domain in the sender of letters.')
param communicationSender string = 'utsending'

@description('Where Communication Services stores its data at rest.')
param communicationDataLocation string = 'Europe'

@description('Which permission Graph is given, and so how a sending in doubt is settled. See docs/mail-permission.md.')
@allowed(['sent-items', 'draft', 'off'])
param mailReconcile string = 'sent-items'

@description('SMTP server; empty switches SMTP off, and Graph alone sends.')
param smtpHost string = ''

@description('Port of the SMTP server.')
@minValue(1)
@maxValue(65535)
param smtpPort int = 587

@description('Encryption towards the SMTP server.')
@allowed(['tls', 'ssl', 'none'])
param smtpEncryption string = 'tls'

@description('User that signs in to the SMTP server; empty for a relay without sign-in.')
param smtpUsername string = ''

@description('Sign-in to the SMTP server.')
@allowed(['auto', 'password', 'oauth', 'none'])
param smtpSignIn string = 'auto'

@description('Password for SMTP. Empty leaves the one in the vault.')
@secure()
param smtpPassword string = ''

@description('App registration that calls Graph in place of the managed identity; empty for the identity.')
param graphClientId string = ''

@description('Tenant of that app registration.')
param graphTenantId string = ''

@description('Secret of that app registration. Empty leaves the one in the vault.')
@secure()
param graphClientSecret string = ''

@description('Where answers go: the address that Pureservice reads. One ticket per recipient needs it.')
param mailReplyToAddress string = ''

@description('Integration point of eFormidling, as https://ip.agency.no:9093; empty for none.')
param exchangeUrl string = ''

@description('Path prefix of the API of the integration point.')
param exchangePrefix string = 'api'

@description('User name at the integration point; empty for no sign-in.')
param exchangeUsername string = ''

@description('Sign-in at the integration point: auto means basic where there is a user name; true is basic, and false none.')
@allowed(['auto', 'basic', 'true', 'none', 'false'])
param exchangeSignIn string = 'auto'

@description('Password at the integration point. Empty leaves the one in the vault.')
@secure()
param exchangePassword string = ''

@description('Own organisation number, the sender of eFormidling messages.')
param organisationNumber string = ''

@description('Own name in eFormidling messages.')
param organisationName string = ''

@description('Date on which the first of the credentials runs out, as 2027-05-01. An alert comes 30 days before.')
param credentialsExpireOn string = ''

@description('Further settings by name; docs/settings.md has them all. They win over the ones above.')
param settings object = {}

// --- size and safety

@description('Memory of an instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances at once. Bounds the cost, not the pace of mail: the ledger does that. Some regions refuse less than 40.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('How the stored data is copied.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS'])
param storageRedundancy string = 'Standard_ZRS'

@description('Days that a deleted blob can be brought back; adds to DISPATCH_RETENTION_DAYS.')
@minValue(1)
@maxValue(365)
param softDeleteDays int = 7

@description('Resource id of an existing Log Analytics workspace; empty makes one.')
param logAnalyticsWorkspaceId string = ''

@description('Region of that workspace, where it is another one.')
param logAnalyticsLocation string = location

@description('Days that logs are kept in a workspace that is made here.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Gigabytes of logs a day after which a workspace that is made here stops taking them; -1 for no limit.')
param logDailyQuotaGb int = 1

@description('Whether storage and vault are reached through private endpoints only.')
param privateNetworking bool = false

@description('Address range of the virtual network that this makes.')
param networkAddressPrefix string = '10.90.0.0/24'

@description('Client id of the app registration that people sign in to for the status page; empty leaves sign-in off.')
param statusPageClientId string = ''

@description('Object id of whoever sets secrets and looks into storage; empty for none.')
param operatorPrincipalId string = ''

@description('What kind of principal that is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string = 'User'

// --- names

var pythonVersion = trim(loadTextContent('../.python-version'))
var token = uniqueString(subscription().id, resourceGroup().id, environmentName)
var stem = 'utsendelse-${environmentName}'
var appName = 'func-${stem}-${take(token, 6)}'
var networkName = 'vnet-${stem}'
var allTags = union(tags, { 'azd-env-name': environmentName })
var communicationName = 'acs-${stem}-${take(token, 6)}'
var hasCommunication = !empty(communicationDomain)
var isLinked = hasCommunication && (communicationDomainVerified || communicationDomain == 'AzureManagedDomain')
var usualMailer = empty(smtpHost) ? 'microsoft-graph' : 'failover'
var runbook = empty(runbookUrl) ? 'docs/operations.md' : runbookUrl
var wantsSignIn = contains(['auto', 'basic', 'true'], exchangeSignIn)
var signsInToExchange = !empty(exchangeUrl) && !empty(exchangeUsername) && wantsSignIn
var signsInWithPassword = !empty(smtpHost) && !empty(smtpUsername) && contains(['auto', 'password'], smtpSignIn)

// --- settings of the application

var plainSettings = {
  PURESERVICE_URL: pureserviceUrl
  MAIL_MAILER: empty(mailMailer) ? usualMailer : mailMailer
  MAIL_FROM_ADDRESS: mailFromAddress
  MAIL_FROM_NAME: mailFromName
  MAIL_SENDERS: mailSenders
  MAIL_SENDERS_FROM: mailSendersFrom
  MAIL_TENANT_DAILY_LIMIT: string(mailTenantDailyLimit)
  MAIL_REPLYTO_ADDRESS: mailReplyToAddress
  MAIL_RECONCILE: mailReconcile
  MAIL_HOST: smtpHost
  MAIL_PORT: string(smtpPort)
  MAIL_ENCRYPTION: smtpEncryption
  MAIL_USERNAME: smtpUsername
  MAIL_AUTH: smtpSignIn
  ACS_ENDPOINT: isLinked ? communication!.outputs.endpoint : ''
  ACS_SENDER: isLinked ? communication!.outputs.sender : ''
  ACS_DELIVERY_REPORTS: isLinked ? 'true' : 'false'
  MICROSOFT_GRAPH_CLIENT_ID: graphClientId
  MICROSOFT_GRAPH_TENANT_ID: graphTenantId
  EF_IP_URL: exchangeUrl
  EF_IP_PREFIX: exchangePrefix
  EF_IP_AUTH: signsInToExchange ? 'basic' : 'none'
  EF_IP_USER: exchangeUsername
  EF_SELF_ID: organisationNumber
  EF_SELF_NAME: organisationName
  DISPATCH_SCHEDULE: '0 */5 * * * *'
  DISPATCH_CREDENTIALS_EXPIRE: credentialsExpireOn
}
var mailReference = signsInWithPassword ? { MAIL_PASSWORD: 'mail-password' } : {}
var graphReference = empty(graphClientId) ? {} : { MICROSOFT_GRAPH_CLIENT_SECRET: 'graph-client-secret' }
var exchangeReference = signsInToExchange ? { EF_IP_PASSWORD: 'ef-ip-password' } : {}
var references = union({ PURESERVICE_APIKEY: 'pureservice-apikey' }, mailReference, graphReference, exchangeReference)

// --- the parts

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    name: 'id-${stem}'
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    name: 'appi-${stem}'
    workspaceName: 'log-${stem}'
    existingWorkspaceId: logAnalyticsWorkspaceId
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: 'stuts${token}'
    location: location
    tags: allTags
    redundancy: storageRedundancy
    privateOnly: privateNetworking
    softDeleteDays: softDeleteDays
    workspaceId: monitoring.outputs.workspaceId
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    name: 'kv-uts-${token}'
    location: location
    tags: allTags
    privateOnly: privateNetworking
    credentialsExpireOn: credentialsExpireOn
    pureserviceApiKey: pureserviceApiKey
    smtpPassword: smtpPassword
    graphClientSecret: graphClientSecret
    exchangePassword: exchangePassword
    workspaceId: monitoring.outputs.workspaceId
  }
}

module communication 'modules/communication.bicep' = if (hasCommunication) {
  name: 'communication'
  params: {
    name: communicationName
    tags: allTags
    domainName: communicationDomain
    isVerified: isLinked
    senderName: communicationSender
    senderDisplayName: mailFromName
    dataLocation: communicationDataLocation
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
    componentName: monitoring.outputs.componentName
    communicationName: hasCommunication ? communicationName : ''
    principalId: identity.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
  }
  dependsOn: [communication]
}

module reports 'modules/delivery-reports.bicep' = if (hasCommunication) {
  name: 'delivery-reports'
  params: {
    name: 'evgt-${stem}'
    tags: allTags
    serviceId: communication!.outputs.id
    storageId: storage.outputs.id
    identityId: identity.outputs.id
  }
  // Event Grid tries the queue at once, as the application.
  dependsOn: [roles]
}

module network 'modules/network.bicep' = if (privateNetworking) {
  name: 'network'
  params: {
    name: networkName
    location: location
    tags: allTags
    addressPrefix: networkAddressPrefix
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
  }
}

module app 'modules/function-app.bicep' = {
  name: 'function-app'
  params: {
    name: appName
    planName: 'plan-${stem}'
    location: location
    tags: allTags
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    blobUri: storage.outputs.blobUri
    queueUri: storage.outputs.queueUri
    tableUri: storage.outputs.tableUri
    packageUri: storage.outputs.packageUri
    telemetryConnectionString: monitoring.outputs.connectionString
    vaultUri: vault.outputs.uri
    subnetId: privateNetworking ? resourceId('Microsoft.Network/virtualNetworks/subnets', networkName, 'app') : ''
    signInClientId: statusPageClientId
    appSettings: union(plainSettings, settings)
    references: references
  }
  // Before its first start the application must be allowed in, and know the way: a 403 stops the host.
  dependsOn: [roles, network]
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  params: {
    title: 'Pureservice Utsendelse (${environmentName})'
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    appName: appName
    runbookUrl: runbook
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    prefix: 'alert-${stem}'
    location: empty(logAnalyticsWorkspaceId) ? location : logAnalyticsLocation
    tags: allTags
    email: alertEmail
    workspaceId: monitoring.outputs.workspaceId
    appName: appName
    runbookUrl: runbook
    enabled: alertsEnabled
  }
}

@description('Name of the function app.')
output AZURE_FUNCTION_APP_NAME string = app.outputs.name

@description('Host name of the function app.')
output AZURE_FUNCTION_APP_HOST string = app.outputs.hostName

@description('Client id of the identity, for the mail permission.')
output DISPATCH_IDENTITY_CLIENT_ID string = identity.outputs.clientId

@description('Object id of the service principal of the identity, for the mail permission.')
output DISPATCH_IDENTITY_OBJECT_ID string = identity.outputs.principalId

@description('Name of the vault that secrets are set in.')
output AZURE_KEY_VAULT_NAME string = vault.outputs.name

@description('Name of the storage account.')
output AZURE_STORAGE_ACCOUNT_NAME string = storage.outputs.name
