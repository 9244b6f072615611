"""Auth as a Nameko service: each call is passed on to where it is answered."""

from __future__ import annotations

from typing import Any

from netraven_auth import access_snapshot, accounts, automation, entrance, shown, user_history
from netraven_auth.api_token import API_TOKEN
from netraven_auth.equipment import Equipment
from netraven_auth.handing_out import handed_out
from netraven_auth.membership import MEMBERSHIP
from netraven_auth.opening import Opening
from netraven_auth.session import SESSION
from netraven_auth.user import USER
from netraven_auth.views import VIEWS
from netraven_chassis.bus import Reply, rpc
from netraven_chassis.log_rpc import LogRpc
from netraven_chassis.store import Store

Json = dict[str, Any]
Sealed = list[str]  # a password or a refresh token, once for each instance: no message says one in clear
HandedOut = str  # a JWE for the key in `seal_for` (a JWK), as in handing_out.py


class AuthService(LogRpc):
    """Who is who and what they may do. Bodies have been checked against the contracts' schemas."""

    name = "auth"

    store = Store(USER, MEMBERSHIP, API_TOKEN, SESSION, views=VIEWS)
    kit: Equipment = Opening()

    @rpc
    def password_keys(self) -> list[Json]:
        """The public keys, as JWKs, for each of which a password must be sealed: see seals.for_each."""
        return self.kit.password_keys.documents()

    @rpc
    def issue_token(
        self, username: str, password: Sealed, seal_for: Json, address: str | None = None
    ) -> HandedOut:
        """Log in: a TokenAnswer. Raises Unauthorized, RateLimited, Unavailable."""
        told = entrance.log_in(self.store, self.kit, username, self.kit.opened(password), address)
        return handed_out(told, seal_for)

    @rpc
    def refresh(self, refresh_token: Sealed, seal_for: Json) -> HandedOut:
        """Stay logged in: a TokenAnswer; the refresh token is worthless in a moment. Raises Unauthorized."""
        shown = self.kit.opened(refresh_token, "refresh_token")
        return handed_out(entrance.go_on(self.store, self.kit, shown), seal_for)

    @rpc
    def logout(self, refresh_token: Sealed) -> None:
        """End the session of a refresh token, whether or not it was there."""
        entrance.log_out(self.store, self.kit, self.kit.opened(refresh_token, "refresh_token"))

    @rpc
    def keys(self) -> Json:
        """The public keys of access tokens, as a JWK set."""
        return self.kit.public_keys.jwks()

    @rpc
    def access_list(self) -> Json:
        """Whose tokens count, at a position of the log: see access_snapshot.py."""
        return access_snapshot.access_list(self.store)

    @rpc
    def me(self, user_id: str) -> Reply:
        """The user who asks, as a User with ETag. Raises NotFound."""
        return shown.user(self.store, self.kit, user_id)

    @rpc
    def show_user(self, user_id: str) -> Reply:
        """A User with ETag. Raises NotFound."""
        return shown.user(self.store, self.kit, user_id)

    @rpc
    def index_users(self, filters: Json, page: int, size: int, sort: list[str]) -> Reply:
        """A page of Users for UserFilters and USER_SORTS; meta: total."""
        return shown.users(self.store, self.kit, filters, page, size, sort)

    @rpc
    def create_user(self, user: Json) -> Reply:
        """Make a user of a UserBody whose password is sealed: a User with ETag. Raises DuplicateName,
        ValidationFailed, Conflict.
        """
        return accounts.create(self.store, self.kit, accounts.unsealed(self.kit, user))

    @rpc
    def change_user(self, user_id: str, changes: Json, if_match: int | None = None) -> Reply:
        """Change a user by UserChanges whose password is sealed: the User with ETag.

        Raises NotFound, Conflict for the last admin, PreconditionFailed, ValidationFailed.
        """
        return accounts.change(self.store, self.kit, user_id, accounts.unsealed(self.kit, changes), if_match)

    @rpc
    def disable_user(self, user_id: str, if_match: int | None = None) -> None:
        """Disable a user. Raises as change_user does."""
        accounts.change(self.store, self.kit, user_id, {"enabled": False}, if_match)

    @rpc
    def change_own_password(
        self, user_id: str, current_password: Sealed, new_password: Sealed, seal_for: Json
    ) -> HandedOut:
        """Change a password and end all sessions: a TokenAnswer for a new one.

        Raises ValidationFailed naming the field, RateLimited.
        """
        current = self.kit.opened(current_password, "current_password")
        new = self.kit.opened(new_password, "new_password")
        accounts.change_own_password(self.store, self.kit, user_id, current, new)
        return handed_out(entrance.open_session(self.store, self.kit, user_id), seal_for)

    @rpc
    def user_history(self, user_id: str, page: int, size: int) -> Reply:
        """A page of what happened to a user, the newest first; meta: total. Raises NotFound."""
        return user_history.page(self.store, user_id, page, size)

    @rpc
    def user_logins(self, user_id: str, limit: int = 100) -> list[Json]:
        """The user's latest log-ins and failures, newest first."""
        return self.kit.logins.of(user_id, limit)

    @rpc
    def create_api_token(self, user_id: str, token: Json, seal_for: Json, session: str = "") -> Reply:
        """Make an API token of an ApiTokenBody for the Caller with that session: a NewApiToken, as HandedOut.
        Raises Conflict, Forbidden, NotFound, ValidationFailed.
        """
        made = automation.issue(self.store, self.kit, user_id, token, session)
        return Reply(handed_out(made.body, seal_for), made.meta)

    @rpc
    def index_api_tokens(self, user_id: str, filters: Json, page: int, size: int, sort: list[str]) -> Reply:
        """A page of the user's ApiTokens for ApiTokenFilters and API_TOKEN_SORTS; meta: total."""
        return shown.api_tokens(self.store, self.kit, user_id, filters, page, size, sort)

    @rpc
    def revoke_api_token(self, user_id: str, token_id: str) -> None:
        """Make one of the user's API tokens worthless. Raises NotFound."""
        automation.revoke(self.store, self.kit, user_id, token_id)

    @rpc
    def authenticate_api_token(self, digest: str) -> Json:
        """The Caller of an API token, by `api_token_digest`. Raises Unauthorized."""
        return automation.recognise(self.store, self.kit, digest)

    @rpc
    def stream_ticket(self, user_id: str, session: str, seal_for: Json, read_only: bool = False) -> HandedOut:
        """A StreamTicketAnswer for the Caller with these fields."""
        return handed_out(automation.ticket(self.store, self.kit, user_id, session, read_only), seal_for)

    @rpc
    def redeem_ticket(self, digest: str) -> Json:
        """The Caller who asked for a ticket, once. Raises Unauthorized."""
        return automation.redeem(self.store, self.kit, digest)
