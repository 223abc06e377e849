#!/bin/sh
# Gets an access token from a running emulator without a browser and prints its user.
#   norang emulator &
#   EMULATOR=http://localhost:5001 sh token.sh no-email
# Needs curl and sed. The code comes from the control API.
set -eu
EMULATOR=${EMULATOR:-http://localhost:5001}
PERSONA=${1:-ryan}
CALLBACK=http://localhost:5000/oauth/kakao/callback

field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# An app of its own, so that parallel jobs share nothing.
app=$(curl -fsS "$EMULATOR/-/api/apps" -H 'Content-Type: application/json' -d "{\"redirect_uris\":[\"$CALLBACK\"]}")
client_id=$(printf %s "$app" | field rest_key)
client_secret=$(printf %s "$app" | field client_secret)

code=$(curl -fsS "$EMULATOR/-/api/approve" -H 'Content-Type: application/json' \
  -d "{\"account\":\"$PERSONA\",\"params\":{\"client_id\":\"$client_id\",\"redirect_uri\":\"$CALLBACK\"}}" | field code)

# From here on the calls are those of Kakao.
token=$(curl -fsS "$EMULATOR/oauth/token" -d grant_type=authorization_code -d "client_id=$client_id" -d "client_secret=$client_secret" \
  --data-urlencode "redirect_uri=$CALLBACK" -d "code=$code" | field access_token)
curl -fsS "$EMULATOR/v2/user/me" -H "Authorization: Bearer $token"
echo
