#!/bin/sh
# Signs in as an app with Kakao's SDK does, on a laptop: the emulator takes the place of the SDK and of the user.
#   norang dev &
#   sh sdk.sh ryan
# Needs curl, sed and openssl. Prints what the app gets: the bearer session and whose it is.
set -eu
NORANG=${NORANG:-http://localhost:5000}
EMULATOR=${EMULATOR:-http://localhost:5001}
PERSONA=${1:-ryan}

field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }
json='Content-Type: application/json'

device=$(openssl rand -hex 16)
nonce=$(curl -fsS -d "device=$device" "$NORANG/oauth/kakao/nonce" | field nonce)

# The SDK: its app is known by a native key and the hash of its signature, and returns to a scheme of its own.
key=$(curl -fsS "$EMULATOR/-/api/apps/default" | field native_key)
curl -fsS -o /dev/null -X PATCH "$EMULATOR/-/api/apps/default" -H "$json" -d '{"android_key_hashes":["hash="]}'
redirect=kakao$key://oauth
code=$(curl -fsS "$EMULATOR/-/api/approve" -H "$json" \
  -d "{\"account\":\"$PERSONA\",\"params\":{\"client_id\":\"$key\",\"redirect_uri\":\"$redirect\",\"nonce\":\"$nonce\"}}" | field code)
tokens=$(curl -fsS "$EMULATOR/oauth/token" -d grant_type=authorization_code -d "client_id=$key" \
  -d "redirect_uri=$redirect" -d "code=$code" -d android_key_hash=hash=)

# The app: both tokens, with the nonce that the SDK was given.
curl -fsS -d "device=$device" -d "nonce=$nonce" -d "id_token=$(printf %s "$tokens" | field id_token)" \
  -d "access_token=$(printf %s "$tokens" | field access_token)" "$NORANG/oauth/kakao/token"
