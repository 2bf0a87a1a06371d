from benchmarks.results import HEADING, Section, save


def section(title, value):
    return Section(title, "python -m benchmarks", ("what", "s"), [("a row", value)], "A note.")


def test_sections_are_added_and_replaced_in_place(tmp_path):
    path = tmp_path / "RESULTS.md"
    for title, value in (("First", "1"), ("Second", "2"), ("First", "3")):
        save(section(title, value), path)
    text = path.read_text()
    assert text.startswith(HEADING.rstrip())
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## First", "## Second"]
    assert "| a row | 3 |" in text
    assert "| a row | 1 |" not in text


def test_a_section_names_its_command_machine_and_columns():
    lines = section("Speed", "4.2").render().splitlines()
    assert lines[0] == "## Speed"
    assert "cores" in lines[2]
    assert lines[2].endswith("`python -m benchmarks`")
    assert lines[4:7] == ["| what | s |", "| --- | --- |", "| a row | 4.2 |"]
