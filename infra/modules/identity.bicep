// Who the application is, towards storage, telemetry, the vault and Exchange.
targetScope = 'resourceGroup'

@description('Name of the identity.')
param name string

@description('Region.')
param location string

@description('Tags of the resource.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id of the identity.')
output id string = identity.id

@description('Client id: what the application signs in as.')
output clientId string = identity.properties.clientId

@description('Object id of the service principal: what roles are given to, in Azure and in Exchange.')
output principalId string = identity.properties.principalId
