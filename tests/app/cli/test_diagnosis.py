from __future__ import annotations

import json


def test_every_part_is_examined_and_the_desk_can_run(fks):
    result = fks("doctor", "--json")

    found = {finding["part"]: finding for finding in json.loads(result.stdout)}
    assert result.exit_code == 0, result.stdout
    assert set(found) >= {
        "python", "packages", "libraries", "display", "ports", "folder", "disk", "settings",
        "keyring", "models", "database", "demo exchange",
    }  # fmt: skip
    assert found["database"]["state"] == "good"
    assert "embedded PostgreSQL" in found["database"]["detail"]


def test_each_problem_has_one_next_step(fks):
    result = fks("doctor", "--json", FKS_DATABASE__URL="postgresql://me:hidden@127.0.0.1:1/none")

    bad = [one for one in json.loads(result.stdout) if one["state"] in {"bad", "warning"}]
    assert result.exit_code == 1
    assert "database" in {one["part"] for one in bad}
    assert all(one["next_step"] for one in bad)
    assert "hidden" not in result.stdout


def test_a_person_sees_a_table_with_the_next_step_below(fks):
    result = fks("doctor", FKS_LOG__LEVEL="LOUD")

    lines = result.stdout.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("BAD   settings"))
    assert result.exit_code == 1
    assert lines[place + 1].strip().startswith("-> Mend")
    assert any(line.startswith("ok    python") for line in lines)
