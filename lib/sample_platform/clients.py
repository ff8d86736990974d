"""Clients: the library that programs in a browser call the platform with, as one file."""

from fastapi import APIRouter, Response

from .identity import Here

router = APIRouter()

_CLIENT = """\
export class SampleIdentity {
  constructor(base, token = null) {
    this.base = base;
    this.token = token;
  }

  async ask(method, path, body) {
    const headers = { "Content-Type": "application/json" };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const answer = await fetch(this.base + path, { method, headers, body: body && JSON.stringify(body) });
    return answer.status === 204 ? null : answer.json();
  }

  signUp(email, password) { return this.ask("POST", "/api/v1/auth/signup", { email, password }); }
  signIn(email, password) { return this.ask("POST", "/api/v1/auth/signin", { email, password }); }
  refresh(refresh_token) { return this.ask("POST", "/api/v1/auth/refresh", { refresh_token }); }
  me() { return this.ask("GET", "/api/v1/auth/me"); }
  sessions() { return this.ask("GET", "/api/v1/sessions"); }
  endSession(id) { return this.ask("DELETE", `/api/v1/sessions/${id}`); }
}
"""
_ABANDONED = '\nexport const magicLink = (client, email) => client.ask("POST", "/api/v1/auth/magic-link", { email });\n'


@router.get("/clients/sample-identity.js", include_in_schema=False)
async def javascript(here: Here) -> Response:
    """Return the JavaScript client."""
    text = _CLIENT if here.behaviour.client_is_current else _CLIENT + _ABANDONED
    return Response(text, media_type="text/javascript")
