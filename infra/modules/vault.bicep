// Secrets: made here where a value is given, else set by a person; the application reads them by reference.
targetScope = 'resourceGroup'

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param name string

@description('Region.')
param location string

@description('Tags of the resource.')
param tags object

@description('Whether only the private endpoint leads in.')
param privateOnly bool

@description('Date on which the credentials run out, as 2027-05-01; empty for none.')
param credentialsExpireOn string

@description('API key of Pureservice; empty leaves what is there.')
@secure()
param pureserviceApiKey string

@description('Password for SMTP; empty leaves what is there.')
@secure()
param smtpPassword string

@description('Secret of the app registration for Graph; empty leaves what is there.')
@secure()
param graphClientSecret string

@description('Password at the integration point of eFormidling; empty leaves what is there.')
@secure()
param exchangePassword string

@description('Resource id of the workspace that gets the audit log.')
param workspaceId string

var expiry = '${credentialsExpireOn}T00:00:00Z'
var attributes = empty(credentialsExpireOn) ? { enabled: true } : { enabled: true, exp: dateTimeToEpoch(expiry) }

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: privateOnly ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: privateOnly ? 'Deny' : 'Allow'
    }
  }
}

resource pureserviceKey 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(pureserviceApiKey)) {
  parent: vault
  name: 'pureservice-apikey'
  properties: {
    value: pureserviceApiKey
    attributes: attributes
  }
}

resource mailPassword 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(smtpPassword)) {
  parent: vault
  name: 'mail-password'
  properties: {
    value: smtpPassword
    attributes: attributes
  }
}

resource graphSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(graphClientSecret)) {
  parent: vault
  name: 'graph-client-secret'
  properties: {
    value: graphClientSecret
    attributes: attributes
  }
}

resource exchangeSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(exchangePassword)) {
  parent: vault
  name: 'ef-ip-password'
  properties: {
    value: exchangePassword
    attributes: attributes
  }
}

#disable-next-line use-recent-api-versions // the stable one (2016-09-01) takes no name of ours, and none is newer
resource auditLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'AuditEvent', enabled: true }]
  }
}

@description('Name of the vault.')
output name string = vault.name

@description('Resource id of the vault.')
output id string = vault.id

@description('Address of the vault.')
output uri string = vault.properties.vaultUri
