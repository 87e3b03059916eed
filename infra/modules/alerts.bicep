// Who is woken, and when. Every text says what to do; the runbook says more.
targetScope = 'resourceGroup'

@description('Beginning of the names of the rules.')
param prefix string

@description('Region of the workspace.')
param location string

@description('Tags of the resources.')
param tags object

@description('Who gets a mail.')
param email string

@description('Resource id of the workspace that holds the logs.')
param workspaceId string

@description('Name of the function app that is watched.')
param appName string

@description('Address of the runbook.')
param runbookUrl string

@description('Whether the rules are active.')
param enabled bool

var alerts = [
  {
    name: 'poison'
    title: 'A message failed five times'
    text: 'A batch or a report was given up. The ticket says which recipients failed; read the exceptions before it.'
    anchor: 'alert-poison'
    severity: 1
    window: 'PT15M'
    operator: 'GreaterThan'
    query: loadTextContent('../queries/alert_poison.kql')
  }
  {
    name: 'stalled'
    title: 'A dispatch has not moved for an hour'
    text: 'Nobody was sent to for an hour although letters were due. Look at the last warnings of that dispatch.'
    anchor: 'alert-stalled'
    severity: 2
    window: 'PT2H'
    operator: 'GreaterThan'
    query: loadTextContent('../queries/alert_stalled.kql')
  }
  {
    name: 'waiting'
    title: 'A ready ticket is not planned'
    text: 'For two ticks a ticket could not be planned, none could be asked for, or a status is unknown.'
    anchor: 'alert-waiting'
    severity: 2
    window: 'PT30M'
    operator: 'GreaterThan'
    query: loadTextContent('../queries/alert_waiting.kql')
  }
  {
    name: 'failures'
    title: 'More than five per cent of the recipients failed'
    text: 'Look at the reasons in the report or the workbook: addresses are for the case worker, the rest is yours.'
    anchor: 'alert-failures'
    severity: 2
    window: 'PT1H'
    operator: 'GreaterThan'
    query: loadTextContent('../queries/alert_failures.kql')
  }
  {
    name: 'credentials'
    title: 'A credential is refused or runs out within 30 days'
    text: 'Renew it, set the new one in the vault, run doctor. Nothing is lost meanwhile: batches wait and come back.'
    anchor: 'alert-credentials'
    severity: 1
    window: 'PT30M'
    operator: 'GreaterThan'
    query: loadTextContent('../queries/alert_credentials.kql')
  }
  {
    name: 'timer'
    title: 'The timer has not run for 30 minutes'
    text: 'No ticket is picked up. Look whether the function app runs, and at its settings and last exceptions.'
    anchor: 'alert-timer'
    severity: 1
    window: 'PT30M'
    operator: 'LessThan'
    query: loadTextContent('../queries/alert_timer.kql')
  }
]

resource actions 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${prefix}-operators'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'utsendelse'
    enabled: true
    emailReceivers: [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: '${prefix}-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${appName}: ${alert.title}'
      description: '${alert.text} Runbook: ${runbookUrl}#${alert.anchor}'
      severity: alert.severity
      enabled: enabled
      scopes: [workspaceId]
      evaluationFrequency: 'PT15M'
      windowSize: alert.window
      criteria: {
        allOf: [
          {
            query: replace(alert.query, '{app}', appName)
            timeAggregation: 'Count'
            operator: alert.operator
            threshold: alert.operator == 'LessThan' ? 1 : 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      // The tables come into being with the first telemetry.
      skipQueryValidation: true
      actions: { actionGroups: [actions.id] }
    }
  }
]

@description('Resource id of the action group, for further rules.')
output actionGroupId string = actions.id
