// What becomes of letters by Communication Services: Event Grid puts it on a queue of ours, as the application itself.
targetScope = 'resourceGroup'

@description('Name of the topic.')
param name string

@description('Tags of the resources.')
param tags object

@description('Resource id of the service whose reports these are.')
param serviceId string

@description('Resource id of the storage account with the queue.')
param storageId string

@description('Resource id of the identity that may write to the queue.')
param identityId string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: 'global'
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    source: serviceId
    topicType: 'Microsoft.Communication.CommunicationServices'
  }
}

resource reports 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'mail-reports'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: ['Microsoft.Communication.EmailDeliveryReportReceived']
      // That a letter arrived changes nothing: it is told as delivered already, and each report costs an execution.
      advancedFilters: [
        {
          operatorType: 'StringNotIn'
          key: 'data.status'
          values: ['Delivered', 'Expanded']
        }
      ]
    }
    deliveryWithResourceIdentity: {
      identity: {
        type: 'UserAssigned'
        userAssignedIdentity: identityId
      }
      destination: {
        endpointType: 'StorageQueue'
        properties: {
          resourceId: storageId
          queueName: 'mail-reports'
          queueMessageTimeToLiveInSeconds: 604800
        }
      }
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
  }
}
