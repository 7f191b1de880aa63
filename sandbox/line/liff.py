"""LIFF: the address in a message, the login in another browser, and the SDK that a page loads.

As in LINE, an address with a path opens in two steps. First the app's endpoint URL comes up with `?liff.state=<path>`;
its page loads the SDK, and `liff.init()` moves on to endpoint + path. The tokens travel in the fragment of the first
step; the SDK takes them off the address and keeps them in the tab's sessionStorage.

Left out: consent screens, scopes, the `code`/`state` exchange of a login in another browser (the tokens come back in
the fragment there too), and nothing tells a PC from a phone: whoever comes from the phone page is "in the LINE app".
"""

from urllib.parse import quote, urlencode, urlsplit

from aiohttp import web

from sandbox.line.acting import follow_account
from sandbox.line.answers import LINE, read_bearer_token
from sandbox.line.api import OPEN_TO_PAGES, answer_preflight
from sandbox.line.phone import COOKIE
from sandbox.line.state import Channel, LineState
from sandbox.line.tokens import BadToken
from sandbox.pages import HERE, read_form, redirect_to, render_page


def add_liff(app: web.Application) -> None:
    app.router.add_get("/liff/sdk.js", serve_sdk)
    app.router.add_get("/liff/who", ask_user)
    app.router.add_post("/liff/who", choose_user)
    app.router.add_get("/liff/login", login_user)
    app.router.add_post("/liff/friendship", befriend_account)
    app.router.add_options("/liff/friendship", answer_preflight)
    app.router.add_get("/liff/{liff_id}", open_app)
    app.router.add_get("/liff/{liff_id}/{path:.*}", open_app)


async def serve_sdk(request: web.Request) -> web.StreamResponse:
    headers = {
        "Cache-Control": "no-cache",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    text = (HERE / "static" / "liff-sdk.js").read_text()
    return web.Response(text=text, content_type="text/javascript", headers=headers)


def identify_user(request: web.Request, line: LineState) -> str:
    """Return whose phone this is: named by the link on the phone page, else by the cookie; "" when unknown."""
    user_id = request.query.get("sandbox_user") or request.cookies.get(COOKIE, "")
    return user_id if user_id in line.people else ""


def find_liff_channel(request: web.Request, liff_id: str) -> Channel:
    channel = request.app[LINE].by_liff(liff_id)
    if channel is None:
        raise web.HTTPNotFound(
            text="このLIFF IDは登録されていません。LINEの設定のLIFF IDを確かめてください。"
        )
    return channel


def build_token_fragment(
    line: LineState, channel: Channel, user_id: str, in_client: bool
) -> str:
    """Return the tokens for the SDK as a URL fragment.

    The access token is only good at this simulator; the ID token can be verified.
    """
    name = line.people[user_id]
    values = {
        "id_token": line.signer.id_token(user_id, name, channel.login_channel_id),
        "access_token": line.signer.id_token(
            user_id, name, f"user:{channel.login_channel_id}"
        ),
        "client": "line" if in_client else "browser",
        "back": f"{line.base_url}/phone/{user_id}/?channel={channel.channel_id}",
    }
    return urlencode(values)


async def open_app(request: web.Request) -> web.StreamResponse:
    line = request.app[LINE]
    channel = find_liff_channel(request, request.match_info["liff_id"])
    user_id = identify_user(request, line)
    if not user_id:
        return redirect_to(f"/liff/who?{urlencode({'next': request.path_qs})}")
    query = urlencode(
        [pair for pair in request.query.items() if pair[0] != "sandbox_user"]
    )
    path = request.match_info.get("path", "")
    state = ("/" + path if path else "") + ("?" + query if query else "")
    first = (
        f"{channel.liff_endpoint}?liff.state={quote(state, safe='')}"
        if state
        else channel.liff_endpoint
    )
    answer = redirect_to(
        f"{first}#{build_token_fragment(line, channel, user_id, in_client=True)}"
    )
    answer.set_cookie(COOKIE, user_id, httponly=True, samesite="Lax", path="/")
    return answer


async def login_user(request: web.Request) -> web.StreamResponse:
    """Answer liff.login() outside the LINE app: go back to the redirect URI, which must lie below the endpoint."""
    line = request.app[LINE]
    channel = find_liff_channel(request, request.query.get("liff_id", ""))
    back = request.query.get("redirect_uri", "").partition("#")[0]
    if not back.startswith(channel.liff_endpoint):
        raise web.HTTPBadRequest(
            text="redirect_uriはLIFFのエンドポイントURLの下でなければなりません。"
        )
    user_id = identify_user(request, line)
    if not user_id:
        return redirect_to(f"/liff/who?{urlencode({'next': request.path_qs})}")
    return redirect_to(
        f"{back}#{build_token_fragment(line, channel, user_id, in_client=False)}"
    )


async def ask_user(request: web.Request) -> web.Response:
    people = list(reversed(request.app[LINE].people.items()))[:100]
    return render_page(
        "line/who.html", people=people, next=request.query.get("next", "")
    )


async def choose_user(request: web.Request) -> web.StreamResponse:
    form = await read_form(request)
    line, target = request.app[LINE], form.get("next", "")
    user_id = form.get("user_id") or (
        line.add_person(form["name"]) if form.get("name") else ""
    )
    cut = urlsplit(target)
    if (
        user_id not in line.people
        or cut.scheme
        or cut.netloc
        or not target.startswith("/liff/")
    ):
        raise web.HTTPBadRequest(text="だれとして開くかを選んでください。")
    answer = redirect_to(target)
    answer.set_cookie(COOKIE, user_id, httponly=True, samesite="Lax", path="/")
    return answer


async def befriend_account(request: web.Request) -> web.StreamResponse:
    """Do what the button of LINE's sheet does (liff.requestFriendship): the user follows the linked account."""
    line = request.app[LINE]
    try:
        claims = line.signer.read(read_bearer_token(request))
    except BadToken:
        refused = {"message": "invalid token"}
        return web.json_response(refused, status=401, headers=OPEN_TO_PAGES)
    channel = line.by_login(str(claims["aud"]).removeprefix("user:"))
    if channel is not None:
        await follow_account(line, channel, claims["sub"])
    return web.json_response({}, headers=OPEN_TO_PAGES)
