"""Settings for `pytest --nbval notebooks/`: what may differ, how long a cell may take."""

from pathlib import Path

CELL_SECONDS = 60.0
NBVAL_DEFAULT_SECONDS = 2000.0


def pytest_configure(config):
    """Fill in nbval's options where the command line left them open, if nbval is there at all."""
    option = config.option
    if not hasattr(option, "nbval"):
        return
    if option.nbval_sanitize_with is None:
        option.nbval_sanitize_with = str(Path(__file__).with_name("sanitize.cfg"))
    if option.nbval_cell_timeout == NBVAL_DEFAULT_SECONDS:
        option.nbval_cell_timeout = CELL_SECONDS
    if option.nbval_kernel_name is None:
        option.nbval_current_env = True
