from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from maild import config
from maild.config import Config, ConfigError, Listen
from maild.errors import BadInput
from maild.toml_lines import find_line, index_lines

SHIPPED = Path(__file__).parent.parent / "config.toml"
FAULTY = sorted((Path(__file__).parent / "configs").glob("*.toml"))
EXAMPLES = {("business", "time_zone"): "Europe/London"} | {
    ("inbound", "addresses"): ["billing@example.test"]
}
SMALL = """
[business]
name = "Example Ltd"
email = "billing@example.test"
[inbound]
domain = "Example.TEST"
[operator]
email = "owner@example.test"
"""


def load_text(folder: Path, text: str, **environ: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return config.load(path, environ)


def test_shipped_file_states_the_default_of_every_option_that_has_one() -> None:
    shipped = tomllib.loads(SHIPPED.read_text("utf-8"))
    stated = {(o.section, o.name): shipped[o.section][o.name] for o in config.options()}
    defaults = {
        (o.section, o.name): tomllib.loads(f"x = {o.default}")["x"]
        for o in config.options()
        if o.default is not None
    }
    assert {key: stated[key] for key in defaults} == defaults | EXAMPLES


def test_shipped_file_loads_as_a_file_with_required_options_alone(tmp_path: Path) -> None:
    shipped, small = config.load(SHIPPED, {}), load_text(tmp_path, SMALL)
    for name in set(Config.model_fields) - {"business", "inbound"}:
        assert getattr(shipped, name) == getattr(small, name)


def test_shipped_file_explains_every_option_in_the_words_of_the_code() -> None:
    lines = SHIPPED.read_text("utf-8").splitlines()
    section, explained = "", set()
    for above, line in pairwise(lines):
        section = found[1] if (found := re.fullmatch(r"\[(\w+)\]", line)) else section
        if found := re.match(r"(\w+) = ", line):
            explained.add((section, found[1]))
            [option] = [o for o in config.options() if (o.section, o.name) == (section, found[1])]
            assert above.startswith(f"# {option.description}")
    assert explained == {(o.section, o.name) for o in config.options()}


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_faulty_file_is_refused_with_line_message_and_remedy(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    told = str(caught.value).replace(f"{path}:", "config.toml:")
    assert told.replace(str(path.parent), "FOLDER") == path.with_suffix(".txt").read_text().strip()


def test_config_error_is_bad_input_and_tells_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.toml: cannot be read: No such file"):
        config.load(tmp_path / "none.toml", {})


def test_text_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'[business]\nname = "Caf\xe9"\n')
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    assert [(f.line, f.message) for f in caught.value.faults] == [(2, "not UTF-8 text.")]


def test_listen_takes_names_and_bracketed_addresses_and_port_zero(tmp_path: Path) -> None:
    web = load_text(
        tmp_path, SMALL + '[web]\nlisten = "[::1]:8080"\nadmin_listen = "localhost:0"\n'
    ).web
    assert (web.listen, web.admin_listen) == (Listen("::1", 8080), Listen("localhost", 0))
    assert str(web.listen) == "[::1]:8080"


def test_hostname_defaults_to_the_inbound_domain_in_lower_case(tmp_path: Path) -> None:
    assert load_text(tmp_path, SMALL).smtp.hostname == "example.test"
    named = load_text(tmp_path, SMALL + '[smtp]\nhostname = "mx.example.test"\n')
    assert named.smtp.hostname == "mx.example.test"


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text("<svg/>")
    text = SMALL.replace("[inbound]", 'logo = "logo.svg"\n[inbound]')
    loaded = load_text(tmp_path, text)
    assert loaded.base == tmp_path
    assert loaded.resolve(loaded.business.logo) == tmp_path / "logo.svg"
    assert loaded.resolve("/etc/hosts") == Path("/etc/hosts")


def test_relay_password_comes_from_environment_then_systemd_then_file(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "relay_password").write_text("from systemd\n")
    (tmp_path / "secret").write_text("from file\n")
    text = SMALL + '[relay]\npassword_file = "secret"\n'
    known = {
        "from file": load_text(tmp_path, text),
        "from systemd": load_text(tmp_path, text, CREDENTIALS_DIRECTORY=str(credentials)),
        "from environment": load_text(
            tmp_path,
            text,
            CREDENTIALS_DIRECTORY=str(credentials),
            MAILD_RELAY_PASSWORD="from environment",
        ),
    }
    for secret, loaded in known.items():
        assert loaded.relay.password is not None
        assert loaded.relay.password.get_secret_value() == secret
        assert secret not in repr(loaded)
    assert load_text(tmp_path, SMALL).relay.password is None


def test_refused_url_does_not_show_the_log_in_it_holds(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(tmp_path, SMALL + '[relay]\nurl = "smtp://jo:hush@mail.example.test"\n')
    assert "mail.example.test" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_find_prefers_the_option_then_the_environment_then_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("told.toml", "named.toml", "system.toml"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "PLACES", (Path("config.toml"), tmp_path / "system.toml"))
    environ = {"MAILD_CONFIG": "named.toml"}
    assert config.find(Path("told.toml"), environ) == Path("told.toml")
    assert config.find(None, environ) == Path("named.toml")
    assert config.find(None, {}) == tmp_path / "system.toml"
    (tmp_path / "config.toml").touch()
    assert config.find(None, {}) == Path("config.toml")
    with pytest.raises(ConfigError, match=r"Looked for gone\.toml; name one with --config"):
        config.find(Path("gone.toml"), environ)


def test_lines_are_found_past_strings_lists_and_comments_that_look_like_keys() -> None:
    source = '''# [a]
a.b = """
[x]
y = 1 ""\\""""   # ends with a quote
[ "quo.ted" . 'k#y' ]  # ]
"a=b" = ["]", # [
  '[z]',
]
z = { w = 1 }
[[rows]]
n = \'\'\'
z = 1\'\'\'
'''
    tomllib.loads(source)
    lines = index_lines(source)
    assert lines == {
        ("a",): 2,
        ("a", "b"): 2,
        ("quo.ted",): 5,
        ("quo.ted", "k#y"): 5,
        ("quo.ted", "k#y", "a=b"): 6,
        ("quo.ted", "k#y", "z"): 9,
        ("rows",): 10,
        ("rows", "n"): 11,
    }
    assert find_line(lines, ("quo.ted", "k#y", "z", "w")) == 9
    assert find_line(lines, ("nowhere",)) == 1
    assert index_lines(source.replace("\n", "\r\n")) == lines
