import pytest

from benchmarks import launch, tables


@pytest.mark.bench
def test_a_launch_of_both_tools_is_measured_step_by_step():
    known, new = launch.run(["sqlite"], launches=1, rounds=2)

    assert [row[0] for row in known.rows] == [*launch.STEPS, launch.WHOLE]
    assert all(
        float(cell) > 0 for figures in (known, new) for row in figures.rows for cell in row[1:]
    )


def test_new_figures_take_the_place_of_the_old_ones_and_of_nothing_else(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text("Why\n<!-- figures of launch -->\nold\n<!-- end of launch -->\nHow\n")
    figures = tables.Figures("Known", ("step", "ms"), [["login", "1.50"]], "Twice.")

    tables.renew("launch", [figures], page)

    assert page.read_text() == (
        "Why\n<!-- figures of launch -->\n"
        "**Known**\n\n"
        "| step  |   ms |\n"
        "| ----- | ---: |\n"
        "| login | 1.50 |\n\n"
        "Twice.\n"
        "<!-- end of launch -->\nHow\n"
    )
