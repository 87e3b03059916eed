#requires -Version 7
<#
.SYNOPSIS
Asks for the secrets that the vault does not have yet, and puts them there.
.DESCRIPTION
Run by azd after provisioning; may be run again by hand at any time, with -Renew to replace what is there.
A secret is typed unseen, never stands in a file, a command line or a log, and is stored with the date it runs out.
.PARAMETER VaultName
The vault; azd gives it.
.PARAMETER Secret
Which secrets to ask for. Where none is named, the values of the environment tell which are needed.
.PARAMETER Renew
Asks anew for secrets that are there.
.PARAMETER ExpiresOn
Date on which they run out, as 2027-05-01.
.EXAMPLE
./scripts/set-secrets.ps1 -VaultName kv-uts-abc -Secret pureservice-apikey, ef-ip-password
#>
param(
    [string] $VaultName = $env:AZURE_KEY_VAULT_NAME,
    [ValidateSet('pureservice-apikey', 'mail-password', 'graph-client-secret', 'ef-ip-password')] [string[]] $Secret = @(),
    [switch] $Renew,
    [string] $ExpiresOn = $env:CREDENTIALS_EXPIRE_ON
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

if (-not $VaultName) {
    throw 'No vault: give -VaultName, or run this through azd.'
}
$wanted = [ordered]@{ 'pureservice-apikey' = 'API key of Pureservice' }
if ($env:MAIL_HOST -and $env:MAIL_USERNAME -and $env:MAIL_AUTH -in @($null, '', 'auto', 'password')) {
    $wanted['mail-password'] = "password of $env:MAIL_USERNAME at $env:MAIL_HOST"
}
if ($env:EF_IP_URL -and $env:EF_IP_USER -and $env:EF_IP_AUTH -in @($null, '', 'auto', 'basic')) {
    $wanted['ef-ip-password'] = "password of $env:EF_IP_USER at the integration point $env:EF_IP_URL"
}
if ($env:GRAPH_CLIENT_ID) {
    $wanted['graph-client-secret'] = "secret of the app registration $env:GRAPH_CLIENT_ID"
}
if ($Secret.Count -gt 0) {
    $wanted = [ordered]@{}
    foreach ($name in $Secret) { $wanted[$name] = "secret $name" }
}

function Set-VaultSecret([string] $Name, [securestring] $Value) {
    $file = New-TemporaryFile
    try {
        # From a file that nobody else may read: an argument would be seen in the list of processes.
        if (-not $IsWindows) { chmod 600 $file.FullName }
        $plain = ConvertFrom-SecureString -SecureString $Value -AsPlainText
        [IO.File]::WriteAllText($file.FullName, $plain.Trim())
        $arguments = @('keyvault', 'secret', 'set', '--vault-name', $VaultName, '--name', $Name, '--file', $file.FullName, '--encoding', 'utf-8', '--output', 'none')
        if ($ExpiresOn) { $arguments += @('--expires', "${ExpiresOn}T00:00:00Z") }
        foreach ($attempt in 1..10) {
            az @arguments
            if ($LASTEXITCODE -eq 0) { return }
            Write-Host "Not allowed yet: a new role may need minutes. Trying again in 30 seconds ($attempt of 10)."
            Start-Sleep -Seconds 30
        }
        throw "$Name could not be set in $VaultName. Are you its Key Vault Secrets Officer?"
    }
    finally {
        Remove-Item $file.FullName -Force
    }
}

foreach ($name in $wanted.Keys) {
    $there = az keyvault secret list --vault-name $VaultName --query "[?name=='$name'] | length(@)" --output tsv 2>$null
    if ($there -eq '1' -and -not $Renew) {
        Write-Host "$name is in $VaultName."
        continue
    }
    if ([Console]::IsInputRedirected) {
        Write-Host "$name is not in ${VaultName}: run scripts/set-secrets.ps1 -VaultName $VaultName -Secret $name"
        continue
    }
    $value = Read-Host -AsSecureString -Prompt "The $($wanted[$name])"
    Set-VaultSecret -Name $name -Value $value
}
