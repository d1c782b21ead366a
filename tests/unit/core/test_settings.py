"""A wrong setting stops the start with a sentence that says what to do."""

import pytest

from lti_tool.settings import ROOT, SettingsInvalid, load_settings

GOOD = {"SECRET_KEY": "a long enough secret for tests"}


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({**GOOD, **environ})
    return str(refused.value)


def test_a_secret_is_all_that_must_be_set() -> None:
    settings = load_settings(GOOD)
    assert settings.database_url == f"sqlite:///{ROOT}/var/mtl.sqlite"
    assert settings.redis_url is None
    assert settings.storage_url == str(ROOT / "var/files")
    assert settings.max_upload_bytes == 500 * 1024 * 1024
    assert not settings.development


def test_a_missing_secret_is_told_with_its_remedy() -> None:
    with pytest.raises(SettingsInvalid, match=r"SECRET_KEY: .*secrets\.token_urlsafe"):
        load_settings({})


def test_every_mistake_is_told_at_once() -> None:
    told = refusal(SECRET_KEY="short", DATABASE_URL="mysql://x/y", MAX_UPLOAD_MB="lots")
    for name in ("SECRET_KEY", "DATABASE_URL", "MAX_UPLOAD_MB"):
        assert f"\n  {name}: " in told


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("PUBLIC_URL", "http://mtl.example.ac.uk", "Use https"),
        ("PUBLIC_URL", "mtl.example.ac.uk", "Use the address"),
        ("REDIS_URL", "http://localhost", "redis://"),
        ("STORAGE_URL", "ftp://files", "s3://bucket"),
        ("PLATFORM_NETWORKS", "10.0.0.0/8,campus", "'campus' is no network"),
        ("ENCRYPTION_KEYS", "abc", "32 bytes"),
        ("PROGRAMME", "config/nothing.yaml", "There is no file"),
        ("TRUSTED_PROXIES", "9", "less than or equal to 5"),
        ("DEVELOPMENT", "perhaps", "Not a valid boolean"),
    ],
)
def test_a_wrong_value_says_what_to_do(name: str, value: str, remedy: str) -> None:
    told = refusal(**{name: value})
    assert name in told
    assert remedy in told


def test_plain_http_is_for_this_machine_only() -> None:
    assert load_settings({**GOOD, "PUBLIC_URL": "http://localhost:8000/"}).public_url == (
        "http://localhost:8000"
    )


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@db/mtl", "postgresql+psycopg://u:p@db/mtl"),
        ("postgres://u:p@db/mtl", "postgresql+psycopg://u:p@db/mtl"),
        ("sqlite:////data/mtl.db", "sqlite:////data/mtl.db"),
        ("sqlite:///data/mtl.db", f"sqlite:///{ROOT}/data/mtl.db"),
    ],
)
def test_a_database_url_is_put_into_the_form_that_the_driver_wants(given: str, used: str) -> None:
    assert load_settings({**GOOD, "DATABASE_URL": given}).database_url == used


def test_an_empty_value_counts_as_not_set() -> None:
    assert load_settings({**GOOD, "REDIS_URL": ""}).redis_url is None


def test_keys_at_rest_hang_on_the_secret_only_while_no_own_keys_are_set() -> None:
    one, other = (
        load_settings({"SECRET_KEY": secret}).encryption_keys
        for secret in ("a long enough secret", "another long secret")
    )
    assert one != other
    key = one[0]
    assert load_settings({**GOOD, "ENCRYPTION_KEYS": f"{key}, {other[0]}"}).encryption_keys == (
        key,
        other[0],
    )
