"""What a scan found, for the person who decides: one page, one explanation, one table.

* **result**: the tables and the scan record that a scan left behind, read back and checked.
* **sighting**: everything that a result says about one campaign.
* **page**: one self-contained HTML file. **explanation**: plain text on a campaign or an account.
* **summary**: the campaigns as a table for a terminal, or as JSON for a program.

Nothing here decides anything: it renders what the tables hold, observation apart from inference. What is listed below
is imported when it is asked for; `explain` is in the module of that name.
"""

from typing import TYPE_CHECKING

from stillwatch.on_demand import on_demand

if TYPE_CHECKING:
    from stillwatch.report.page import write_report
    from stillwatch.report.result import Result, ResultError, UnknownSubjectError, load_result
    from stillwatch.report.summary import summary_json, summary_lines, summary_table

__all__ = [
    "Result",
    "ResultError",
    "UnknownSubjectError",
    "load_result",
    "summary_json",
    "summary_lines",
    "summary_table",
    "write_report",
]
__getattr__ = on_demand(
    __name__,
    {
        "Result": "result",
        "ResultError": "result",
        "UnknownSubjectError": "result",
        "load_result": "result",
        "summary_json": "summary",
        "summary_lines": "summary",
        "summary_table": "summary",
        "write_report": "page",
    },
)
