"""What a process refuses to start with in production."""

import pytest

from chassis.settings import ServiceSettings, StorageSettings, WorkerSettings, read

SECRET = "0123456789abcdef0123456789abcdef"
GOOD = {
    "PM_ENVIRONMENT": "production",
    "PM_DATABASE_URL": f"postgresql://svc:{SECRET}@db:5432/db",
    "PM_REDIS_URL": f"redis://:{SECRET}@valkey:6379/0",
    "PM_BROKER_URL": f"redis://:{SECRET}@valkey:6379/1",
    "PM_S3_SECRET_KEY": SECRET,
}


@pytest.fixture
def environment(monkeypatch, keys_dir):
    """The good environment with changes: `environment(PM_REDIS_URL=None)` takes one away."""

    def use(**changed):
        for name, value in ({"PM_KEYS_DIR": str(keys_dir)} | GOOD | changed).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return use


def refusal(kind, process="catalog-svc"):
    with pytest.raises(SystemExit) as refused:
        read(kind, process)
    return str(refused.value)


def test_production_with_secrets_starts(environment):
    environment()

    assert read(WorkerSettings, "catalog-svc").environment == "production"
    assert read(StorageSettings, "catalog-svc").secret_key == SECRET


def test_elsewhere_defaults_do(environment, monkeypatch):
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)

    assert read(WorkerSettings, "catalog-svc").environment == "development"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ServiceSettings, "PM_DATABASE_URL"),
        (ServiceSettings, "PM_REDIS_URL"),
        (WorkerSettings, "PM_BROKER_URL"),
        (StorageSettings, "PM_S3_SECRET_KEY"),
    ],
)
@pytest.mark.parametrize("secret", [None, "", "postgres", "changemechangeme", "aaaaaaaaaaaaaaaaaaaaaaaa", "short1234567890"])
def test_a_missing_or_default_secret_is_named_and_not_shown(environment, kind, name, secret):
    value = secret if secret is None or name == "PM_S3_SECRET_KEY" else f"postgresql://user:{secret}@host:1/x"
    environment(**{name: value})

    said = refusal(kind)

    assert name in said
    assert SECRET not in said
    assert not secret or secret not in said.replace("PM_", "")
    assert not [other for other in GOOD if other not in (name, "PM_ENVIRONMENT") and other in said]


def test_all_faults_are_named_at_once(environment):
    environment(PM_DATABASE_URL=None, PM_REDIS_URL=None)

    said = refusal(ServiceSettings)

    assert "PM_DATABASE_URL" in said
    assert "PM_REDIS_URL" in said


def test_a_setting_that_cannot_be_read_is_named_and_not_shown(environment):
    environment(PM_POOL_SIZE="hunter2", PM_ENVIRONMENT="staging")

    said = refusal(ServiceSettings)

    assert "PM_POOL_SIZE" in said
    assert "PM_ENVIRONMENT" in said
    assert "hunter2" not in said


def test_a_key_that_is_missing_or_open_is_named(environment, keys_dir, tmp_path):
    environment(PM_KEYS_DIR=str(tmp_path))
    assert "catalog.pem" in refusal(ServiceSettings)

    (tmp_path / "catalog.pem").write_bytes((keys_dir / "catalog.pem").read_bytes())
    (tmp_path / "catalog.pem").chmod(0o640)
    assert "others may read" in refusal(ServiceSettings)

    (tmp_path / "catalog.pem").chmod(0o600)
    assert read(ServiceSettings, "catalog-svc")


@pytest.mark.parametrize("url", ["", "https://files.example.com", "http://127.0.0.1:8333/"])
def test_where_browsers_find_objects(environment, url):
    environment(PM_S3_PUBLIC_URL=url)
    assert read(StorageSettings, "media-svc").public_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["files.example.com", "ftp://files.example.com", "https://", "https://a/b", "https://a?b", "https://u:p@a", "https://a:port"],
)
def test_an_address_that_browsers_can_not_use_is_refused(environment, url):
    environment(PM_S3_PUBLIC_URL=url)
    assert refusal(StorageSettings, "media-svc").startswith("media-svc does not start: PM_S3_PUBLIC_URL: must ")
