// What `azd up` and the pipeline deploy: values come from the environment (azd: `azd env set NAME value`).
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'test')
param location = readEnvironmentVariable('AZURE_LOCATION', 'norwayeast')
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')
param runbookUrl = readEnvironmentVariable('RUNBOOK_URL', '')

param pureserviceUrl = readEnvironmentVariable('PURESERVICE_URL', '')
param mailFromAddress = readEnvironmentVariable('MAIL_FROM_ADDRESS', '')
param mailFromName = readEnvironmentVariable('MAIL_FROM_NAME', '')
param mailSenders = readEnvironmentVariable('MAIL_SENDERS', '')
param mailSendersFrom = readEnvironmentVariable('MAIL_SENDERS_FROM', 'mailbox')
param mailTenantDailyLimit = int(readEnvironmentVariable('MAIL_TENANT_DAILY_LIMIT', '0'))
param mailMailer = readEnvironmentVariable('MAIL_MAILER', '')
param mailReconcile = readEnvironmentVariable('MAIL_RECONCILE', 'sent-items')

param smtpHost = readEnvironmentVariable('MAIL_HOST', '')
param smtpPort = int(readEnvironmentVariable('MAIL_PORT', '587'))
param smtpEncryption = readEnvironmentVariable('MAIL_ENCRYPTION', 'tls')
param smtpUsername = readEnvironmentVariable('MAIL_USERNAME', '')
param smtpSignIn = readEnvironmentVariable('MAIL_AUTH', 'auto')

param communicationDomain = readEnvironmentVariable('COMMUNICATION_DOMAIN', '')
param communicationDomainVerified = bool(readEnvironmentVariable('COMMUNICATION_DOMAIN_VERIFIED', 'false'))
param communicationSender = readEnvironmentVariable('COMMUNICATION_SENDER', 'utsending')

param mailReplyToAddress = readEnvironmentVariable('MAIL_REPLYTO_ADDRESS', '')

param exchangeUrl = readEnvironmentVariable('EF_IP_URL', '')
param exchangePrefix = readEnvironmentVariable('EF_IP_PREFIX', 'api')
param exchangeUsername = readEnvironmentVariable('EF_IP_USER', '')
param exchangeSignIn = readEnvironmentVariable('EF_IP_AUTH', 'auto')
param organisationNumber = readEnvironmentVariable('EF_SELF_ID', '')
param organisationName = readEnvironmentVariable('EF_SELF_NAME', '')

param graphClientId = readEnvironmentVariable('GRAPH_CLIENT_ID', '')
param graphTenantId = readEnvironmentVariable('GRAPH_TENANT_ID', '')

param settings = json(readEnvironmentVariable('EXTRA_SETTINGS', '{}'))
param credentialsExpireOn = readEnvironmentVariable('CREDENTIALS_EXPIRE_ON', '')
param logAnalyticsWorkspaceId = readEnvironmentVariable('LOG_ANALYTICS_WORKSPACE_ID', '')
param privateNetworking = bool(readEnvironmentVariable('PRIVATE_NETWORKING', 'false'))
param statusPageClientId = readEnvironmentVariable('STATUS_PAGE_CLIENT_ID', '')
param operatorPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param operatorPrincipalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
