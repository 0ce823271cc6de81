"""The wire of second_client.py: calls, webhooks, consent and the shapes that answers are held to.

Written from the protocol reference alone; numbers are its sections. Names of members that end in ? may be absent.
"""
import base64, hashlib, hmac, http.client, http.server, json, re, struct, threading, time, zlib
from urllib.parse import parse_qs, quote, urlencode, urlsplit

SCOPES = ("user.info.basic,user.info.username,user.info.profile,user.info.stats,user.account.type,"
          "message.list.read,message.list.send,message.list.manage")
REDIRECT, NOBODY, NO_ID = "http://127.0.0.1/callback", "7999999999999999999", "AAAA+AAAA/AAAAAAAAAAAA=="
TOKEN, REFRESH, REVOKE = ("/tt_user/oauth2/%s/" % name for name in ("token", "refresh_token", "revoke"))
INSPECT, PROFILE, MSG = "/tt_user/token_info/get/", "/business/get/", "/business/message/"
SEND, LISTING, HISTORY = MSG + "send/", MSG + "conversation/list/", MSG + "content/list/"
UPLOAD, DOWNLOAD, CAPABLE = MSG + "media/upload/", MSG + "media/download/", MSG + "capabilities/get/"
REPLY_SET, REPLY_GET = MSG + "direct_reply/update/", MSG + "direct_reply/get/"
HOOK_SET, HOOK_LIST, HOOK_DELETE = ("/business/webhook/%s/" % name for name in ("update", "list", "delete"))
GETS = {PROFILE, LISTING, HISTORY, CAPABLE, REPLY_GET, HOOK_LIST}
INVALID, UNKNOWN, AUTH, BLOCKED, ANY4 = (40000, 40002), (40007, 40000, 40002), (40101, 40113), (40064,), range(40000, 50000)
SIM, STATE, PROBLEMS, REQUEST_IDS, BROKEN, OFFSETS = {}, {"deadline": 0}, [], set(), set(), [0]
EVENTS, ARRIVED, REFUSE, DEFAULT = [], threading.Condition(), [], object()

class Stop(Exception):
    """A step cannot go on; what is wrong has been noted already."""

def holds(what, truth, expected, found):
    """Note a difference unless the condition is true; `what` begins with the section."""
    if not truth:
        PROBLEMS.append("section %s: expected %s, found %s" % (what, expected, repr(found)[:700]))

def same(what, expected, found):
    """Note a difference unless both are equal."""
    holds(what, expected == found, repr(expected), found)

def shape(what, value, spec):
    """Hold a value to a dict of members ('name?' may be absent), [spec], a set of values, a named rule or a value."""
    if isinstance(spec, dict):
        names = {name.rstrip("?"): inner for name, inner in spec.items()}
        needed = {name for name in spec if not name.endswith("?")}
        found = set(value) if isinstance(value, dict) else {repr(value)}
        holds(what, needed <= found <= set(names), "members %s of %s" % (sorted(needed), sorted(names)), sorted(found))
        for name in found & set(names):
            shape(what + "." + name, value[name], names[name])
    elif isinstance(spec, list):
        holds(what, isinstance(value, list), "an array", value)
        for item in value if isinstance(value, list) else ():
            shape(what + "[]", item, spec[0])
    elif isinstance(spec, set):
        holds(what, value in spec, "one of %s" % sorted(spec), value)
    elif spec in RULES:
        holds(what, RULES[spec](value), spec, value)
    else:
        same(what, spec, value)

TEXT, STRING, WHOLE, BOOL, MS, SECS, ID = "a text", "a string", "an integer", "a bool", "ms", "seconds", "base64 (2.4)"
RULES = {TEXT: lambda v: isinstance(v, str) and v != "", STRING: lambda v: isinstance(v, str),
         WHOLE: lambda v: type(v) is int, BOOL: lambda v: type(v) is bool, MS: lambda v: type(v) is int and v >= 10 ** 11,
         SECS: lambda v: type(v) is int and 0 < v < 10 ** 11,
         ID: lambda v: isinstance(v, str) and re.fullmatch(r"[A-Za-z0-9+/_-]+=*", v) is not None}

# ---- calls

def http_call(method, url, headers=None, body=None):
    """One HTTP call on loopback: status, headers, bytes. Redirects are not followed."""
    parts = urlsplit(url)
    if parts.hostname != "127.0.0.1":
        raise ValueError("not loopback: " + url)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=15)
    line.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, headers or {})
    answer = line.getresponse()
    result = answer.status, answer.headers, answer.read()
    line.close()
    return result

def control(path, **members):
    """A control call of the simulator: with members a POST, else a GET."""
    status, _, raw = http_call("POST" if members else "GET", SIM["listening"] + "/control/" + path,
                               {"Content-Type": "application/json"}, json.dumps(members) if members else None)
    if status != 200:
        raise RuntimeError("control call %s %s: HTTP %s %r" % (path, members, status, raw[:300]))
    return json.loads(raw)

def advance(secs, reconnect=True):
    """Move the simulator's clock, on which tokens die; signatures may follow either side of the jump."""
    OFFSETS.append(OFFSETS[-1] + secs)
    control("clock/advance", seconds=secs)
    if reconnect:
        use(connect())

def api(path, params=None, token=DEFAULT, broken=False, headers=None, raw=None):
    """One API call with its envelope checked (2.1 to 2.3, 13.2); `broken` marks what breaks a rule on purpose."""
    method, url, head, body = "GET" if path in GETS else "POST", SIM["api_base"] + path, dict(headers or {}), raw
    token = STATE.get("token") if token is DEFAULT else token
    if token is not None and not path.startswith(("/tt_user", "/business/webhook")):
        head["Access-Token"] = token
    if method == "GET":
        flat = {k: json.dumps(v) if isinstance(v, list) else v for k, v in (params or {}).items()}
        url += "?" + urlencode(flat, quote_via=quote, safe="")
    elif raw is None:
        head["Content-Type"], body = "application/json", json.dumps(params or {})
    status, got, data = http_call(method, url, head, body)
    same("2.2: HTTP status of " + path, 200, status)
    answer = json.loads(data)
    shape("2.2: envelope of " + path, dict(answer, data=0), {"code": WHOLE, "message": STRING, "request_id": TEXT, "data": 0})
    holds("2.2: message or data", answer["message"] == "OK" if answer["code"] == 0 else answer.get("data") in ({}, None),
          "OK, or {} on errors", answer)
    holds("13.2: request_id", answer["request_id"] not in REQUEST_IDS, "one of its own", answer)
    limits = [h for h in got if "ratelimit" in h.lower().replace("-", "") or h.lower() == "retry-after"]
    holds("2.2: headers", got.get("X-Tt-Logid") and not limits, "X-Tt-Logid and no rate limits", got.items())
    REQUEST_IDS.add(answer["request_id"])
    if broken:
        BROKEN.add(answer["request_id"])
    return answer

def ok(what, path, params=None, **more):
    """A call that must succeed; its data."""
    answer = api(path, params, **more)
    if answer["code"] != 0:
        holds(what, False, "code 0 for %s %s" % (path, str(params)[:300]), answer)
        raise Stop()
    return answer.get("data") or {}

def no(what, codes, path, params=None, *names, **more):
    """A call broken on purpose: its code must be one of `codes`, its message must name one of `names` (13.7)."""
    answer = api(path, params, broken=True, **more)
    few = list(codes) if len(codes) < 9 else "any 4xxxx"
    holds(what, answer["code"] in codes, "code %s for %s %s" % (few, path, str(params)[:300]), answer)
    if names and answer["code"] in INVALID:
        holds(what, any(n in answer["message"] for n in names), "a message naming %s" % (names,), answer)
    return answer

def lacking(what, path, params, *names, codes=INVALID, **more):
    """Each of the named members is required."""
    for name in names or params:
        no("%s without %s" % (what, name), codes, path, {k: v for k, v in params.items() if k != name}, name, **more)

# ---- webhooks

def signature_fault(raw, header, secret, clocks):
    """Why a signature is wrong, or None (5.2, rules 1 to 6)."""
    parts = dict(p.strip().split("=", 1) for p in (header or "").split(",") if "=" in p)
    wanted = hmac.new(secret.encode(), parts.get("t", "").encode() + b"." + raw, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(wanted, parts.get("s", "")):
        return "%r is not the HMAC of the raw body" % header
    return None if any(abs(int(parts["t"]) - now) <= 300 for now in clocks) else "t is not fresh"

class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes webhooks: verifies, keeps, answers 200 at once (5.1), or what REFUSE says."""
    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        clocks = [time.time() + offset for offset in OFFSETS]
        same("5.2: signature", None, signature_fault(raw, self.headers.get("TikTok-Signature"), SIM["app_secret"], clocks))
        holds("5.1: request", self.headers.get("webhook-schema-version") == "1.0" and self.headers.get("x-tt-logid")
              and self.path == "/hook", "webhook-schema-version 1.0, x-tt-logid", (self.path, self.headers.items()))
        one = {"raw": raw, "event": None, "content": {}, "claimed": False}
        try:
            examine(json.loads(raw), one)
        except Exception as error:
            holds("6: webhook", False, "one that can be read", (error, raw))
        with ARRIVED:
            EVENTS.append(one)
            ARRIVED.notify_all()
        self.send_response(REFUSE.pop() if REFUSE else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        """Quiet."""

SOURCES = {"APP", "WEB", "API", "OTHERS", "UNKNOWN_SOURCE"}
AUTOS, AUDITS = {"WELCOME_MESSAGE", "SUGGESTED_QUESTION", "AUTO_REPLY"}, {"APPROVED", "REJECTED"}
SIDE = {"id": TEXT, "role?": {"business_account", "personal_account"}}
PEOPLE = {"from?": TEXT, "to?": TEXT, "unique_identifier?": TEXT, "timestamp": MS, "from_user": SIDE, "to_user": SIDE}
BASE, QUOTE = dict(PEOPLE, conversation_id=ID), {"referenced_message_id": ID}
REACTION = {"type": {"EMOJI", "AI_EMOJI"}, "emoji?": TEXT, "ai_emoji_url?": TEXT, "unique_identifier": TEXT, "timestamp": MS}
BLOCKS = {"text": {"body": STRING}, "image": {"media_id": TEXT}, "video": {"media_id": TEXT}, "sticker": {"url?": TEXT},
          "share_post": {"embed_url?": TEXT, "video_id?": TEXT}, "emoji": {"url": TEXT},
          "reaction": [dict(REACTION, operation={"ADD", "REMOVE"}, original_msg_id=ID)],
          "template": {"type": {"qa_button_card", "qa_link_card"}, "elements": [
              {"title": TEXT, "buttons": [{"text": TEXT, "type": "REPLY", "id?": STRING}]}]}}
MESSAGE = dict(BASE, **{
    "message_id": ID, "type": TEXT, "referenced_message_info?": QUOTE, "auto_message_type?": AUTOS, "scene_type?": WHOLE,
    "reply_source_payload?": {"reply_source_msg_id": ID, "reply_source_unique_id?": TEXT}, "is_follower?": BOOL,
    "message_tag?": {"source": SOURCES}})
AD = {"advertiser_id": TEXT, "ad_id": TEXT, "timestamp": MS, "ad_name?": STRING, "embed_url?": STRING,
      "message_material_id?": STRING}
LINK = {"ref": TEXT, "prefilled_message?": STRING, "prefilled_message_audit_status?": {"PASS", "REJECT"}}
AUTO_BODY = {"welcome_message?": {"content": TEXT}, "suggested_question?": {"question": TEXT, "answer": TEXT},
             "chat_prompt?": {"title": TEXT, "content": TEXT}}
AUTO = {"auto_message_id": TEXT, "auto_message_type": {"WELCOME_MESSAGE", "SUGGESTED_QUESTION", "CHAT_PROMPT"}}
CONTENTS = {
    "im_receive_msg_eu": ("6.7", {"to": TEXT, "to_user": dict(SIDE, role="business_account"), "timestamp": MS}),
    "im_referral_msg": ("6.8", dict(BASE, **{"is_follower?": BOOL, "referral": {
        "source": {"ad", "short_link"}, "ad?": AD, "short_link?": LINK}})),
    "im_mark_read_msg": ("6.9", dict(BASE, read={"last_read_timestamp": MS})),
    "im_auto_message_config_update": ("6.10", dict(AUTO, **AUTO_BODY, timestamp=MS, auto_message_action={
        "CREATE", "UPDATE", "DELETE", "ENABLE", "DISABLE"})),
    "im_auto_message_audit_update": ("6.10", dict(AUTO, audit_status=AUDITS, timestamp=MS)),
    "im_receive_high_intent_comment": ("6.11", dict(PEOPLE, **{"comment_id": TEXT, "comment_text": STRING,
                                                               "is_follower?": BOOL})),
    "authorization.removed": ("3.7", {"reason": {0, 1, 2, 3, 4, 5}})}

def examine(body, one):
    """Check envelope, content and people of an event (6.1 to 6.11, 12.2)."""
    shape("6.1: envelope", body, {"client_key": SIM["app_id"], "event": TEXT, "create_time": SECS, "user_openid": TEXT,
                                  "content": STRING})
    content = json.loads(body["content"])
    one.update(event=body["event"], content=content)
    section, spec = CONTENTS.get(body["event"], ("6.2", None))
    if body["event"] in ("im_receive_msg", "im_send_msg"):
        section, kind = "6.3", content["type"]
        spec = dict(MESSAGE, **{kind: BLOCKS[kind]}) if kind in BLOCKS else None
        holds("2.5: create_time", abs(content["timestamp"] // 1000 - body["create_time"]) <= 60, "as timestamp", body)
    if spec:
        shape("%s: %s" % (section, body["event"]), content, spec)
    if "to_user" in content:
        incoming = body["event"] != "im_send_msg"
        business, person = (content.get(k, {}) for k in (("to_user", "from_user") if incoming else ("from_user", "to_user")))
        same("6.3: business", (body["user_openid"], "business_account"),
             (business.get("id"), business.get("role", "business_account")))
        same("6.3: person", "personal_account", person.get("role", "personal_account"))
        holds("6.3: unique_identifier", content.get("unique_identifier", person.get("id")) in
              (person.get("id"), None if incoming else business.get("id")), "the person", content)

def event(what, name, match=lambda c: True):
    """Wait for a webhook, with a deadline; its content."""
    end = min(time.monotonic() + 8, STATE["deadline"])
    with ARRIVED:
        while True:
            for one in EVENTS:
                if not one["claimed"] and one["event"] == name and match(one["content"]):
                    one["claimed"] = True
                    return one["content"]
            if not ARRIVED.wait(max(0, end - time.monotonic())):
                holds(what, False, "webhook " + name, "none in time")
                raise Stop()

def received(what, said, name="im_receive_msg"):
    """The webhook of a message that a control call made."""
    content = event(what, name, lambda c: c.get("message_id") == said["message_id"])
    same(what + ": conversation", said["conversation_id"], content.get("conversation_id"))
    return content

def unclaimed(test):
    """Events that nobody waited for."""
    return [e["raw"] for e in EVENTS if not e["claimed"] and test(e)]

def says(customer, text="oi"):
    """A customer writes, which opens the conversation and its window; the conversation's id."""
    return control("customer/says", customer=customer, text=text)["conversation_id"]

def sends(customer, kind, who="customer", quotes=None, **more):
    """Anything but a plain text, by a customer or a colleague."""
    extra = {"quotes": quotes} if quotes else {}
    return control(who + "/sends", customer=customer, content=dict(more, type=kind), **extra)

# ---- consent and tokens

def authorize(scope=SCOPES, slash="", state="s&1/ü"):
    """Open the authorize URL; the query of where it redirects to (3.1)."""
    query = urlencode({"client_key": SIM["app_id"], "response_type": "code", "scope": scope, "redirect_uri": REDIRECT,
                       "state": state, "disable_auto_auth": "1"})
    status, headers, _ = http_call("GET", SIM["authorize_url"] + slash + "?" + query)
    target = headers.get("Location", "")
    holds("3.1: authorize", 301 <= status <= 308 and target.startswith(REDIRECT + "?"), "a redirect back", (status, target))
    return {k: v[0] for k, v in parse_qs(urlsplit(target).query).items()}

def grant(**members):
    """The body of a token, refresh or revoke request (3.3 to 3.5)."""
    return dict({"client_id": SIM["app_id"], "client_secret": SIM["app_secret"]}, **members)

def exchange(code=None):
    """The body of a code exchange (3.3)."""
    return grant(grant_type="authorization_code", auth_code=code or authorize()["code"], redirect_uri=REDIRECT)

TOKENS = {"access_token": TEXT, "expires_in": 86400, "refresh_token": TEXT, "refresh_token_expires_in?": WHOLE,
          "open_id": TEXT, "scope?": STRING, "token_type?": "Bearer"}

def connect(scope=SCOPES):
    """Consent and exchange; the token data (3.1, 3.3)."""
    data = ok("3.3: code exchange", TOKEN, exchange(authorize(scope)["code"]))
    shape("3.3: token", data, TOKENS)
    return data

def use(data):
    """Go on with these tokens."""
    STATE.update(token=data["access_token"], refresh=data["refresh_token"], id=data["open_id"])

def scopes(data):
    return set(data.get("scope", "").replace(" ", "").split(","))

def mine(**more):
    """Parameters of a call for our account."""
    return dict({"business_id": STATE["id"]}, **more)

# ---- sending

X = {"text": {"body": "x"}}

def message(conversation, kind, *blocks, **more):
    """The body of a send (4.1)."""
    body = mine(recipient_type="CONVERSATION", recipient=conversation, message_type=kind, **more)
    for block in blocks:
        body.update(block)
    return body

def send(what, body):
    """A send that must be accepted; its message id (4.1)."""
    data = ok(what, SEND, body)
    shape(what, data, {"message": {"message_id": ID}})
    return data["message"]["message_id"]

def echoed(message_id):
    """The echo of an own send (6.6)."""
    got = event("6.6: echo", "im_send_msg", lambda c: c.get("message_id") == message_id)
    same("6.6: source", "API", got["message_tag"]["source"])
    return got

def card(kind="QA_BUTTON_CARD", title="What?", labels=("Track", "Human"), **more):
    """A template (4.1)."""
    return {"template": {"type": kind, "title": title, "buttons": [dict({"type": "REPLY", "title": t}, **more) for t in labels]}}

def material(here):
    """Every block that can be sent to a conversation: post, image (4.1)."""
    return ({"share_post": {"item_id": control("state")["accounts"][0]["posts"][0]}},
            {"image": {"media_id": upload("4.4: image", png())}})

# ---- media

JPEG = base64.b64decode("/9j/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/"
                        "yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k=")

def png(size=0):
    """A real PNG of one pixel, made as long as wanted with a text chunk."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    tail = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    pad = size - len(head) - len(tail) - 12
    return head + (chunk(b"tEXt", b"Comment\0" + b"x" * (pad - 8)) if pad > 8 else b"") + tail

def form(data, name="a.png", kind="image/png", **fields):
    """Multipart headers and body of an upload (4.4); a field of None is left out, data of None too."""
    fields = mine(**dict({"media_type": "IMAGE"}, **fields))
    out = b"".join(b'--BoUnD\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (k.encode(), v.encode())
                   for k, v in fields.items() if v is not None)
    if data is not None:
        out += (b'--BoUnD\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\nContent-Type: %s\r\n\r\n%s\r\n'
                % (name.encode(), kind.encode(), data))
    return {"headers": {"Content-Type": "multipart/form-data; boundary=BoUnD"}, "raw": out + b"--BoUnD--\r\n"}

def upload(what, data, **how):
    """An upload that must succeed; its media id (4.4)."""
    got = ok(what, UPLOAD, **form(data, **how))
    shape(what, got, {"media_id": TEXT})
    return got["media_id"]

CONVERSATION = {"conversation_id": ID, "update_time?": MS, "up_time?": MS, "referral?": {
    "ad?": [dict(AD, timestamp=SECS)], "short_link?": [LINK]}}

def conversations(kind, limit=100):
    """All conversations of a type, page by page (4.2)."""
    found, page = [], {"has_more": True, "cursor": 0}
    while page["has_more"] and (not found or page["conversations"]):
        page = ok("4.2: list", LISTING, mine(conversation_type=kind, limit=limit, cursor=page["cursor"]))
        shape("4.2: list", page, {"conversations": [CONVERSATION], "has_more": BOOL, "cursor": WHOLE})
        holds("4.2: page", len(page["conversations"]) <= limit, "at most %d" % limit, page)
        found += page["conversations"]
    return found

ROLE = {"BUSINESS_ACCOUNT", "PERSONAL_ACCOUNT"}
PAST = {"message_id": ID, "conversation_id": ID, "sender": TEXT, "recipient": TEXT, "timestamp": MS, "message_type": TEXT,
        "message_tag": {"source": SOURCES}, "auto_message_type?": AUTOS, "from_user": {"role": ROLE, "id": TEXT},
        "to_user": {"role": ROLE, "id": TEXT}, "referenced_message_info?": QUOTE, "reactions?": [REACTION]}
PAST_BLOCKS = {
    "TEXT": {"body": STRING}, "IMAGE": {"media_id": TEXT}, "VIDEO": {"media_id": TEXT}, "SHARE_POST": {"embed_url?": TEXT},
    "STICKER": {"url?": TEXT}, "EMOJI": {"url": TEXT}, "TEMPLATE": {
        "type": {"QA_BUTTON_CARD", "QA_LINK_CARD"}, "title": TEXT, "buttons": [{"type": "REPLY", "title": TEXT, "id?": STRING}]}}

def history(conversation):
    """The newest messages of a conversation, each held to its type, and who takes part (4.3)."""
    data = ok("4.3: history", HISTORY, mine(conversation_id=conversation))
    for one in data["messages"]:
        kind = one.get("message_type")
        shape("4.3: message", one, dict(PAST, **({kind.lower(): PAST_BLOCKS[kind]} if kind in PAST_BLOCKS else {})))
    shape("4.3: history", dict(data, messages=0), {"messages": 0, "participants": [
        {"role": ROLE, "id": TEXT, "display_name?": TEXT, "profile_image?": TEXT, "is_follower?": BOOL}]})
    return data
