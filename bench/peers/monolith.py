"""The peer for HTTP: a plain Flask and pymongo monolith with three of our routes, served by gunicorn.

It checks the same tokens (EdDSA, by the same verifier, which remembers good ones), validates by the same
schema and writes with the same concern (majority, journaled). It has no events, no broker and no services.
Settings: BENCH_MONGODB, BENCH_JWKS (a file with the public key).
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bson import ObjectId
from bson.errors import InvalidId
from flask import Flask, Response, jsonify, request
from marshmallow import ValidationError
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError

from netraven_chassis.access import AccessVerifier
from netraven_contracts.devices import DeviceBody
from netraven_contracts.errors import Unauthorized

app = Flask(__name__)
_client: MongoClient[dict[str, Any]] = MongoClient(os.environ["BENCH_MONGODB"], w="majority", journal=True)
_devices = _client.monolith.devices
_devices.create_index("ip_address", unique=True)
_devices.create_index("name")
_verifier = AccessVerifier(json.loads(Path(os.environ["BENCH_JWKS"]).read_text()))
_body = DeviceBody()

Answer = tuple[Response, int]


@app.before_request
def check_token() -> Answer | None:
    """Who asks must show a good token."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        _verifier.verify(token if kind == "Bearer" else "")
    except Unauthorized as error:
        return _error(401, error.code, error.message)
    return None


@app.get("/api/devices/<device_id>")
def show(device_id: str) -> Answer:
    """One device."""
    try:
        found = _devices.find_one({"_id": ObjectId(device_id)})
    except InvalidId:
        return _error(400, "INVALID_ID", "not an id")
    if found is None:
        return _error(404, "NOT_FOUND", "no such device")
    return jsonify(status="success", message="ok", data=_shown(found)), 200


@app.get("/api/devices")
def index() -> Answer:
    """A page of devices by name, with how many there are in all."""
    page, size = request.args.get("page", 1, int), request.args.get("size", 25, int)
    if page < 1 or not 1 <= size <= 1000:
        return _error(400, "VALIDATION_ERROR", "page or size out of range")
    found = _devices.find().sort("name", 1).skip((page - 1) * size).limit(size)
    devices = [_shown(device) for device in found]
    total = _devices.count_documents({})
    told = {"status": "success", "message": "ok", "data": devices, "items": devices}
    return jsonify(**told, page=page, size=size, total=total), 200


@app.post("/api/devices")
def register() -> Answer:
    """A new device."""
    try:
        given = _body.load(request.get_json())
    except ValidationError as error:
        return _error(400, "VALIDATION_ERROR", "invalid device", error.messages)
    now = datetime.now(UTC)
    known: dict[str, Any] = {"status": "unknown", "port": 22, "platform": None, "serial": None, "tags": []}
    document = {**known, **given, "created_at": now, "updated_at": now}
    try:
        _devices.insert_one(document)
    except DuplicateKeyError:
        return _error(409, "DUPLICATE_IP", "the address is taken")
    return jsonify(status="success", message="Device created", data=_shown(document)), 201


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in document.items() if key != "_id"}
    times = {key: value.isoformat() for key, value in shown.items() if isinstance(value, datetime)}
    return {"id": str(document["_id"]), **shown, **times}


def _error(status: int, code: str, message: str, details: Any = None) -> Answer:
    return jsonify(status="error", code=code, message=message, details=details), status
