"""Secrets in captured text: found by their form, by the name they are given to, and by chance."""

from __future__ import annotations

import base64
import random
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perdure.record.secrets import secrets_in, without

A = "".join(random.Random(0).choices(string.ascii_letters + string.digits, k=80))
LOWER = A.lower()
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
# The forms are put together here, so that no scanner takes this file for a leak.
KEY = f"-----BEGIN RSA PRIVATE {'KEY'}-----\n{A}\n{A}\n-----END RSA PRIVATE {'KEY'}-----"

SECRETS = {
    f'text = """{KEY}"""': KEY,
    f'{{"private_key": "-----BEGIN PRIVATE {"KEY"}-----\\n{A}\\n-----END PRIVATE {"KEY"}-----\\n"}}': A,
    f"# {'AKIA'}IOSFODNN7EXAMPLE is mine": "AKIAIOSFODNN7EXAMPLE",
    f'f("{"AIza"}{A[:35]}")': "AIza" + A[:35],
    f"x = 'ya29.{A[:40]}'": "ya29." + A[:40],
    f'"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={A[:60]}==;"': A[:60] + "==",
    f"see gh{'p_'}{A[:36]}": "ghp_" + A[:36],
    f"see github{'_pat_'}{A[:60]}": "github_pat_" + A[:60],
    f"see gl{'pat-'}{A[:20]}": "glpat-" + A[:20],
    f"see xox{'b-'}123456789012-{A[:24]}": f"xoxb-123456789012-{A[:24]}",
    f"https://hooks.slack.com/services/T{A[:8]}/B{A[:8]}/{A[:24]}": f"T{A[:8]}/B{A[:8]}/{A[:24]}",
    f"see hf{'_'}{A[:34]}": "hf_" + A[:34],
    f"see sk{'-'}{A[:48]}": "sk-" + A[:48],
    f"see sk{'-proj-'}{A[:48]}": "sk-proj-" + A[:48],
    f"see sk{'_live_'}{A[:24]}": "sk_live_" + A[:24],
    f"see pypi{'-'}{A[:60]}": "pypi-" + A[:60],
    f"see ey{'J'}{A[:20]}.{A[20:50]}.{A[30:70]}": f"eyJ{A[:20]}.{A[20:50]}.{A[30:70]}",
    f'headers = {{"Authorization": "Bearer {A[:30]}"}}': A[:30],
    'connect("postgresql://me:hunter2@host/db")': "hunter2",
    f'url = "https://{A[:30]}@host/x.git"': A[:30],
    f"https://host/train.csv?sv=2&sig={A[:30]}%3D": A[:30],
    'password = "hunter2"': "hunter2",
    "PASSWORD='hunter2'": "hunter2",
    'password: str = "hunter2"': "hunter2",
    'connect(user="me", passwd="hunter2")': "hunter2",
    'settings = {"db_password": "hunter2"}': "hunter2",
    'os.environ["API_KEY"] = "abc"': "abc",
    'os.environ.setdefault("API_KEY", "abcd1234")': "abcd1234",
    'client_secret = ("hunter2")': "hunter2",
    'aws_secret_access_key = "abcdefg"': "abcdefg",
    "api_key = '''\nhunter2\n'''": "hunter2",
    'password2 = r"hunter\\2"': "hunter\\2",
    'hub_token = "abcdefgh"': "abcdefgh",
    "%env API_TOKEN=hunter2x": "hunter2x",
    "!export SECRET_KEY=hunter2": "hunter2",
    "!fetch --password hunter2": "hunter2",
    f'x = "{A[:40]}"': A[:40],
    f'login(key="{HEX[:40]}")': HEX[:40],
    f'login("{HEX[:40]}")': HEX[:40],
    f"x = '{base64.b64encode(bytes(range(40, 73))).decode()}'": base64.b64encode(bytes(range(40, 73))).decode(),
}
SETTINGS = {
    "password: hunter2": "hunter2",
    "+  token: hunter2x": "hunter2x",
    "DB_PASSWORD=hunter2": "hunter2",
    "export AWS_SECRET_ACCESS_KEY=abc/def": "abc/def",
    '"password" = "hunter2"': "hunter2",
}
HARMLESS = [
    'vectorizer = TfidfVectorizer(token_pattern=r"(?u)\\b\\w+\\b", tokenizer="split")',
    'pad_token = "[PAD]"; unk_token="<unk>"; eos_token = "</s>"; token = "word"',
    "password = os.environ['PASSWORD']",
    'password = getpass.getpass("Password: ")',
    "password = args.password",
    'password = ""',
    'password = "***"',
    'password = "<yours>"',
    'connect(f"postgresql://{user}:{password}@host/db")',
    'password = "$PASSWORD"',
    'private_key = "keys/mine.pem"',
    'pwd = "/data/project"',
    'columns = ["password", "email", "token", "label"]',
    'parser.add_argument("--password", help="of the database")',
    'secretary = "somebody"',
    'if name == "token":',
    f'sha256 = "{HEX}"',
    f'expected_digest = "{HEX}"',
    'commit = "75722a4f1b2b0b822cd15d6c15b0f00a08aa1234"',
    'path = "data/2026/TrainingDataOfTheYear/part1.parquet"',
    'name = "RandomForestClassifierWithTuning2"',
    'url = "https://host:8080/path/train.csv?version=3"',
    'remote = "git@github.com:team/models.git"',
    "scoring = ['accuracy', 'roc_auc_ovr_weighted', 'neg_root_mean_squared_error']",
    'name = "CustomerChurnPrediction2026Q1Final"',
    'name = "model-2026-01-31-GradientBoosting-v3"',
    'random_state = "12345678901234567890"',
    'text = "an_identifier_that_is_rather_long_for_a_name"',
]


@pytest.mark.parametrize("text", SECRETS)
def test_it_is_found_and_left_out(text):
    secret = SECRETS[text]
    assert secret in text
    lines = f"import os\n{text}\nprint(1)\n"
    kept = without(lines, secrets_in(lines))
    assert secret not in kept
    assert "<left out: " in kept
    assert kept.count("\n") == lines.count("\n")
    assert kept.startswith("import os\n")
    assert kept.endswith("\nprint(1)\n")
    # What is left out once is not taken for a secret again.
    assert secrets_in(kept) == []


@pytest.mark.parametrize("text", SETTINGS)
def test_a_file_of_settings_needs_no_quotes(text):
    assert SETTINGS[text] not in without(text, secrets_in(text, code=False))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_none_stays(text):
    assert secrets_in(text) == []


def test_none_is_within_another():
    text = f'password = "postgresql://me:gh{"p_"}{A[:36]}@host/db"'
    ((start, end, _),) = secrets_in(text)
    assert text[start:end].startswith("postgresql")
    assert without(text, secrets_in(text)) == 'password = "<left out: password>"'


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(["password", "DB_PASSWD", "my_secret", "apiKey", "api_key", "access_key", "clientSecret"]),
    secret=st.text(string.ascii_letters + string.digits + "!#%&+,-./:;=?@^_~ ", min_size=1, max_size=60).filter(
        lambda text: len(set(text)) > 1 and text[0] not in "%./~ " and "." not in text
    ),
    quote=st.sampled_from(["'", '"', '"""', "'''"]),
)
def test_whatever_a_password_is(name, secret, quote):
    text = f"x = 1\n{name} = {quote}{secret}{quote}\n"
    assert without(text, secrets_in(text)).startswith(f"x = 1\n{name} = {quote}<left out: ")


@pytest.mark.parametrize(
    ("alphabet", "size"),
    [
        (string.ascii_letters + string.digits, 24),
        (string.ascii_letters + string.digits + "+/", 44),
        (string.ascii_letters + string.digits + "-_", 64),
        (string.ascii_lowercase + string.digits, 36),
        (string.hexdigits[:16], 32),
        (string.hexdigits[:16], 64),
    ],
)
def test_what_chance_has_made_is_nearly_always_found(alphabet, size):
    chance = random.Random(0)
    texts = [f"key_of_something = {''.join(chance.choices(alphabet, k=size))!r}" for _ in range(1000)]
    assert sum(bool(secrets_in(text)) for text in texts) >= 970


@pytest.mark.parametrize(
    "piece",
    [
        "password",
        "token=",
        "-" * 20,
        "-----BEGIN PRIVATE KEY-----",
        "a://b:c",
        "x = 'A1b",
        '"""',
        "= (",
        "\n --api",
        "?key",
    ],
)
def test_no_text_takes_long(piece):
    text = piece * (300_000 // len(piece))
    start = time.perf_counter()
    secrets_in(text)
    secrets_in(text, code=False)
    assert time.perf_counter() - start < 10
