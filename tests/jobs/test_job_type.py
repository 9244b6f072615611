"""Types of job are found in their folder, and told in a form that clients can use."""

from __future__ import annotations

from types import ModuleType

import pytest
from marshmallow import Schema, fields, validate

from netraven_contracts.jobs import ALIASES
from netraven_jobs import job_type, option_schema
from netraven_jobs.job_type import JobType, Result
from tests.jobs.running import with_extra_types


def test_the_four_types_are_there_with_their_other_spellings() -> None:
    assert {"backup", "credential_check", "facts", "reachability"} <= set(job_type.plugins())
    for spelling, name in ALIASES.items():
        found = job_type.named(spelling)
        assert found is not None and found.meta.name == name
    assert job_type.named("dance") is None


def test_a_new_module_in_the_folder_is_a_new_type() -> None:
    with_extra_types()
    assert job_type.named("slow") is job_type.plugins()["lazy"]


def test_only_reachability_takes_its_devices_all_at_once() -> None:
    plugins = job_type.plugins().values()
    assert {one.meta.name for one in plugins if one.meta.whole} - {"flock"} == {"reachability"}
    assert all((one.run_all if one.meta.whole else one.run) is not None for one in plugins)


@pytest.mark.parametrize(
    "attributes",
    [{}, {"META": "x"}, {"META": JobType("x")}, {"META": JobType("x", whole=True), "run": print}],
)
def test_a_module_that_is_no_type_is_named(attributes: dict[str, object]) -> None:
    module = ModuleType("netraven_jobs.types.wrong")
    vars(module).update(attributes)
    with pytest.raises(TypeError, match=r"types\.wrong"):
        job_type._plugin(module)


def test_a_result_is_good_unless_more_is_said() -> None:
    assert Result("succeeded") == Result("succeeded", None, "", {})


def test_options_are_told_as_a_json_schema() -> None:
    class Options(Schema):
        """Of all kinds."""

        depth = fields.Integer(load_default=2, validate=validate.Range(1, 9))
        force = fields.Boolean(required=True, metadata={"description": "Whatever comes."})
        kind = fields.String(validate=validate.OneOf(["a", "b"]))
        names = fields.List(fields.String())

    assert option_schema.of(Options) == {
        "type": "object",
        "additionalProperties": False,
        "required": ["force"],
        "properties": {
            "depth": {"type": "integer", "default": 2, "minimum": 1, "maximum": 9},
            "force": {"type": "boolean", "description": "Whatever comes."},
            "kind": {"type": "string", "enum": ["a", "b"]},
            "names": {"type": "array"},
        },
    }
    assert option_schema.of(job_type.NoOptions)["properties"] == {}
