"""The library behind the pages: live servers, pages, pictures, brokers and the grader."""

from workbook.first_use import on_first_use

# The grader's processes import this package and need none of it.
__getattr__ = on_first_use(
    __name__,
    {
        "serve": "workbook.live",
        "Broker": "workbook.broker",
        "check": "workbook.verdicts",
        "watch": "workbook.verdicts",
    },
)

__all__ = ["Broker", "check", "serve", "watch"]
