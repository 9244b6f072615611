"""The rows of the route table about webhooks."""

from __future__ import annotations

from netraven_contracts import webhooks as webhook
from netraven_contracts.errors import (
    CreateFailed,
    DeleteFailed,
    DuplicateName,
    ListFailed,
    NotFound,
    UpdateFailed,
)
from netraven_contracts.paging import PageQuery, page_of
from netraven_gateway import webhooks
from netraven_gateway.route import ADMIN, Gives, Reads, Route, created

_DELIVERIES = type(
    "DeliveryPage", (webhook.DeliveryFilters, PageQuery), {"__doc__": webhook.DeliveryFilters.__doc__}
)
_SEALED = "A secret in clear is sealed at once and never shown again; `encrypted_secret` comes sealed by you."
_SIGNED = (
    "Deliveries are POSTs of JSON, {id, event, at, data}. `X-NetRaven-Signature` is `sha256=` and the "
    "HMAC-SHA256, with the secret, of `X-NetRaven-Timestamp`, a dot and the body. Any 2xx answer within ten "
    "seconds is a success; else it is tried again, later each time, with the same `X-NetRaven-Delivery`. "
)

ROWS = (
    Route("GET", "/webhooks", ADMIN, webhooks.index, "webhooks", "List webhooks",
          Reads(query=page_of(webhook.WebhookFilters, webhook.WEBHOOK_SORTS)),
          Gives(schema=webhook.Webhook, many=True), ListFailed),
    Route("POST", "/webhooks", ADMIN, webhooks.create, "webhooks", "Add a webhook",
          Reads(body=webhook.WebhookBody), created(webhook.Webhook, "Webhook created"), CreateFailed,
          (DuplicateName,), _SIGNED + _SEALED),
    Route("GET", "/webhooks/{webhook_id}", ADMIN, webhooks.show, "webhooks", "Show a webhook",
          gives=Gives(schema=webhook.Webhook, etag=True), errors=(NotFound,)),
    Route("PATCH", "/webhooks/{webhook_id}", ADMIN, webhooks.change, "webhooks", "Change a webhook",
          Reads(body=webhook.WebhookChanges),
          Gives(schema=webhook.Webhook, message="Webhook updated", etag=True), UpdateFailed,
          (NotFound, DuplicateName), _SEALED),
    Route("DELETE", "/webhooks/{webhook_id}", ADMIN, webhooks.remove, "webhooks", "Remove a webhook",
          gives=Gives(status=204, message="Removed"), failure=DeleteFailed, errors=(NotFound,),
          description="Its secret is destroyed; what waits for it is dropped."),
    Route("POST", "/webhooks/{webhook_id}/test", ADMIN, webhooks.test, "webhooks",
          "Send a webhook a word for trying",
          gives=Gives(schema=webhook.DeliveryRow, status=202, message="On its way"), failure=CreateFailed,
          errors=(NotFound,), description="How it fares shows in its deliveries."),
    Route("GET", "/webhooks/{webhook_id}/deliveries", ADMIN, webhooks.deliveries, "webhooks",
          "List what was sent to a webhook", Reads(query=_DELIVERIES),
          Gives(schema=webhook.DeliveryRow, many=True), ListFailed, (NotFound,),
          "The newest first. They are kept for two weeks after their end."),
    Route("GET", "/webhooks/{webhook_id}/deliveries/{delivery_id}", ADMIN, webhooks.delivery, "webhooks",
          "Show a delivery with each attempt", gives=Gives(schema=webhook.Delivery), errors=(NotFound,)),
)  # fmt: skip
