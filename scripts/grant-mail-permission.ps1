#requires -Version 7
#requires -Modules ExchangeOnlineManagement
<#
.SYNOPSIS
Lets the application send from ONE mailbox, or the few that share the sending, and from no other, through RBAC for Applications in Exchange Online.
.DESCRIPTION
Run once by somebody who may assign roles in Exchange (Organization Management). May be run again: it changes what
differs and leaves the rest. It ends by showing that the application may use the mailbox and may not use another one.
docs/mail-permission.md says the same in words.
.PARAMETER ClientId
Client id of the identity: azd env get-value DISPATCH_IDENTITY_CLIENT_ID
.PARAMETER ObjectId
Object id of its service principal: azd env get-value DISPATCH_IDENTITY_OBJECT_ID
.PARAMETER Mailbox
Address that mail is sent from (MAIL_FROM_ADDRESS), or all of MAIL_SENDERS with commas between them.
.PARAMETER Reconcile
The setting MAIL_RECONCILE, which decides what is needed beside sending.
.PARAMETER OtherMailbox
Any other mailbox of the organisation, to show that it is out of reach.
.EXAMPLE
./scripts/grant-mail-permission.ps1 -ClientId 1111... -ObjectId 2222... -Mailbox ikkesvar@agency.no -OtherMailbox post@agency.no
#>
param(
    [Parameter(Mandatory)] [guid] $ClientId,
    [Parameter(Mandatory)] [guid] $ObjectId,
    [Parameter(Mandatory)] [string[]] $Mailbox,
    [Parameter(Mandatory)] [string] $OtherMailbox,
    [ValidateSet('sent-items', 'draft', 'off')] [string] $Reconcile = 'sent-items',
    [string] $Name = 'pureservice-utsendelse'
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$roles = @('Application Mail.Send')
switch ($Reconcile) {
    'sent-items' { $roles += 'Application Mail.Read' }
    'draft' { $roles += 'Application Mail.ReadWrite' }
}
if ($Mailbox -contains $OtherMailbox) { throw 'OtherMailbox must be another mailbox.' }
foreach ($address in $Mailbox) {
    if ($address -notmatch "^[^'@\s]+@[^'@\s]+$") { throw "$address is no address." }
}
if (-not (Get-ConnectionInformation)) { Connect-ExchangeOnline -ShowBanner:$false }

# The filter compares with the primary address: an alias in MAIL_FROM_ADDRESS would give a scope without members.
foreach ($address in $Mailbox) {
    $box = Get-EXOMailbox -Identity $address
    if ($box.PrimarySmtpAddress -ne $address) { throw "The mailbox's primary address is $($box.PrimarySmtpAddress): use that one." }
}
$other = (Get-EXOMailbox -Identity $OtherMailbox).PrimarySmtpAddress

$principal = Get-ServicePrincipal | Where-Object AppId -EQ "$ClientId"
if (-not $principal) {
    # ObjectId is that of the service principal (the enterprise application), never that of an app registration.
    $principal = New-ServicePrincipal -AppId "$ClientId" -ObjectId "$ObjectId" -DisplayName $Name
}
elseif ($principal.ObjectId -ne "$ObjectId") {
    throw "The application is known with another object id, $($principal.ObjectId). Remove-ServicePrincipal it, and run this again."
}

$scope = "$Name-sender"
$filter = @($Mailbox | ForEach-Object { "PrimarySmtpAddress -eq '$_'" }) -join ' -or '
if (Get-ManagementScope -Identity $scope -ErrorAction SilentlyContinue) {
    Set-ManagementScope -Identity $scope -RecipientRestrictionFilter $filter
}
else {
    New-ManagementScope -Name $scope -RecipientRestrictionFilter $filter | Out-Null
}
$members = @(Get-Recipient -RecipientPreviewFilter $filter -ResultSize ($Mailbox.Count + 1))
if ($members.Count -ne $Mailbox.Count) { throw "The scope holds $($members.Count) mailboxes; it must hold exactly $($Mailbox.Count)." }

$assigned = @(Get-ManagementRoleAssignment -GetEffectiveUsers:$false | Where-Object { $_.App -eq "$ObjectId" })
foreach ($role in $roles) {
    if ($assigned | Where-Object { $_.Role -eq $role -and $_.CustomResourceScope -eq $scope }) { continue }
    New-ManagementRoleAssignment -App "$ObjectId" -Role $role -CustomResourceScope $scope | Out-Null
}

# --- what it may and may not do, asked past the cache

function Get-Mark([bool] $Ok) {
    if ($Ok) { '✓' } else { '✗' }
}

$wrong = 0
foreach ($address in $Mailbox) {
    $found = @(Test-ServicePrincipalAuthorization -Identity "$ObjectId" -Resource $address)
    foreach ($granted in $found) {
        $ok = $granted.InScope -and $granted.AllowedResourceScope -eq $scope
        Write-Host ('{0}  {1} on {2}: in scope {3}, scope {4}' -f (Get-Mark $ok), $granted.RoleName, $address, $granted.InScope, $granted.AllowedResourceScope)
        if (-not $ok) { $wrong++ }
    }
    foreach ($role in $roles) {
        if (-not ($found | Where-Object RoleName -EQ $role)) {
            Write-Host "✗  $role is not granted on $address"
            $wrong++
        }
    }
}
foreach ($granted in Test-ServicePrincipalAuthorization -Identity "$ObjectId" -Resource $other) {
    $ok = -not $granted.InScope
    Write-Host ('{0}  {1} on {2}: in scope {3}' -f (Get-Mark $ok), $granted.RoleName, $other, $granted.InScope)
    if (-not $ok) { $wrong++ }
}
Write-Host ''
Write-Host 'Exchange knows nothing of what Entra grants beside this. Run scripts/verify-mail-permission.ps1 as well.'
if ($wrong) { throw "$wrong checks failed." }
