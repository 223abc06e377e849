"""Tests a Kakao login with pytest and requests.

    norang emulator &
    EMULATOR=http://localhost:5001 python3 -m pytest test_pytest.py
"""

import os
from urllib.parse import parse_qs, urlparse

import pytest
import requests

EMULATOR = os.environ.get("EMULATOR", "http://localhost:5001")
CALLBACK = "http://localhost:5000/oauth/kakao/callback"


@pytest.fixture
def app():
    """An app for one test only, so that tests run in parallel. It approves without pages."""
    app = requests.post(EMULATOR + "/-/api/apps", json={"auto": True, "redirect_uris": [CALLBACK]}).json()
    yield app
    requests.delete(f"{EMULATOR}/-/api/apps/{app['app_id']}")


def authorize(app, persona):
    """The parameters with which Kakao leads the browser back to the service."""
    back = requests.get(EMULATOR + "/oauth/authorize", allow_redirects=False, params={
        "client_id": app["rest_key"], "redirect_uri": CALLBACK, "response_type": "code", "login_hint": persona})
    return parse_qs(urlparse(back.headers["Location"]).query)


def token(app, code):
    return requests.post(EMULATOR + "/oauth/token", data={
        "grant_type": "authorization_code", "client_id": app["rest_key"], "client_secret": app["client_secret"],
        "redirect_uri": CALLBACK, "code": code})


@pytest.mark.parametrize("persona, email", [
    ("ryan", "ryan@example.com"), ("no-email", None), ("invalid-email", "ne***@example.com"),
])
def test_email(app, persona, email):
    access = token(app, authorize(app, persona)["code"][0]).json()["access_token"]
    me = requests.get(EMULATOR + "/v2/user/me", headers={"Authorization": "Bearer " + access}).json()
    assert me["kakao_account"].get("email") == email


def test_user_who_cancels(app):
    assert authorize(app, "declines")["error"] == ["access_denied"]


def test_too_many_logins(app):
    requests.post(EMULATOR + "/-/api/scenarios", json={
        "endpoint": "oauth/token", "app": app["app_id"], "code": "KOE237"})
    answer = token(app, authorize(app, "ryan")["code"][0])
    assert (answer.status_code, answer.json()["error_code"]) == (429, "KOE237")
