"""The frame around every answer, as schemas for the API's description. Nothing is built from these."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class EnvelopeSchema(Schema):
    """What every successful answer with a body looks like; `data` is the resource."""

    status = fields.Constant("success", required=True, metadata={"description": "Always `success`."})
    message = fields.String(required=True, metadata={"description": "`ok`, or what was done."})
    data = fields.Raw(required=True, metadata={"description": "The resource that was asked for."})


class PageSchema(Schema):
    """What a collection adds to the envelope; `items` is the same list as `data`."""

    page = fields.Integer(required=True, validate=validate.Range(min=1))
    size = fields.Integer(required=True, validate=validate.Range(min=1, max=1000))
    total = fields.Integer(required=True, validate=validate.Range(min=0))


class ErrorSchema(Schema):
    """What every refusal and every failure looks like."""

    status = fields.Constant("error", required=True, metadata={"description": "Always `error`."})
    message = fields.String(required=True, metadata={"description": "One sentence for people."})
    code = fields.String(required=True, metadata={"description": "The same kind of error for programs."})
    details = fields.Raw(
        allow_none=True,
        metadata={"description": "Usually `{name: [reasons]}` for each wrong field or parameter."},
    )
