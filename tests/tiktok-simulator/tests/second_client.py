#!/usr/bin/env python3
"""A client of TikTok Business Messaging, written to the protocol reference.

It has no code in common with the connector or the simulator, so that the two do not merely agree
with each other. It needs Python 3.9 and its standard library. The only argument is the line of JSON
that the simulator prints when it is ready. Exit status 0: everything was as the reference says.
"""

import collections
import hashlib
import hmac
import http.server
import json
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

READY = json.loads(sys.argv[1])
BASE, APP, SECRET = READY["api_base"], READY["app_id"], READY["app_secret"]
QPS = 50
PATIENCE = 20
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture of nothing"
JPG = b"\xff\xd8\xff\xe0" + b"another"
REDIRECT = "http://127.0.0.1:4999/back"
SCOPES = ("user.info.basic,user.info.username,user.account.type,"
          "message.list.read,message.list.send,message.list.manage")


class Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are looked at, never followed."""

    def redirect_request(self, *_args):
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)


def fetch(method, url, body=None, headers=None):
    """Status, headers and bytes."""
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with OPENER.open(request, timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def same(seen, expected, what):
    if seen != expected:
        raise AssertionError(f"{what}: expected {expected!r}, got {seen!r}")


def has(value, members, what):
    """Section 0: the members that the tables promise, with their types."""
    for name, kind in members.items():
        if name not in value or not isinstance(value[name], kind):
            raise AssertionError(f"{what}: {name} is not {kind} in {value!r}")


class Pace:
    """Section 9: never more calls in a second than the app may make."""

    def __init__(self, limit):
        self.limit, self.calls = limit, collections.deque()

    def wait(self):
        now = time.monotonic()
        while self.calls and now - self.calls[0] >= 1:
            self.calls.popleft()
        if len(self.calls) >= self.limit:
            time.sleep(1 - (now - self.calls[0]))
        self.calls.append(time.monotonic())


PACE = Pace(QPS)


def envelope(answer, what):
    """Section 2.2."""
    status, headers, body = answer
    same(status, 200, f"{what}: status")
    if not headers["X-Tt-Logid"]:
        raise AssertionError(f"{what}: no X-Tt-Logid")
    for name in headers:
        if "ratelimit" in name.lower() or name.lower() == "retry-after":
            raise AssertionError(f"{what}: a rate-limit header exists: {name}")
    parsed = json.loads(body)
    has(parsed, {"code": int, "message": str, "request_id": str, "data": dict}, what)
    return parsed


def post(path, body, token=None, headers=None):
    given = {"Content-Type": "application/json", **(headers or {})}
    if token is not None:
        given["Access-Token"] = token
        PACE.wait()
    return envelope(fetch("POST", BASE + path, json.dumps(body).encode(), given), path)


def get(path, query, token=None):
    given = {}
    if token is not None:
        given["Access-Token"] = token
        PACE.wait()
    url = f"{BASE}{path}?{urllib.parse.urlencode(query)}"
    return envelope(fetch("GET", url, None, given), path)


def upload(token, business, data, name="a.png", kind="image/png", media_type="IMAGE"):
    """Section 4.4."""
    mark = "boundary-of-the-second-client"
    def field(key, value):
        return f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
    head = (f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: {kind}\r\n\r\n").encode()
    body = field("business_id", business) + field("media_type", media_type) + head + data
    body += f"\r\n--{mark}--\r\n".encode()
    headers = {"Access-Token": token, "Content-Type": f"multipart/form-data; boundary={mark}"}
    PACE.wait()
    path = "/business/message/media/upload/"
    return envelope(fetch("POST", BASE + path, body, headers), path)


def good(answer, what):
    same((answer["code"], answer["message"]), (0, "OK"), what)
    return answer["data"]


def control(path, body):
    url = f"{READY['listening']}/control/{path}"
    status, _, answer = fetch("POST", url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    same(status, 200, f"control {path}: {answer!r}")
    return json.loads(answer)


def violations():
    _, _, answer = fetch("GET", f"{READY['listening']}/control/violations")
    return [entry["kind"] for entry in json.loads(answer)["violations"]]


class Receiver:
    """Section 5: a callback URL that verifies raw bytes and answers 200."""

    def __init__(self):
        self.events, self.news = collections.deque(), threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                problem = receiver.take(raw, self.headers)
                self.send_response(401 if problem else 200)
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, raw, headers):
        problem = self.check(raw, headers)
        with self.news:
            self.events.append(problem or json.loads(raw))
            self.news.notify_all()
        return problem

    @staticmethod
    def check(raw, headers):
        """Section 5.2, rules 1 to 4."""
        parts = dict(part.strip().split("=", 1) for part in headers["TikTok-Signature"].split(","))
        expected = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + raw, hashlib.sha256)
        if not hmac.compare_digest(expected.hexdigest(), parts["s"]):
            return "the signature is wrong"
        if headers["webhook-schema-version"] != "1.0" or not headers["x-tt-logid"]:
            return "a header is missing"
        return None

    def next(self, event):
        """The next event, which must have this name; its content, parsed a second time."""
        with self.news:
            if not self.news.wait_for(lambda: self.events, timeout=PATIENCE):
                raise AssertionError(f"no event came; {event} was expected")
            found = self.events.popleft()
        if isinstance(found, str):
            raise AssertionError(found)
        has(found, {"client_key": str, "event": str, "create_time": int, "user_openid": str, "content": str}, event)
        same((found["event"], found["client_key"]), (event, APP), "event")
        if found["create_time"] >= 10 ** 11:
            raise AssertionError("create_time is not in seconds")
        return found["user_openid"], json.loads(found["content"])


def the_signature_of_the_reference():
    """Section 5.2, the test vector."""
    body = ('{"client_key":"7000000000000000001","event":"im_receive_msg","create_time":1767225600,'
            '"user_openid":"-000SimBusinessOpenId0001",'
            '"content":"{\\"type\\":\\"text\\",\\"text\\":{\\"body\\":\\"café 👋\\"}}"}')
    signed = hmac.new(b"sim-app-secret-0001", b"1767225603." + body.encode(), hashlib.sha256).hexdigest()
    same(signed, "cbdd518e416797f0dc7c7d1a1e2d5652e3d0a557d945ab84ebee6264b98f1647", "vector")


def consent(**changes):
    """Section 3.1: the redirect's parameters."""
    query = {"client_key": APP, "response_type": "code", "scope": SCOPES, "redirect_uri": REDIRECT,
             "state": "a+b c", "disable_auto_auth": "1", **changes}
    url = READY["authorize_url"] + "?" + urllib.parse.urlencode(query)
    status, headers, _ = fetch("GET", url)
    same(status, 302, "consent")
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(headers["Location"]).query))


def token_body(**changes):
    return {"client_id": APP, "client_secret": SECRET, "grant_type": "authorization_code",
            "redirect_uri": REDIRECT, **changes}


def refresh_body(token, **changes):
    return {"client_id": APP, "client_secret": SECRET, "grant_type": "refresh_token", "refresh_token": token, **changes}


def oauth():
    """Sections 3.3, 3.4 and 3.6."""
    answer = consent()
    same(answer["state"], "a+b c", "state")
    tokens = good(post("/tt_user/oauth2/token/", token_body(auth_code=answer["code"])), "token")
    members = {"access_token": str, "expires_in": int, "refresh_token": str, "refresh_token_expires_in": int,
               "open_id": str, "scope": str, "token_type": str}
    has(tokens, members, "token")
    same((tokens["expires_in"], tokens["refresh_token_expires_in"]), (86400, 31536000), "lives")
    same(set(tokens["scope"].split(",")), set(SCOPES.split(",")), "scope")
    newer = good(post("/tt_user/oauth2/refresh_token/", refresh_body(tokens["refresh_token"])), "refresh")
    same(newer["open_id"], tokens["open_id"], "open_id")
    info = good(post("/tt_user/token_info/get/", {"app_id": APP, "access_token": newer["access_token"]}), "info")
    same((info["app_id"], info["creator_id"]), (APP, newer["open_id"]), "info")
    return newer


def webhook_registration(url):
    """Section 4.9: credentials are ordinary parameters."""
    body = {"app_id": APP, "secret": SECRET, "event_type": "DIRECT_MESSAGE"}
    same("callback_url" in good(get("/business/webhook/list/", body), "list"), False, "unset")
    made = good(post("/business/webhook/update/", {**body, "callback_url": url}), "update")
    same(made, {"app_id": APP, "event_type": "DIRECT_MESSAGE", "callback_url": url}, "update")
    same(good(get("/business/webhook/list/", body), "list"), made, "list")


def message(tokens, conversation, kind, **content):
    return {"business_id": tokens["open_id"], "recipient_type": "CONVERSATION", "recipient": conversation,
            "message_type": kind, **content}


def send(tokens, body):
    return post("/business/message/send/", body, tokens["access_token"])


def arrives(hooks, tokens):
    """Sections 6.3 and 6.8: an arrival, then a text."""
    by = {"source": "short_link", "ref": "spring_2026-A=", "prefilled_message": "oi", "approved": True}
    control("customer/arrives", {"customer": "ana", "by": by})
    account, content = hooks.next("im_referral_msg")
    same(account, tokens["open_id"], "user_openid")
    same(content["referral"]["short_link"]["ref"], "spring_2026-A=", "ref")
    same("message_id" in content, False, "a referral is no message")
    control("customer/says", {"customer": "ana", "text": "oi, tem em azul? 👋"})
    _, content = hooks.next("im_receive_msg")
    has(content, {"from": str, "to": str, "unique_identifier": str, "conversation_id": str, "message_id": str,
                  "timestamp": int, "type": str, "from_user": dict, "to_user": dict}, "content")
    same((content["type"], content["text"]["body"]), ("text", "oi, tem em azul? 👋"), "text")
    same(content["to_user"], {"id": tokens["open_id"], "role": "business_account"}, "to_user")
    same(content["from_user"], {"id": content["unique_identifier"], "role": "personal_account"}, "from_user")
    if content["timestamp"] < 10 ** 11:
        raise AssertionError("timestamp is not in milliseconds")
    return content


def sends(hooks, tokens, first):
    """Sections 4.1 and 6.6: every kind, and its echo."""
    talk = first["conversation_id"]
    media = good(upload(tokens["access_token"], tokens["open_id"], PNG), "upload")["media_id"]
    template = {"type": "QA_BUTTON_CARD", "title": "What do you need?",
                "buttons": [{"type": "REPLY", "title": "Track parcel", "id": "track"}]}
    quote = {"referenced_message_info": {"referenced_message_id": first["message_id"]}}
    sent = {}
    for kind, block in [("TEXT", {"text": {"body": "Sim!"}, **quote}), ("IMAGE", {"image": {"media_id": media}}),
                        ("SHARE_POST", {"share_post": {"item_id": "7400000000000000001"}}),
                        ("TEMPLATE", {"template": template})]:
        data = good(send(tokens, message(tokens, talk, kind, **block)), kind)
        sent[kind] = data["message"]["message_id"]
        _, echo = hooks.next("im_send_msg")
        same((echo["message_id"], echo["type"]), (sent[kind], kind.lower()), "echo")
        same(echo["message_tag"]["source"], "API", "source")
        same(echo["from_user"]["id"], tokens["open_id"], "direction")
    same(echo["template"]["elements"][0]["buttons"][0]["text"], "Track parcel", "card")
    for action in ["TYPING", "MARK_READ"]:
        data = good(send(tokens, message(tokens, talk, "SENDER_ACTION", sender_action=action)), action)
        same(data["message"]["message_id"], "", "an action is no message")
    return sent


def customer_acts(hooks, tokens, talk, sent):
    """Sections 6.4 and 6.9."""
    control("customer/taps", {"customer": "ana", "message_id": sent["TEMPLATE"], "button": "track"})
    _, tap = hooks.next("im_receive_msg")
    same(tap["reply_source_payload"], {"reply_source_msg_id": sent["TEMPLATE"], "reply_source_unique_id": "track"}, "tap")
    face = {"type": "EMOJI", "emoji": "🔥"}
    control("customer/reacts", {"customer": "ana", "reactions": [
        {"message_id": sent["TEXT"], "operation": "ADD", "face": face}]})
    _, reaction = hooks.next("im_receive_msg")
    same((reaction["type"], reaction["reaction"][0]["original_msg_id"]), ("reaction", sent["TEXT"]), "reaction")
    control("customer/reads", {"customer": "ana"})
    _, read = hooks.next("im_mark_read_msg")
    has(read["read"], {"last_read_timestamp": int}, "read")
    control("colleague/says", {"customer": "ana", "text": "já vejo", "source": "WEB"})
    _, echo = hooks.next("im_send_msg")
    same(echo["message_tag"]["source"], "WEB", "colleague")
    control("customer/sends", {"customer": "ana", "content": {"type": "image"}})
    _, image = hooks.next("im_receive_msg")
    body = {"business_id": tokens["open_id"], "conversation_id": talk, "message_id": image["message_id"],
            "media_id": image["image"]["media_id"], "media_type": "IMAGE"}
    return body


def downloads(tokens, body):
    """Section 4.5."""
    url = good(post("/business/message/media/download/", body, tokens["access_token"]), "download")["download_url"]
    status, _, data = fetch("GET", url, None, {"x-user": tokens["access_token"]})
    same((status, data[:8]), (200, PNG[:8]), "bytes")
    return url


def lists(tokens, talk, sent):
    """Sections 4.2, 4.3, 4.6 and 4.10."""
    business, token = tokens["open_id"], tokens["access_token"]
    single = good(get("/business/message/conversation/list/",
                      {"business_id": business, "conversation_type": "SINGLE"}, token), "conversations")
    has(single, {"conversations": list, "has_more": bool, "cursor": int}, "conversations")
    same([known["conversation_id"] for known in single["conversations"]], [talk], "conversations")
    history = good(get("/business/message/content/list/",
                       {"business_id": business, "conversation_id": talk}, token), "history")
    kinds = {known["message_id"]: known["message_type"] for known in history["messages"]}
    same({kind: kinds[known] for kind, known in sent.items()}, {kind: kind for kind in sent}, "history")
    same({person["role"] for person in history["participants"]}, {"BUSINESS_ACCOUNT", "PERSONAL_ACCOUNT"}, "people")
    able = good(get("/business/message/capabilities/get/",
                    {"business_id": business, "capability_types": json.dumps(["IMAGE_SEND"]),
                     "conversation_id": talk, "conversation_type": "SINGLE"}, token), "capabilities")
    same(able["capability_infos"], [{"capability_type": "IMAGE_SEND", "capability_result": True}], "images")
    profile = good(get("/business/get/", {"business_id": business, "fields": json.dumps(["username"])}, token), "profile")
    same(list(profile), ["username"], "profile")


def fails(code, answer, what):
    same(answer["code"], code, what)
    same(answer["data"], {}, what)


def wrong_tokens(tokens, talk):
    """Sections 2.3 and 13, items 4 and 6."""
    body = message(tokens, talk, "TEXT", text={"body": "x"})
    path = "/business/message/send/"
    fails(40104, post(path, body), "no token")
    fails(40104, post(path, body, headers={"Authorization": "Bearer " + tokens["access_token"]}), "Authorization")
    fails(40105, post(path, body, "Bearer " + tokens["access_token"]), "Bearer inside")
    fails(40105, post(path, body, "unknown"), "unknown token")
    fails(40105, post(path, {**body, "business_id": "-another"}, tokens["access_token"]), "another account")
    narrow = control("tokens", {"scopes": ["user.info.basic"]})
    fails(40001, post(path, body, narrow["access_token"]), "no scope")


def wrong_consents():
    """Sections 3 and 13, item 5."""
    same(consent(scope=SCOPES + ",video.list")["error"], "invalid_scope", "scope")
    path, code = "/tt_user/oauth2/token/", consent()["code"]
    fails(40108, post(path, token_body(auth_code=code, grant_type="password")), "grant_type")
    fails(40101, post(path, token_body(auth_code=code, client_secret="wrong")), "secret")
    fails(40002, post(path, token_body(auth_code=code, redirect_uri=REDIRECT + "/")), "redirect")
    tokens = good(post(path, token_body(auth_code=code)), "token")
    fails(40110, post(path, token_body(auth_code=code)), "used code")
    late = consent()["code"]
    control("clock/advance", {"seconds": 600})
    fails(40110, post(path, token_body(auth_code=late)), "old code")
    path = "/tt_user/oauth2/refresh_token/"
    newer = good(post(path, refresh_body(tokens["refresh_token"])), "refresh")
    if newer["refresh_token_expires_in"] > 31536000 - 600:
        raise AssertionError("the year did not run on")
    fails(40107, post(path, refresh_body(tokens["refresh_token"])), "rotated token")
    end = {"client_id": APP, "client_secret": SECRET, "access_token": newer["access_token"]}
    same(good(post("/tt_user/oauth2/revoke/", end), "revoke"), {}, "revoke")
    fails(40107, post(path, refresh_body(newer["refresh_token"])), "revoked token")


def wrong_sends(tokens, talk):
    """Sections 4.1 and 13, items 7 to 10."""
    text = {"text": {"body": "x"}}
    quote = {"referenced_message_info": {"referenced_message_id": "nothing=="}}
    for code, body in [
        (40002, message(tokens, talk, "TEXT", **text, image={"media_id": "m"})),
        (40002, message(tokens, talk, "TEXT", text={"body": ""})),
        (40002, message(tokens, talk, "TEXT", text={"body": "x" * 6001})),
        (40002, message(tokens, talk, "IMAGE", image={"media_id": "m"}, **quote)),
        (40002, message(tokens, talk, "TEXT", **text, direct_reply={"reply_type": "COMMENT_REPLY"})),
        (40002, message(tokens, talk, "SHARE_POST", share_post={"item_id": "1"})),
        (40002, message(tokens, talk, "TEMPLATE", template={"type": "QA_BUTTON_CARD", "title": "t", "buttons": []})),
        (40007, message(tokens, "unknown==", "TEXT", **text)),
        (40007, message(tokens, talk, "TEXT", **text, **quote)),
        (40007, message(tokens, talk, "IMAGE", image={"media_id": "m"})),
    ]:
        fails(code, send(tokens, body), json.dumps(body)[:200])


def wrong_media(tokens, body, url):
    """Sections 4.4, 4.5 and 13, items 11 and 12."""
    token, business = tokens["access_token"], tokens["open_id"]
    good(upload(token, business, JPG, "a.jpg", "image/jpeg"), "jpg")
    fails(40906, upload(token, business, b""), "empty")
    fails(40907, upload(token, business, PNG + bytes(3_145_729)), "large")
    fails(40908, upload(token, business, b"GIF89a", "a.png"), "gif")
    fails(40002, upload(token, business, PNG, media_type="VIDEO"), "media_type")
    path = "/business/message/media/download/"
    fails(40007, post(path, {**body, "message_id": "other"}, token), "other message")
    fails(40002, post(path, {**body, "media_type": "VIDEO"}, token), "other type")
    without = {name: value for name, value in body.items() if name != "media_type"}
    fails(40002, post(path, without, token), "four members")
    same(fetch("GET", url)[0], 403, "bytes without x-user")
    same(fetch("GET", url, None, {"Access-Token": token})[0], 403, "bytes with Access-Token")


def wrong_paths(tokens, talk):
    """Sections 2.1, 2.4 and 13, item 1."""
    status, _, body = fetch("POST", BASE + "/business/message/send", b"{}", {"Content-Type": "application/json"})
    same((status, body.startswith(b"{")), (404, False), "no slash")
    same(fetch("GET", BASE + "/business/message/send/")[0] in (404, 405), True, "wrong method")
    fails(40008, post("/business/no/such/endpoint/", {}), "unknown path")
    url = f"{BASE}/business/message/content/list/?business_id={tokens['open_id']}&conversation_id={talk}"
    PACE.wait()
    answer = envelope(fetch("GET", url, None, {"Access-Token": tokens["access_token"]}), "plus")
    fails(40002, answer, "a + that became a space")
    same(answer["message"], "Param conversation_id is invalid.", "plus")
    fails(40002, get("/business/message/conversation/list/",
                     {"business_id": tokens["open_id"], "conversation_type": "SINGLE", "limit": 101},
                     tokens["access_token"]), "limit")


def limits(tokens):
    """Sections 8, 9 and 13, items 3, 8 and 14."""
    control("customer/says", {"customer": "bea", "text": "oi"})
    talk = control("customer/says", {"customer": "bea", "text": "?"})["conversation_id"]
    body = message(tokens, talk, "TEXT", text={"body": "x"})
    for number in range(10):
        good(send(tokens, body), f"message {number}")
    fails(40064, send(tokens, body), "the eleventh message")
    control("customer/says", {"customer": "bea", "text": "?"})
    good(send(tokens, body), "after a refill")
    control("faults", {"kind": "code", "code": 51065, "message": "Messaging system error."})
    fails(51065, send(tokens, body), "service error")
    control("settings", {"qps": 1})
    control("clock/freeze", {"frozen": True})
    control("clock/advance", {"seconds": 2})
    good(send(tokens, body), "the only call of this second")
    fails(40100, send(tokens, body), "the second call of this second")
    control("clock/freeze", {"frozen": False})
    control("settings", {"qps": QPS})
    control("clock/advance", {"seconds": 48 * 3600})
    fails(40102, send(tokens, body), "a token of the day before yesterday")
    newer = good(post("/tt_user/oauth2/refresh_token/", refresh_body(tokens["refresh_token"])), "refresh")
    fails(40064, send(newer, body), "a closed window")
    control("clock/advance", {"seconds": 31536000})
    fails(40103, post("/tt_user/oauth2/refresh_token/", refresh_body(newer["refresh_token"])), "a year later")


def main():
    the_signature_of_the_reference()
    control("settings", {"qps": QPS})
    hooks, tokens = Receiver(), oauth()
    webhook_registration(hooks.url)
    first = arrives(hooks, tokens)
    talk = first["conversation_id"]
    sent = sends(hooks, tokens, first)
    body = customer_acts(hooks, tokens, talk, sent)
    url = downloads(tokens, body)
    lists(tokens, talk, sent)
    same(violations(), [], "a client that follows the reference breaks no rule")
    wrong_tokens(tokens, talk)
    wrong_sends(tokens, talk)
    wrong_media(tokens, body, url)
    wrong_paths(tokens, talk)
    wrong_consents()
    limits(tokens)
    noticed = set(violations())
    for kind in ["missing_access_token", "authorization_header", "bearer_prefix", "invalid_request",
                 "missing_trailing_slash", "wrong_method", "unknown_path", "plus_decoded_as_space",
                 "download_header", "auth_code_reused", "refresh_token_reused", "quota_exceeded",
                 "window_closed", "rate_exceeded"]:
        if kind not in noticed:
            raise AssertionError(f"the judge did not notice {kind}: {sorted(noticed)}")
    print("everything is as the reference says")


main()
