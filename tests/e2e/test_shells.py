"""Completions and the manual page, read by the programs that they are for."""

from pathlib import Path

from harness import assembly, needs
from harness.process import must, run


def completion(shell: str, folder: Path) -> Path:
    file = folder / f"_keks.{shell}"
    file.write_text(must(assembly.out("keks"), "completion", shell, env={}))
    return file


def test_fish_offers_commands_options_and_values(tmp_path: Path) -> None:
    file = completion("fish", tmp_path)
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}

    def offers(line: str) -> list[str]:
        said = must(needs.program("fish"), "-c", f"source {file}; complete -C '{line}'", env=env)
        return [offer.split("\t")[0] for offer in said.splitlines()]

    assert offers("keks tok") == ["token"]
    assert offers("keks lambda i") == ["invoke"]
    assert "--cluster-id" in offers("keks token --clus")
    assert set(offers("keks pods --output ")) == {"text", "json"}


def test_zsh_loads_it_sourced_and_from_its_path(tmp_path: Path) -> None:
    zsh, file = needs.program("zsh"), completion("zsh", tmp_path)
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    start = "autoload -Uz compinit && compinit -u"
    sourced = run(zsh, "-fc", f"{start} && source {file} && print $_comps[keks]", env=env)
    assert (sourced.stdout.strip(), sourced.stderr) == ("_keks", "")
    (tmp_path / "_keks").write_text(file.read_text())
    path = f"fpath=({tmp_path} $fpath)"
    found = run(zsh, "-fc", f"{path} && {start} && autoload +X _keks && print $_comps[keks]", env=env)
    assert (found.stdout.strip(), found.stderr) == ("_keks", "")


def test_zsh_offers_the_options_of_a_command(tmp_path: Path) -> None:
    file = completion("zsh", tmp_path)
    begin = f"autoload -Uz compinit && compinit -u; source {file}"
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TERM": "dumb"}
    script = f"""
      zmodload zsh/zpty
      zpty keks zsh -f -i
      zpty -w keks 'PS1= PROMPT_EOL_MARK=; {begin}; bindkey "^I" complete-word'
      zpty -w keks 'print rea''dy'
      zpty -r -m keks line '*ready*'
      zpty -w -n keks $'keks lambda inv\\t'
      zpty -r -m keks line '*invoke*'
      print -r -- found
    """
    done = run("timeout", "50", needs.program("zsh"), "-fc", script, env=env)
    assert "found" in done.stdout, done.stdout + done.stderr


def test_the_manual_page_is_sound_and_names_every_option(tmp_path: Path) -> None:
    mandoc = needs.program("mandoc")
    page = tmp_path / "keks.1"
    page.write_text(must(assembly.out("keks"), "man", env={}))
    lint = run(mandoc, "-T", "lint", "-W", "error", str(page), env={"PATH": "/usr/bin:/bin"})
    assert lint.returncode == 0, lint.stdout + lint.stderr
    text = must(mandoc, "-T", "ascii", str(page), env={"PATH": "/usr/bin:/bin"})
    plain = "".join(c for i, c in enumerate(text) if c != "\b" and text[i + 1 : i + 2] != "\b")
    for part in ("keks token", "--cluster-id", "keks lambda invoke", "EXIT STATUS"):
        assert part in plain
