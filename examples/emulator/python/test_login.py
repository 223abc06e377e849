"""Tests a Kakao login from Python, with the standard library only.

    norang emulator &
    EMULATOR=http://localhost:5001 python3 -m unittest test_login.py

pytest runs this file too.
"""

import json
import os
import unittest
import urllib.error
import urllib.parse
import urllib.request

EMULATOR = os.environ.get("EMULATOR", "http://localhost:5001")
CALLBACK = "http://localhost:5000/oauth/kakao/callback"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None  # the test reads the redirect of authorize


def call(path, form=None, data=None, token=None):
    """Returns status, decoded body and headers of one request."""
    body, headers = None, {}
    if form is not None:
        body = urllib.parse.urlencode(form).encode()
    if data is not None:
        body, headers["Content-Type"] = json.dumps(data).encode(), "application/json"
    if token:
        headers["Authorization"] = "Bearer " + token
    request = urllib.request.Request(EMULATOR + path, data=body, headers=headers)
    try:
        answer = urllib.request.build_opener(NoRedirect).open(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read()
        kind = answer.headers.get("Content-Type", "")
        return answer.status, json.loads(text) if "json" in kind else text, answer.headers


class Login(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # An app for this file only. It approves without pages.
        _, cls.app, _ = call("/-/api/apps", data={"auto": True, "redirect_uris": [CALLBACK]})

    def login(self, persona):
        query = urllib.parse.urlencode({"client_id": self.app["rest_key"], "redirect_uri": CALLBACK,
                                        "response_type": "code", "state": "s", "login_hint": persona})
        status, _, headers = call("/oauth/authorize?" + query)
        self.assertEqual(status, 302)
        back = urllib.parse.parse_qs(urllib.parse.urlparse(headers["Location"]).query)
        self.assertEqual(back["state"], ["s"])
        return back

    def token(self, code):
        return call("/oauth/token", form={"grant_type": "authorization_code", "client_id": self.app["rest_key"],
                                          "client_secret": self.app["client_secret"], "redirect_uri": CALLBACK, "code": code})

    def test_person_without_email(self):
        status, tokens, _ = self.token(self.login("no-email")["code"][0])
        self.assertEqual(status, 200)
        _, me, _ = call("/v2/user/me", token=tokens["access_token"])
        self.assertNotIn("email", me["kakao_account"])
        self.assertIsInstance(me["id"], int)

    def test_person_who_cancels(self):
        self.assertEqual(self.login("declines")["error"], ["access_denied"])

    def test_code_used_twice(self):
        code = self.login("ryan")["code"][0]
        self.token(code)
        status, error, _ = self.token(code)
        self.assertEqual((status, error["error_code"]), (400, "KOE320"))

    def test_kakao_is_down_once(self):
        call("/-/api/scenarios", data={"endpoint": "oauth/token", "app": self.app["app_id"], "status": 503,
                                            "body": "busy", "content_type": "text/plain"})
        code = self.login("ryan")["code"][0]
        self.assertEqual(self.token(code)[0], 503)
        self.assertEqual(self.token(code)[0], 200)


if __name__ == "__main__":
    unittest.main()
