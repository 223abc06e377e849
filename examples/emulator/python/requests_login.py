"""The same login with requests, as a pytest file (pytest requests_login.py) or as a program.

    EMULATOR=http://localhost:5001 python3 requests_login.py
"""

import os
from urllib.parse import parse_qs, urlparse

import requests

EMULATOR = os.environ.get("EMULATOR", "http://localhost:5001")
CALLBACK = "http://localhost:5000/oauth/kakao/callback"


def login(persona):
    app = requests.post(EMULATOR + "/-/api/apps", json={"auto": True, "redirect_uris": [CALLBACK]}).json()
    back = requests.get(EMULATOR + "/oauth/authorize", allow_redirects=False, params={
        "client_id": app["rest_key"], "redirect_uri": CALLBACK, "response_type": "code", "login_hint": persona})
    code = parse_qs(urlparse(back.headers["Location"]).query)["code"][0]
    token = requests.post(EMULATOR + "/oauth/token", data={
        "grant_type": "authorization_code", "client_id": app["rest_key"], "client_secret": app["client_secret"],
        "redirect_uri": CALLBACK, "code": code}).json()["access_token"]
    return requests.get(EMULATOR + "/v2/user/me", headers={"Authorization": "Bearer " + token}).json()


def test_masked_email():
    account = login("invalid-email")["kakao_account"]
    assert account["is_email_valid"] is False
    assert account["email"] == "ne***@example.com"


if __name__ == "__main__":
    test_masked_email()
    print("OK")
